// The verb `retry-set-aside`: archives what was set aside and can be archived now.
import {randomUUID} from 'node:crypto';
import {basename, dirname} from 'node:path';
import * as z from 'zod';
import type {DestinationContext} from '../../airbyte/destination';
import type {DestinationInput} from '../../airbyte/destination-input';
import type {ConfiguredCatalog} from '../../airbyte/protocol';
import {packageVersion} from '../../airbyte/connector-process';
import {fileChunks, files} from '../../contract/files';
import {messages} from '../../contract/messages';
import {errorCodes} from '../../core/error-codes';
import {BugError, ConfigError, systemCode} from '../../core/errors';
import {Alarm} from '../alarm';
import {describeTarget, toLedgerPlace, toPolicy} from '../check';
import {Conclusion, toSigner} from '../conclusion';
import type {Config} from '../config';
import {Events} from '../events';
import type {Intent, SettledFile} from '../ledger/ledger';
import {lockWaitMs} from '../ledger/ledger-lock';
import {reconsidering} from '../ledger/reconsidering-ledger';
import type {RunStart} from '../ledger/runs';
import {SetAsideAttempts} from '../ledger/set-aside-attempts';
import {isCopyOf} from '../ledger/set-aside-proof';
import {findIntents, findStillSetAside, type RecordAside, type StillSetAside} from '../ledger/still-set-aside';
import {toKnownSpelling} from '../ledger/workspace-spelling';
import {toOpening} from '../opening';
import {openWorkspace} from '../pipeline/open-workspace';
import {type Copy, readCopy, toFileRecord, toRecords} from '../pipeline/retried-records';
import {isBeyondReading, retryItem, retryRefusal, type RetryTools} from '../pipeline/retry-items';
import {isStreamNamed} from '../pipeline/stream-role';
import type {WorkspaceStores} from '../pipeline/workspace';
import {Write} from '../pipeline/write';
import {toEndOfRun} from '../targets/folder-errors';
import {begunWorkspace} from './begun-workspace';
import {itemIdOf, readKeptMessages, toKeptIntent} from './kept-messages';
import {findLostLedgers} from './lost-ledgers';

const keptFileBytes = 64 * 1024 * 1024;

/** What one workspace is retried with. */
interface Retried {
  readonly stores: WorkspaceStores;
  readonly before: StillSetAside;
  readonly tools: RetryTools & {
    /** Whether items are made in several formats; an intent tells of its own item. */
    readonly hasCopies: boolean;
  };
  /** Copies of records that were taken in anew. */
  readonly taken: string[];
}

/** @returns the exit code: 1 when something stays set aside */
export async function retrySetAside(
  config: Config,
  {clock, log, signal}: DestinationContext,
  code: string | undefined
): Promise<number> {
  if (code !== undefined && !Object.hasOwn(errorCodes, code))
    throw new ConfigError('command_invalid', '--code must be the code of an error, as a report names it.');
  const events = new Events(log);
  const policy = toPolicy(config);
  const place = toLedgerPlace(config);
  const startedMs = clock.nowMs();
  const now = (): string => new Date(clock.nowMs()).toISOString();
  const versions = {destination: packageVersion()};
  const target = describeTarget(config.target);
  const run: RunStart = {runId: randomUUID(), startedAt: now(), policyVersion: policy.version, versions, target};
  const opening = toOpening({config, place, events, clock, signal});
  const retried: Retried[] = [];
  const again = new Map<string, Set<string>>();
  const write = new Write({
    config,
    policy,
    catalog,
    clock,
    signal,
    keptFileBytes,
    openWorkspace: async (workspaceId) => {
      const stores = await openWorkspace({...opening, workspaceId, lockWaitMs, run});
      const ids = new Set<string>();
      again.set(workspaceId, ids);
      return {...stores, ledger: reconsidering(stores.ledger, ids)};
    },
    spellWorkspace: (workspaceId) => toKnownSpelling(workspaceId, names),
    onArchived: (tally) => events.archived(tally),
  });
  const conclusion = new Conclusion({
    write,
    events,
    run,
    startedMs,
    clock,
    alarm: new Alarm(config, run, {clock, events}),
    signer: toSigner(config),
    setAsideLimit: {percent: 100, records: Infinity}, // what stays is what was asked for
  });
  const input = async function* (): AsyncGenerator<readonly DestinationInput[]> {
    for (const name of names) {
      const workspaceId = await begunWorkspace(place, name, {clock, signal});
      if (workspaceId === undefined) continue;
      const {stores} = await write.workspaces.of(workspaceId);
      const attempts = new SetAsideAttempts(dirname(stores.reportsFolder), stores.mirror);
      const before = await findPending(stores, code);
      const each: Retried = {stores, before, tools: {attempts, now, hasCopies: config.formats.length > 1}, taken: []};
      retried.push(each);
      yield* retryWorkspace(each, again.get(workspaceId) ?? new Set(), (path) => events.copyUnreadable(name, path));
    }
  };
  let stays = 0;
  let names: readonly string[] = [];
  let lost: readonly string[] = [];
  try {
    names = place.names();
    lost = await findLostLedgers(config, place);
    for await (const {type} of write.run(input())) throw new BugError(`A retry released a ${type}.`);
    for (const ids of again.values()) ids.clear(); // nothing more is decided: what has no outcome by now stays
    for (const {stores, before, tools, taken} of retried) {
      await endAttempts(before, new Set(taken), stores, tools);
      const after = await findPending(stores, code, new Set(before.records.map(({recordId}) => recordId)));
      stays += after.records.length + after.refusals.length;
      events.retried(stores.workspaceId, before, after);
    }
    conclusion.hasEnded = !signal.aborted;
  } catch (error) {
    conclusion.failure = toEndOfRun(error, place.root);
    throw conclusion.failure;
  } finally {
    try {
      await conclusion.draw();
    } catch (error) {
      throw toEndOfRun(error, place.root);
    } finally {
      place.close();
    }
  }
  for (const name of lost) events.ledgerMissing(name);
  if (names.length + lost.length === 0) events.nothingToVerify();
  return stays === 0 && lost.length === 0 && names.length > 0 ? 0 : 1;
}

