// The verb `rebuild-ledger`: where a ledger was lost, makes it anew from the items of every folder of the archive.
import {createHash, randomUUID} from 'node:crypto';
import {posix, resolve} from 'node:path';
import type {Clock} from '../../core/clock';
import {ConfigError} from '../../core/errors';
import type {Config} from '../config';
import type {Events} from '../events';
import {type ItemFacts, type ItemRecord, parseItemRecord} from '../ledger/entry';
import {type FoundItem, ledgerPresent, rebuildLedger} from '../ledger/rebuild';
import {hasBegunLedger} from '../ledger/glance';
import {toWorkspaceFolder, workspaceFolderNamed} from '../ledger/workspace-folder';
import type {Intent, ItemCopy} from '../ledger/ledger';
import {findItemRecord} from '../render/item-record';
import {formats} from '../render/formats';
import {type ItemKind, toItemId} from '../render/item';
import {createArchiveId, readArchiveId} from '../targets/archive-id';
import {defaultTarget} from '../policy/routing';
import {FolderTarget} from '../targets/folder';
import {toPossibleAddresses} from '../targets/folder-layout';
import {toFolderError} from '../targets/folder-errors';
import {listItemDirectories} from '../targets/list-files';
import type {ItemAddress} from '../targets/target';

/** @returns whether every item was taken in. Throws ConfigError where no ledger is missing. */
export async function rebuildLedgers(config: Config, events: Events, clock: Clock): Promise<boolean> {
  const {target} = config;
  if (target.type !== 'folder') {
    throw new ConfigError('config_invalid', 'rebuild-ledger reads the items of an archive whose target is a folder.');
  }
  const root = resolve(target.path);
  let isWhole = true;
  let present: string | undefined;
  let rebuilt = 0;
  for (const name of await listDirectories(config)) {
    const folders = toFolders(config, name);
    if (hasBegunLedger(workspaceFolderNamed(root, name))) {
      present = name;
      continue;
    }
    const workspaceId = await findWorkspaceId(folders, root, name);
    if (workspaceId === undefined) continue; // not a folder of ours
    const result = await rebuildLedger({
      folder: workspaceFolderNamed(root, name),
      workspaceId,
      archiveId: await archiveIdOf(new FolderTarget({path: root, directory: name})),
      clock,
      items: readItems(folders, workspaceId),
    }).catch((error: unknown) => {
      throw toFolderError(error, root);
    });
    events.ledgerRebuilt(name, result);
    rebuilt += 1;
    isWhole &&= result.problems.count === 0;
  }
  if (rebuilt === 0 && present !== undefined) throw ledgerPresent(present);
  if (rebuilt === 0) events.nothingToVerify();
  return isWhole;
}

/** The folders that one workspace's items lie in, by the names of their targets. */
type Folders = ReadonlyMap<string, FolderTarget>;

function toFolders({target, additional_targets: others = []}: Config, directory: string): Folders {
  return new Map(
    [{name: defaultTarget, target}, ...others].flatMap(({name, target: each}) =>
      each.type === 'folder' ? [[name, new FolderTarget({path: resolve(each.path), directory})] as const] : []
    )
  );
}

async function listDirectories({target, additional_targets: others = []}: Config): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const each of [target, ...others.map((other) => other.target)]) {
    if (each.type !== 'folder') continue;
    for (const name of await listItemDirectories(resolve(each.path))) names.add(name);
  }
  return names;
}

/** The id itself stands in each item; the folder's name is made of it. */
async function findWorkspaceId(folders: Folders, root: string, name: string): Promise<string | undefined> {
  for (const target of folders.values()) {
    for await (const address of target.list()) {
      const {record} = await readItem(target, address);
      if (record === undefined) continue;
      const {workspaceId} = record;
      if (toWorkspaceFolder(root, workspaceId).name === name) return workspaceId;
    }
  }
  return undefined;
}

async function archiveIdOf(target: FolderTarget): Promise<string> {
  const known = await readArchiveId(target.itemsDirectory);
  if (known !== undefined) return known;
  const fresh = randomUUID();
  await createArchiveId(target.itemsDirectory, fresh);
  return fresh;
}

/** An item that several folders hold is taken in where it is found first; the others must hold the same bytes. */
async function* readItems(folders: Folders, workspaceId: string): AsyncGenerator<FoundItem> {
  const taken = new Map<string, {readonly name: string; readonly sha256: string}>();
  const index = new Map<string, ReadonlyMap<string, ItemAddress>>();
  for (const [name, target] of folders) {
    for await (const address of target.list()) {
      if (await isCopy(target, address)) continue;
      const {record, sha256, size} = await readItem(target, address);
      const shown = name === defaultTarget ? address : `${name}/${address}`;
      const problem = (text: string): FoundItem => ({
        kind: 'problem',
        text: `The file ${JSON.stringify(shown)} ${text}`,
      });
      if (record?.workspaceId !== workspaceId) {
        yield problem('does not say what item of the workspace it is.');
        continue;
      }
      const itemId = itemIdOf(record.facts, target.name);
      if (!mayLieAt(record.facts, itemId, address)) {
        yield problem('is not where it was delivered.');
        continue;
      }
      if (!record.facts.targets.includes(name)) {
        yield problem('was not delivered to this target.');
        continue;
      }
      const before = taken.get(itemId);
      if (before?.name === name) yield problem('is there twice.');
      else if (before !== undefined && before.sha256 !== sha256) yield problem('is not the same in every target.');
      if (before !== undefined) continue;
      taken.set(itemId, {name, sha256});
      const copies = await copiesOf(target, address);
      const places = await placesOf(folders, record.facts, {address, copies}, index);
      yield {kind: 'item', intent: {...record.facts, itemId, address, sha256, size, copies, ...places}};
    }
  }
}

