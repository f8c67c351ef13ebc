// The verb `rebuild-ledger`: where a ledger was lost, makes it anew from the items of every target that can be read.
import {createHash, randomUUID} from 'node:crypto';
import {posix} from 'node:path';
import type {Clock} from '../../core/clock';
import {BugError} from '../../core/errors';
import {toSafeName} from '../../core/safe-name';
import {openTargets, toLedgerPlace} from '../check';
import type {Config} from '../config';
import type {Events} from '../events';
import {type ItemFacts, type ItemRecord, parseItemRecord} from '../ledger/entry';
import type {Intent, ItemCopy} from '../ledger/ledger';
import type {LedgerPlace} from '../ledger/ledger-place';
import {type FoundItem, type KeptMessage, ledgerPresent, runIdIn} from '../ledger/rebuild';
import {defaultTarget} from '../policy/routing';
import {formats} from '../render/formats';
import {findItemRecord} from '../render/item-record';
import {manifestDirectory} from '../report/manifest';
import {FolderTarget} from '../targets/folder';
import {toFolderError} from '../targets/folder-errors';
import {toPossibleAddresses} from '../targets/folder-layout';
import type {ItemAddress, Target} from '../targets/target';
import {itemIdOf, type KeptItems, readKeptMessages, toKeptIntent, toPlace} from './kept-messages';

/** @returns whether everything was taken in. Throws ConfigError where no ledger is missing. */
export async function rebuildLedgers(config: Config, events: Events, clock: Clock): Promise<boolean> {
  const place = toLedgerPlace(config);
  try {
    return await rebuildAll(config, place, events, clock);
  } finally {
    place.close();
  }
}

async function rebuildAll(config: Config, place: LedgerPlace, events: Events, clock: Clock): Promise<boolean> {
  const run = {clock, signal: new AbortController().signal};
  let isWhole = true;
  let present: string | undefined;
  let rebuilt = 0;
  for (const name of await listDirectories(config, place, run)) {
    if (place.glance(name) !== undefined) {
      present = name;
      continue;
    }
    const targets = await openTargets(config, name, run);
    try {
      const unread = [...targets].filter(([, {isReadable}]) => !isReadable).map(([each]) => each);
      const mayHaveRun = unread.length > 0 || (await hasManifests(targets));
      const workspaceId = (await findWorkspaceId(targets, name)) ?? (mayHaveRun ? toOwnId(name) : undefined);
      if (workspaceId === undefined) continue; // not a folder of ours
      const mintedFor = targets.get(defaultTarget)?.name ?? '';
      const result = await place.rebuild({
        workspaceId,
        archiveId: await archiveIdOf(targets),
        clock,
        items: (kept) => readAll(targets, {workspaceId, mintedFor}, kept),
      });
      events.ledgerRebuilt(name, result);
      if (unread.length > 0) events.notReadBack(name, unread);
      rebuilt += 1;
      isWhole &&= result.problems.count === 0 && unread.length === 0;
    } catch (error) {
      throw toFolderError(error, place.root);
    } finally {
      for (const target of targets.values()) await target.close();
    }
  }
  if (rebuilt === 0 && present !== undefined) throw ledgerPresent(present);
  if (rebuilt === 0) events.nothingToVerify();
  return isWhole && rebuilt > 0;
}

/** The targets of one workspace, by their names; only those that can be read tell what they have. */
type Targets = ReadonlyMap<string, Target>;

/** Of a workspace without items, or whose items nobody can read, the name alone is known; most ids are their own safe names. */
function toOwnId(name: string): string | undefined {
  return toSafeName(name) === name ? name : undefined;
}

/** Where items lie, and where a ledger lay. */
async function listDirectories(
  config: Config,
  place: LedgerPlace,
  run: Parameters<typeof openTargets>[2]
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const targets = await openTargets(config, toSafeName('default'), run);
  try {
    for (const target of targets.values()) for await (const name of target.directories?.() ?? []) names.add(name);
  } finally {
    for (const target of targets.values()) await target.close();
  }
  for (const name of place.names()) names.add(name);
  return names;
}

/** The id itself stands in each item; the folder's name is made of it. */
async function findWorkspaceId(targets: Targets, name: string): Promise<string | undefined> {
  for (const target of targets.values()) {
    for await (const address of target.list?.() ?? []) {
      const {record} = await readItem(target, address);
      if (record !== undefined && toSafeName(record.workspaceId) === name) return record.workspaceId;
    }
  }
  return undefined;
}

/** Runs leave them where nothing was archived too: all of it may be set aside. */
async function hasManifests(targets: Targets): Promise<boolean> {
  for (const target of targets.values()) {
    for await (const address of target.listBeside?.(manifestDirectory) ?? []) if (address !== '') return true;
  }
  return false;
}

/** Where the archive target keeps none, or lost it, any other target says which archive it belongs to. */
async function archiveIdOf(targets: Targets): Promise<string> {
  const mark = targets.get(defaultTarget)?.mark;
  const known = await mark?.read();
  if (known !== undefined) return known;
  let id: string | undefined;
  for (const target of targets.values()) id ??= await target.mark?.read();
  id ??= randomUUID();
  await mark?.create(id);
  return id;
}

interface Lost {
  readonly workspaceId: string;
  /** What ids of items are made with. */
  readonly mintedFor: string;
}

