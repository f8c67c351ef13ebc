// The archive as a folder: one file an item, complete and durable before it has its name.
import {createHash, randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir, readFile, rename, rm, rmdir, stat} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {type Clock, systemClock} from '../../core/clock';
import {ConfigError, systemCode} from '../../core/errors';
import {createArchiveId, readArchiveId} from './archive-id';
import {archiveReadme, archiveReadmeName} from './archive-readme';
import {flush, isDirectory, isFile, makeDirectory, moveFlushed, writeFlushed} from './durable-files';
import {toFolderError} from './folder-errors';
import {type FolderLayout, isItemDirectory, toFolderAddress} from './folder-layout';
import {holdEnding, placeHoldFile, readHoldFile, setHoldFile} from './hold-file';
import {type Envelope, findFalseEndings, toSidecars} from './item-sidecars';
import {listFiles, listItemDirectories, listItems} from './list-files';
import type {
  ArchiveMark,
  DeliveryResult,
  FalseSidecar,
  ItemAddress,
  ItemHolds,
  ItemPlace,
  RenderedItem,
  SidecarFacts,
  Target,
} from './target';

const parallelWrites = 32; // bin/destination-arctera-archive gives Node.js as many threads
/** Of directories that are known to be there; a layout by conversation makes many. */
const rememberedDirectories = 20_000;

export interface FolderSettings {
  readonly path: string;
  /** Name of the workspace's directory: its id made safe. */
  readonly directory: string;
  readonly layout?: FolderLayout | undefined;
  /** Directory of the items of this run; undefined where runs share the directories. */
  readonly session?: string | undefined;
  /** Stands beside every item; undefined: nowhere. */
  readonly envelope?: Envelope | undefined;
  readonly clock?: Clock;
  /** Called before each item. Throws where the ledger may be another run's by now. */
  readonly assertHeld?: (() => void) | undefined;
}

export class FolderTarget implements Target {
  readonly name = 'folder';
  readonly isReadable = true;
  readonly mark: ArchiveMark = {
    read: () => readArchiveId(this.itemsDirectory),
    create: async (archiveId) => {
      await createArchiveId(this.itemsDirectory, archiveId);
      this.hasDirectory = true;
    },
    hasItems: () => this.hasItems(),
  };
  readonly holds: ItemHolds = {
    placesPolicyHold: false, // the item itself says it
    set: (address, names, known) =>
      this.guarded(() => setHoldFile(this.pathOf(address), names, known, this.temporaryDirectory)),
    isHeld: (address, names) =>
      this.guarded(async () => {
        const known = await readHoldFile(this.pathOf(address));
        return names.every((name) => known.includes(name));
      }),
  };
  /** Where the items of the workspace lie. */
  readonly itemsDirectory: string;
  /** Where ledger, reports and set-aside records of the workspace lie. */
  readonly privateDirectory: string;
  /** Files in progress; on the same file system as the items. */
  readonly temporaryDirectory: string;
  private readonly root: string;
  private readonly made = new Set<string>();
  private hasReadme = false;
  /** Whether the directory of the items has been there since the target was opened: then it is not made anew. */
  private hasDirectory = false;

  constructor(private readonly settings: FolderSettings) {
    this.root = resolve(settings.path);
    this.itemsDirectory = join(this.root, settings.directory);
    this.privateDirectory = join(this.root, '.arctera-archive', settings.directory);
    this.temporaryDirectory = join(this.privateDirectory, 'tmp');
  }

  get movesFilesFrom(): string {
    return this.temporaryDirectory;
  }

  address(place: ItemPlace): ItemAddress {
    return toFolderAddress(place, this.settings.layout ?? 'item', this.settings.session);
  }

