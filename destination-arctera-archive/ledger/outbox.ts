// Keeps the bytes of open intents for a target that cannot be asked: after a crash the very same bytes are sent again.
import {createHash} from 'node:crypto';
import {constants, createReadStream, readdirSync, rmSync} from 'node:fs';
import {copyFile, open} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {IntegrityError} from '../../core/errors';
import type {Mirror} from './mirror';
import {fsyncFolder} from './durable-folder';
import {isThere} from './is-there';
import type {RenderedItem} from '../targets/target';

export class Outbox {
  /**
   * @param folder an existing folder beside the ledger
   * @param mirror where that folder does not last
   */
  constructor(
    private readonly folder: string,
    private readonly mirror?: Mirror
  ) {}

  /** Durable when it resolves; to be done before the intent is. */
  async keep(items: readonly RenderedItem[]): Promise<void> {
    for (const {sha256, body} of items) {
      const path = this.pathOf(sha256);
      if (body.kind === 'file') await copyFile(body.path, path, constants.COPYFILE_FICLONE);
      const file = await open(path, body.kind === 'file' ? 'r+' : 'w', 0o600);
      try {
        if (body.kind === 'memory') await file.writeFile(body.bytes);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    if (items.length > 0) fsyncFolder(this.folder);
    this.mirror?.put(items.map(({sha256}) => this.nameOf(sha256)));
  }

  /** The bytes as they were about to be delivered; undefined when they are not there. */
  async find(sha256: string): Promise<AsyncIterable<Buffer> | undefined> {
    const path = this.pathOf(sha256);
    this.mirror?.fetch(this.nameOf(sha256));
    if (!isThere(path)) return undefined;
    const hash = createHash('sha256');
    for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) hash.update(bytes);
    if (hash.digest('hex') === sha256) return createReadStream(path);
    const detail = `The bytes in ${this.nameOf(sha256)}, kept for sending an item again, are not those of the ledger.`;
    throw new IntegrityError('item_damaged', detail);
  }

  /** To be done when the outcome is durable. */
  release(hashes: readonly string[]): void {
    for (const sha256 of hashes) rmSync(this.pathOf(sha256), {force: true});
    if (hashes.length > 0) this.mirror?.remove(hashes.map((sha256) => this.nameOf(sha256)));
  }

  /**
   * Releases what a run left that died between an outcome and the release, or before there was an intent: whoever makes
   * a lost ledger anew takes what is here for messages on their way, and they would be sent once more.
   * @param hashes of the intents that are open
   */
  releaseOthers(hashes: readonly string[]): void {
    const open = new Set(hashes.map((sha256) => this.nameOf(sha256)));
    const here = readdirSync(this.folder).map((name) => `${basename(this.folder)}/${name}`);
    const kept = this.mirror?.list(`${basename(this.folder)}/`) ?? [];
    const left = [...here, ...kept].filter((name) => !open.has(name));
    this.release([...new Set(left.flatMap((name) => /\/([0-9a-f]{64})\.out$/.exec(name)?.[1] ?? []))]);
  }

  private pathOf(sha256: string): string {
    return join(dirname(this.folder), this.nameOf(sha256));
  }

  /** Relative to the ledger's folder. */
  private nameOf(sha256: string): string {
    return `${basename(this.folder)}/${sha256}.out`;
  }
}
