// The archive as a folder: one file an item, complete and durable before it has its name.
import {createHash, randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir, rename, rm, rmdir, stat} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {systemCode} from '../../core/errors';
import {archiveReadme, archiveReadmeName} from './archive-readme';
import {flush, makeDirectory, moveFlushed, writeFlushed} from './durable-files';
import {toFolderError} from './folder-errors';
import {listItems} from './list-files';
import type {ItemAddress, RenderedItem, Target} from './target';

const parallelWrites = 8;

export interface FolderSettings {
  readonly path: string;
  /** Name of the workspace's directory: its id made safe. */
  readonly directory: string;
}

export class FolderTarget implements Target {
  readonly name = 'folder';
  /** Where the items of the workspace lie. */
  readonly itemsDirectory: string;
  /** Where ledger, reports and set-aside records of the workspace lie. */
  readonly privateDirectory: string;
  /** Files in progress; on the same file system as the items. */
  readonly temporaryDirectory: string;
  private readonly root: string;
  private readonly made = new Set<string>();

  constructor(settings: FolderSettings) {
    this.root = resolve(settings.path);
    this.itemsDirectory = join(this.root, settings.directory);
    this.privateDirectory = join(this.root, '.arctera-archive', settings.directory);
    this.temporaryDirectory = join(this.privateDirectory, 'tmp');
  }

  address(itemId: string, ending: string): ItemAddress {
    return `${itemId.slice(0, 2)}/${itemId}.${ending}`;
  }

  /** Makes the folder of the archive and proves that it can be written to. Writers may begin at the same time. */
  async begin(): Promise<void> {
    const probe = join(this.root, `.probe-${randomUUID()}`);
    await this.guarded(async () => {
      for (const each of await makeDirectory(this.root)) await flush(each);
      try {
        await writeFlushed(probe, 'probe');
      } finally {
        await rm(probe, {force: true}).catch(() => undefined);
      }
    });
  }

  async probe(): Promise<void> {
    const created: string[] = [];
    const id = randomUUID();
    const probes = [this.temporaryDirectory, this.itemsDirectory].map((each) => join(each, `.probe-${id}`));
    const [from = '', to = ''] = probes;
    await this.guarded(async () => {
      try {
        for (const directory of [this.temporaryDirectory, this.itemsDirectory]) {
          created.push(...newDirectories(directory, await makeDirectory(directory)));
        }
        await writeFlushed(from, 'probe');
        await rename(from, to);
        await flush(this.itemsDirectory);
      } finally {
        for (const path of probes) await rm(path, {force: true}).catch(() => undefined);
        created.sort((a, b) => b.length - a.length); // a directory goes after what is in it
        for (const directory of created) await rmdir(directory).catch(() => undefined);
      }
    });
  }

  async find(address: ItemAddress): Promise<boolean> {
    return this.guarded(async () => {
      try {
        if (!(await stat(this.pathOf(address))).isFile()) return false;
        await flush(dirname(this.pathOf(address))); // the run that put it there may have ended before it flushed its name
        return true;
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return false;
        throw error;
      }
    });
  }

  /** Whether any item lies here: an archive that was begun is never empty. */
  async hasItems(): Promise<boolean> {
    return this.guarded(async () => {
      try {
        const names = await readdir(this.itemsDirectory);
        return names.some((name) => /^[0-9a-f]{2}$/.test(name));
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return false;
        throw error;
      }
    });
  }

  async deliver(items: readonly RenderedItem[]): Promise<void> {
    if (items.length === 0) return;
    await this.guarded(async () => {
      const changed = new Set<string>();
      await this.prepare(items, changed);
      const waiting = items.values();
      const write = async (): Promise<void> => {
        for (const item of waiting) {
          await this.place(item);
          changed.add(dirname(this.pathOf(item.address)));
        }
      };
      const ends = await Promise.allSettled(Array.from({length: parallelWrites}, write));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      await Promise.all([...changed].map(flush));
    });
  }

  async digest(address: ItemAddress): Promise<string | undefined> {
    return this.guarded(async () => {
      const hash = createHash('sha256');
      try {
        for await (const bytes of createReadStream(this.pathOf(address)) as AsyncIterable<Buffer>) hash.update(bytes);
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw error;
      }
      return hash.digest('hex');
    });
  }

  async *read(address: ItemAddress): AsyncGenerator<Buffer> {
    try {
      yield* createReadStream(this.pathOf(address)) as AsyncIterable<Buffer>;
    } catch (error) {
      throw toFolderError(error, this.root);
    }
  }

  async *list(): AsyncGenerator<ItemAddress> {
    try {
      yield* listItems(this.itemsDirectory);
    } catch (error) {
      throw toFolderError(error, this.root);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async prepare(items: readonly RenderedItem[], changed: Set<string>): Promise<void> {
    const directories = new Set([this.temporaryDirectory, ...items.map(({address}) => dirname(this.pathOf(address)))]);
    for (const directory of directories) {
      if (this.made.has(directory)) continue;
      for (const each of await makeDirectory(directory)) changed.add(each);
      // Also when it was there: the run that made it may have ended before its name was flushed.
      changed.add(dirname(directory));
    }
    const readme = join(this.root, archiveReadmeName);
    if (this.made.size === 0 && !(await exists(readme))) {
      const temporary = join(this.temporaryDirectory, `${archiveReadmeName}.part`);
      await writeFlushed(temporary, archiveReadme);
      await rename(temporary, readme);
      changed.add(this.root);
    }
    // Only once their parents are flushed too may a later batch take them for granted.
    await Promise.all([...changed].map(flush));
    changed.clear();
    for (const directory of directories) this.made.add(directory);
  }

  private async place(item: RenderedItem): Promise<void> {
    const final = this.pathOf(item.address);
    const temporary = join(this.temporaryDirectory, `${basename(item.address)}.part`);
    if (item.body.kind === 'file') return moveFlushed(item.body.path, temporary, final);
    try {
      await writeFlushed(temporary, item.body.bytes);
      await rename(temporary, final);
    } catch (error) {
      await rm(temporary, {force: true}).catch(() => undefined);
      throw error;
    }
  }

  private pathOf(address: ItemAddress): string {
    return join(this.itemsDirectory, address);
  }

  private async guarded<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      throw toFolderError(error, this.root);
    }
  }
}

/** Of the directories whose parents changed, those that are new: every one on the way to `path` below a changed one. */
function newDirectories(path: string, changedParents: readonly string[]): string[] {
  const created: string[] = [];
  for (let child = path; created.length < changedParents.length; child = dirname(child)) created.push(child);
  return created;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