  /** To be done before there is something to deliver. */
  async open(): Promise<void> {
    this.hasDirectory = await isDirectory(this.itemsDirectory).catch(() => false); // who uses it is told why not
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
        if (!(await isFile(this.pathOf(address)))) return false;
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
        return names.some(isItemDirectory);
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return false;
        throw error;
      }
    });
  }

  async deliver(items: readonly RenderedItem[]): Promise<readonly DeliveryResult[]> {
    if (items.length === 0) return [];
    await this.guarded(async () => {
      const changed = new Set<string>();
      await this.assertInPlace();
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
    return items.map(({itemId}) => ({kind: 'delivered', itemId}));
  }

  async digest(address: ItemAddress): Promise<string | undefined> {
    return this.guarded(async () => {
      const hash = createHash('sha256');
      try {
        if (!(await isFile(this.pathOf(address)))) return undefined;
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
      const path = this.pathOf(address);
      // What is no file has no bytes, and is no item to whoever reads it.
      if ((await isFile(path)) || !(await exists(path))) yield* createReadStream(path) as AsyncIterable<Buffer>;
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

  async *directories(): AsyncGenerator<string> {
    try {
      yield* await listItemDirectories(this.root);
    } catch (error) {
      throw toFolderError(error, this.root);
    }
  }

  async *listBeside(directory: string): AsyncGenerator<ItemAddress> {
    try {
      yield* listFiles(this.itemsDirectory, directory);
    } catch (error) {
      throw toFolderError(error, this.root);
    }
  }

  findFalseSidecars(address: ItemAddress, facts: SidecarFacts): Promise<readonly FalseSidecar[]> {
    const path = this.pathOf(address);
    return this.guarded(async () => {
      const read = (ending: string): Promise<string | undefined> => readText(`${path}.${ending}`);
      const endings = await findFalseEndings(facts, this.settings.envelope !== undefined, read);
      const beside: FalseSidecar[] = endings.map((ending) => ({address: `${address}.${ending}`, strayHolds: []}));
      // That it is held at all is asked of every target that can hold; here, that it is held for nothing else.
      const strayHolds = (await readHoldFile(path)).filter((name) => !facts.heldFor.includes(name));
      return strayHolds.length === 0 ? beside : [...beside, {address: `${address}${holdEnding}`, strayHolds}];
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Below a volume that is unmounted in mid-run lies an empty folder: what went there would be hidden when it is back. */
  private async assertInPlace(): Promise<void> {
    if (!this.hasDirectory || (await isDirectory(this.itemsDirectory))) return;
    const detail = `The folder ${this.itemsDirectory} is gone that was there when the run began: it was moved, or what it lies on is not mounted.`;
    throw new ConfigError('target_not_writable', detail);
  }

  private async prepare(items: readonly RenderedItem[], changed: Set<string>): Promise<void> {
    const directories = new Set([this.temporaryDirectory, ...items.map(({address}) => dirname(this.pathOf(address)))]);
    if (this.made.size > rememberedDirectories) this.made.clear();
    for (const directory of directories) {
      if (this.made.has(directory)) continue;
      for (const each of await makeDirectory(directory)) changed.add(each);
      // Also when it was there: the run that made it may have ended before its name was flushed.
      changed.add(dirname(directory));
    }
    const readme = join(this.root, archiveReadmeName);
    if (!this.hasReadme && !(await exists(readme))) {
      const temporary = join(this.temporaryDirectory, `${archiveReadmeName}.part`);
      await writeFlushed(temporary, archiveReadme);
      await rename(temporary, readme);
      changed.add(this.root);
    }
    // Only once their parents are flushed too may a later batch take them for granted.
    await Promise.all([...changed].map(flush));
    changed.clear();
    for (const directory of directories) this.made.add(directory);
    this.hasReadme = true;
    this.hasDirectory = true;
  }

  private async place(item: RenderedItem): Promise<void> {
    if (item.isEvidence !== true) this.settings.assertHeld?.();
    const final = this.pathOf(item.address);
    const temporary = join(this.temporaryDirectory, `${basename(item.address)}.part`);
    const nowMs = (this.settings.clock ?? systemClock).nowMs();
    const sidecars = item.isEvidence === true ? [] : toSidecars(item, this.settings.envelope, nowMs);
    // Where the item is, they are: it has its name last.
    for (const {ending, text} of sidecars) {
      await this.publish(`${final}.${ending}`, `${temporary}.${ending}`, Buffer.from(text));
    }
    if ((item.heldFor ?? []).length > 0) await placeHoldFile(final, item.heldFor ?? [], this.temporaryDirectory);
    if (item.body.kind === 'memory') return this.publish(final, temporary, item.body.bytes);
    try {
      if (item.body.isFlushed !== true) await flush(item.body.path);
      await moveFlushed(item.body.path, temporary, final);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || (await this.digest(item.address)) !== item.sha256) throw error;
    }
  }

  /**
   * A name comes by `rename`, which is whole or not at all on network file systems too, where creating a file for
   * oneself alone (O_EXCL) is not. There its answer may be lost, and the second asking finds the old name gone.
   */
  private async publish(final: string, temporary: string, bytes: Buffer): Promise<void> {
    try {
      await writeFlushed(temporary, bytes);
      await rename(temporary, final);
    } catch (error) {
      if (systemCode(error) === 'ENOENT' && (await holds(final, bytes))) return;
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

async function holds(path: string, bytes: Buffer): Promise<boolean> {
  try {
    return bytes.equals(await readFile(path));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await isFile(path)) ? await readFile(path, 'utf8') : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
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