async function* readAll(targets: Targets, lost: Lost, messages: readonly KeptMessage[]): AsyncGenerator<FoundItem> {
  const kept = await readKeptMessages(messages, lost.workspaceId, (facts) => itemIdOf(facts, lost.mintedFor));
  for (const text of kept.problems) yield {kind: 'problem', text};
  yield* readItems(targets, lost, kept.items);
  yield* readManifests(targets);
}

/**
 * An item that several targets hold is taken in where it is found first; the others must hold the same bytes.
 * @param kept what was on its way: nobody knows which of the targets that cannot be asked have it
 */
async function* readItems(
  targets: Targets,
  {workspaceId, mintedFor}: Lost,
  kept: KeptItems['items']
): AsyncGenerator<FoundItem> {
  const taken = new Map<string, {readonly name: string; readonly sha256: string}>();
  const index = new Map<string, ReadonlyMap<string, ItemAddress>>();
  for (const [name, target] of targets) {
    for await (const address of target.list?.() ?? []) {
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
      const itemId = itemIdOf(record.facts, mintedFor);
      if (!mayLieAt(target, record.facts, itemId, address)) {
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
      const places = await placesOf(targets, record.facts, {address, copies}, index);
      const intent = {...record.facts, itemId, address, sha256, size, copies, ...places};
      yield {kind: 'item', intent, isOpen: kept.has(itemId)};
    }
  }
  for (const item of kept.values())
    if (!taken.has(item.itemId)) {
      yield {kind: 'item', intent: toKeptIntent(item, targets), isOpen: true}; // no target is known to have it
    }
}

/** Manifests are kept as they are: what they say of the lost ledger cannot be proven any more, that they are unchanged can. */
async function* readManifests(targets: Targets): AsyncGenerator<FoundItem> {
  for (const [name, target] of targets) {
    for await (const address of target.listBeside?.(manifestDirectory) ?? []) {
      const sha256 = (await target.digest(address)) ?? '';
      yield {kind: 'manifest', runId: runIdIn(address), place: {target: name, address, sha256}};
    }
  }
}

/** Whatever the layout was when it was delivered. */
function mayLieAt(target: Target, facts: ItemFacts, itemId: string, address: ItemAddress): boolean {
  const place = toPlace(facts, itemId, endingOf(address));
  // The thread of an addendum to an object is no conversation.
  return [place, {...place, conversationId: undefined}].some((where) => {
    return target instanceof FolderTarget
      ? toPossibleAddresses(where, address).includes(address)
      : target.address(where) === address;
  });
}

/**
 * Of the targets that have the item at another address.
 * @param index gets the addresses of a target by the names of its files, once one of them is asked for
 */
async function placesOf(
  all: Targets,
  {targets}: ItemFacts,
  own: Pick<Intent, 'address' | 'copies'>,
  index: Map<string, ReadonlyMap<string, ItemAddress>>
): Promise<Pick<Intent, 'places'>> {
  const places: Record<string, {address: ItemAddress; copies: ItemAddress[]}> = {};
  for (const name of targets) {
    const target = all.get(name);
    if (target?.list === undefined || (await target.find(own.address)) === true) continue;
    const known = index.get(name) ?? (await indexOf(target));
    index.set(name, known);
    const address = known.get(posix.basename(own.address));
    if (address === undefined) continue;
    places[name] = {address, copies: own.copies.map((copy) => besideOf(address, endingOf(copy.address)))};
  }
  return Object.keys(places).length === 0 ? {} : {places};
}

async function indexOf(target: Target): Promise<ReadonlyMap<string, ItemAddress>> {
  const addresses = new Map<string, ItemAddress>();
  for await (const address of target.list?.() ?? []) addresses.set(posix.basename(address), address);
  return addresses;
}

/** Any format says what the item is; the first of them that is there stands for the item, the others are its copies. */
const endings = Object.values(formats).map(({ending}) => ending);

async function isCopy(target: Target, address: ItemAddress): Promise<boolean> {
  const itemId = itemIdIn(address);
  if (itemId === undefined) return false;
  for (const ending of endings) {
    if (ending === endingOf(address)) return false;
    if ((await target.find(besideOf(address, ending))) === true) return true;
  }
  return false;
}

async function copiesOf(target: Target, first: ItemAddress): Promise<ItemCopy[]> {
  const copies: ItemCopy[] = [];
  for (const ending of endings) {
    const address = besideOf(first, ending);
    if (address === first || (await target.find(address)) !== true) continue;
    const {sha256, size} = await readItem(target, address);
    copies.push({address, sha256, size});
  }
  return copies;
}

async function readItem(
  target: Target,
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
    private readonly target: Target,
    private readonly address: ItemAddress
  ) {}

  open(): AsyncIterable<Buffer> {
    if (this.isRead) return bytesOf(this.target, this.address);
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
    for await (const bytes of bytesOf(this.target, this.address)) {
      this.hash.update(bytes);
      this.size += bytes.length;
      yield bytes;
    }
  }
}

function bytesOf(target: Target, address: ItemAddress): AsyncIterable<Buffer> {
  if (target.read === undefined) throw new BugError(`Target ${target.name} cannot be read back.`);
  return target.read(address);
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