/** Of the records that were decided anew. */
async function endAttempts(
  {records}: StillSetAside,
  taken: ReadonlySet<string>,
  stores: WorkspaceStores,
  {attempts}: RetryTools
): Promise<void> {
  const {ledger, targets} = stores;
  const ended = {sent: [] as string[], others: [] as string[]};
  for (const record of records.filter(({path}) => taken.has(path))) {
    const item = ledger.findItemOf(record.recordId);
    const file = item === undefined ? await fileOf(record, stores) : undefined;
    const isArchived = file !== undefined && ledger.findFile(file.fileId, file.eventId) !== undefined;
    const names = item?.targets ?? (isArchived ? [...targets.keys()] : []);
    ended[isBeyondReading(names, targets) ? 'sent' : 'others'].push(record.path);
  }
  attempts.end(ended.sent, true);
  attempts.end(ended.others);
}

/** Files are waited for as in a sync that selects them. */
const catalog: ConfiguredCatalog = {
  streams: [messages, files, fileChunks].map(({name}) => {
    const [syncMode, namespace] = ['incremental', undefined] as const;
    return {name, namespace, syncMode, destinationSyncMode: 'append', primaryKey: []};
  }),
};

/** First what has kept bytes, then the records that are decided anew: of those it yields the rows. */
async function* retryWorkspace(
  {stores, before, tools, taken}: Retried,
  again: Set<string>,
  onUnreadable: (path: string) => void
): AsyncGenerator<readonly DestinationInput[]> {
  const {ledger, keptFiles, workspaceId} = stores;
  const refused = await findIntents(ledger, ({itemId}) => itemId, new Set(before.refusals.map(({itemId}) => itemId)));
  for (const refusal of before.refusals) {
    const intent = refused.get(refusal.itemId);
    if (!(await isKept(refusal.path, keptFiles))) onUnreadable(refusal.path);
    else if (intent !== undefined) await retryRefusal(refusal, intent, stores, tools);
  }
  const anew: RecordAside[] = [];
  const known: SettledFile[] = [];
  const byItem = new Map<string, RecordAside[]>();
  for (const record of before.records) {
    const copy = await findCopy(record, keptFiles);
    if (copy === undefined) {
      onUnreadable(record.path); // it stays, and the others go on
      continue;
    }
    const {item} = copy;
    if (item === undefined) anew.push(record);
    else byItem.set(item, [...(byItem.get(item) ?? []), record]);
  }
  const intents = await findIntents(ledger, ({sha256}) => sha256, new Set([...byItem.keys()].map(toSha256)));
  for (const [path, records] of byItem) {
    const isWhole = await isKept(path, keptFiles);
    const intended = intents.get(toSha256(path));
    const intent = intended ?? (isWhole ? await readIntent(path, stores) : undefined);
    if (intent === undefined) {
      onUnreadable(path);
      continue;
    }
    const isTooLarge = records.some(({code}) => code === 'item_too_large'); // smaller ones may be made of it
    const hasCopies = intended === undefined ? tools.hasCopies : intent.copies.length > 0;
    const holdsUploads = intent.files.some(({outcome}) => outcome === 'captured');
    const copies = records.map((record) => record.path);
    if ((isTooLarge || hasCopies || !isWhole) && !holdsUploads) {
      anew.push(...records);
      known.push(...intent.files);
    } else if (!isWhole) onUnreadable(path);
    else if (!hasCopies) await retryItem(intent, path, copies, stores, tools);
  }
  for (const {recordId} of anew) again.add(recordId);
  const paths = anew.map(({path}) => path);
  tools.attempts.begin(paths, tools.now());
  taken.push(...paths);
  for (const file of known) yield [toFileRecord(file, workspaceId)];
  for (const path of paths) {
    for await (const record of toRecords(await readCopy(path, keptFiles), workspaceId, keptFiles)) yield [record];
  }
}