/** Whatever the layout was when it was delivered. */
function mayLieAt(facts: ItemFacts, itemId: string, address: ItemAddress): boolean {
  const {owner: userId, date, conversation} = facts;
  const dateMs = date === undefined ? 0 : Date.parse(date);
  // The thread of an addendum to an object is no conversation.
  return [conversation?.id, undefined].some((conversationId) =>
    toPossibleAddresses({itemId, ending: endingOf(address), dateMs, userId, conversationId}, address).includes(address)
  );
}

/**
 * Of the folders that have the item at another address, because their layouts differ.
 * @param index gets the addresses of a folder by the names of its files, once one of them is asked for
 */
async function placesOf(
  folders: Folders,
  {targets}: ItemFacts,
  own: Pick<Intent, 'address' | 'copies'>,
  index: Map<string, ReadonlyMap<string, ItemAddress>>
): Promise<Pick<Intent, 'places'>> {
  const places: Record<string, {address: ItemAddress; copies: ItemAddress[]}> = {};
  for (const name of targets) {
    const folder = folders.get(name);
    if (folder === undefined || (await folder.find(own.address))) continue;
    const known = index.get(name) ?? (await indexOf(folder));
    index.set(name, known);
    const address = known.get(posix.basename(own.address));
    if (address === undefined) continue;
    places[name] = {address, copies: own.copies.map((copy) => besideOf(address, endingOf(copy.address)))};
  }
  return Object.keys(places).length === 0 ? {} : {places};
}

async function indexOf(folder: FolderTarget): Promise<ReadonlyMap<string, ItemAddress>> {
  const addresses = new Map<string, ItemAddress>();
  for await (const address of folder.list()) addresses.set(posix.basename(address), address);
  return addresses;
}

/** Any format says what the item is; the first of them that is there stands for the item, the others are its copies. */
const endings = Object.values(formats).map(({ending}) => ending);

async function isCopy(target: FolderTarget, address: ItemAddress): Promise<boolean> {
  const itemId = itemIdIn(address);
  if (itemId === undefined) return false;
  for (const ending of endings) {
    if (ending === endingOf(address)) return false;
    if (await target.find(besideOf(address, ending))) return true;
  }
  return false;
}

async function copiesOf(target: FolderTarget, first: ItemAddress): Promise<ItemCopy[]> {
  const copies: ItemCopy[] = [];
  for (const ending of endings) {
    const address = besideOf(first, ending);
    if (address === first || !(await target.find(address))) continue;
    const {sha256, size} = await readItem(target, address);
    copies.push({address, sha256, size});
  }
  return copies;
}

async function readItem(
  target: FolderTarget,
  address: ItemAddress
): Promise<{record: ItemRecord | undefined; sha256: string; size: number}> {
  const itemId = itemIdIn(address);
  const whole = new HashedOnce(target, address);
  const text = itemId === undefined ? undefined : await findItemRecord(itemId, endingOf(address), () => whole.open());
  return {record: text === undefined ? undefined : parseItemRecord(text), ...(await whole.result())};
}

/** The bytes of an item, hashed while they are read for the first time. */
class HashedOnce {
  private readonly hash = createHash('sha256');
  private size = 0;
  private isRead = false;

  constructor(
    private readonly target: FolderTarget,
    private readonly address: ItemAddress
  ) {}

  open(): AsyncIterable<Buffer> {
    if (this.isRead) return this.target.read(this.address);
    this.isRead = true;
    return this.read();
  }

  async result(): Promise<{sha256: string; size: number}> {
    if (!this.isRead) {
      const rest = this.read();
      while ((await rest.next()).done !== true);
    }
    return {sha256: this.hash.digest('hex'), size: this.size};
  }

  private async *read(): AsyncGenerator<Buffer> {
    for await (const bytes of this.target.read(this.address)) {
      this.hash.update(bytes);
      this.size += bytes.length;
      yield bytes;
    }
  }
}

const itemName = /([0-9a-f]{64})\.([a-z.]+)$/;

function itemIdIn(address: ItemAddress): string | undefined {
  return itemName.exec(address)?.[1];
}

/** The same item in another format. */
function besideOf(address: ItemAddress, ending: string): ItemAddress {
  return address.replace(itemName, `$1.${ending}`);
}

function endingOf(address: ItemAddress): string {
  return itemName.exec(address)?.[2] ?? '';
}

function itemIdOf({kind, records}: ItemFacts, target: string): string {
  return toItemId(
    kind as ItemKind,
    target,
    records.map(({recordId}) => recordId)
  );
}
