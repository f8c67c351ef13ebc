// Files of evidence beside the ledger, for targets that keep nothing but items: written whole, never changed.
import {createHash} from 'node:crypto';
import {createReadStream, readdirSync} from 'node:fs';
import {copyFile, open, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {fsyncFolder, makeDurableFolder} from './durable-folder';
import {isThere} from './is-there';
import type {Mirror} from './mirror';
import type {RenderedItem} from '../targets/target';

const unfinished = '.part';

export class KeptFiles {
  /** @param mirror where the folder does not last */
  constructor(
    private readonly folder: string,
    private readonly mirror?: Mirror
  ) {}

  /** Durable when it resolves. */
  async keep(address: string, body: RenderedItem['body']): Promise<void> {
    const path = join(this.folder, address);
    const temporary = `${path}${unfinished}`;
    makeDurableFolder(join(path, '..'));
    if (body.kind === 'file') await copyFile(body.path, temporary);
    const file = await open(temporary, body.kind === 'file' ? 'r+' : 'w', 0o600);
    try {
      if (body.kind === 'memory') await file.writeFile(body.bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    fsyncFolder(join(path, '..'));
    this.mirror?.put([address]);
  }

  read(address: string): AsyncIterable<Buffer> {
    this.mirror?.fetch(address);
    return createReadStream(join(this.folder, address)) as AsyncIterable<Buffer>;
  }

  /** SHA-256 of the file; undefined when it is not there. */
  async digest(address: string): Promise<string | undefined> {
    this.mirror?.fetch(address);
    if (!isThere(join(this.folder, address))) return undefined;
    const hash = createHash('sha256');
    for await (const bytes of this.read(address)) hash.update(bytes);
    return hash.digest('hex');
  }

  /** Addresses of the files in a folder of this one; what a process was writing that died is none yet. */
  list(below: string): readonly string[] {
    const folder = join(this.folder, below);
    const names = isThere(folder) ? readdirSync(folder).filter((name) => !name.endsWith(unfinished)) : [];
    return names.map((name) => `${below}/${name}`);
  }
}