/** Of what was refused a ledger that was made anew has no intent: the item says itself what it is. */
async function readIntent(
  path: string,
  {keptFiles, target, targets, workspaceId}: WorkspaceStores
): Promise<Intent | undefined> {
  const message = {
    name: path,
    sha256: toSha256(path),
    size: await sizeOf(keptFiles.read(path)),
    read: () => keptFiles.read(path),
  };
  const {items} = await readKeptMessages([message], workspaceId, (facts) => itemIdOf(facts, target.name));
  const [item] = items.values();
  return item === undefined ? undefined : toKeptIntent(item, targets);
}

async function sizeOf(content: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const bytes of content) size += bytes.length;
  return size;
}

/** Whether the bytes are there, and still what was refused: `verify` names those that are not. */
async function isKept(path: string, keptFiles: WorkspaceStores['keptFiles']): Promise<boolean> {
  return (await keptFiles.digest(path)) === toSha256(path);
}

function toSha256(path: string): string {
  return basename(path, '.bytes');
}

/** Undefined for one that somebody removed or changed: `verify` names it too. */
async function findCopy(record: RecordAside, keptFiles: WorkspaceStores['keptFiles']): Promise<Copy | undefined> {
  try {
    const copy = await readCopy(record.path, keptFiles);
    return isCopyOf(copy, record) ? copy : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/**
 * What has this code, with the uploads that were set aside beside a message: they go into its item, or become one of their
 * own later. Rows and bytes of those that came into the archive with it are no longer set aside.
 * @param code undefined for all
 * @param asked records that are meant whatever their code is
 */
async function findPending(
  stores: WorkspaceStores,
  code: string | undefined,
  asked: ReadonlySet<string> = new Set()
): Promise<StillSetAside> {
  const {records, refusals} = await findStillSetAside(stores.ledger);
  const hasCode = (each: {readonly code: string}): boolean => code === undefined || each.code === code;
  const withCode = new Set(records.filter(hasCode).map(({recordId}) => recordId));
  const pending: RecordAside[] = [];
  for (const record of records) {
    const file = await fileOf(record, stores);
    const isMeant = [record.recordId, file?.eventId ?? ''].some((id) => withCode.has(id)) || asked.has(record.recordId);
    const isArchived = file !== undefined && stores.ledger.findFile(file.fileId, file.eventId) !== undefined;
    if (isMeant && !isArchived) pending.push(record);
  }
  return {records: pending, refusals: refusals.filter(hasCode)};
}

/** Undefined for what is no row and no bytes of a file. */
async function fileOf(
  record: RecordAside,
  {keptFiles}: WorkspaceStores
): Promise<{fileId: string; eventId: string} | undefined> {
  if (![files, fileChunks].some((each) => isStreamNamed(record.stream, each))) return undefined;
  const copy = await findCopy(record, keptFiles);
  if (copy === undefined) return undefined;
  const {file_id: fileId, event_id: eventId} = JSON.parse(copy.record) as Readonly<Record<string, unknown>>;
  return typeof fileId === 'string' && typeof eventId === 'string' ? {fileId, eventId} : undefined;
}
