// Delivers items again that targets refused, with the bytes that were kept.
import {BugError, type ConnectorError} from '../../core/errors';
import {placeIn} from '../ledger/intent-place';
import type {Intent} from '../ledger/ledger';
import type {SetAsideAttempts} from '../ledger/set-aside-attempts';
import {toPossiblySent, toReceipts} from '../ledger/settle';
import type {RefusalAside} from '../ledger/still-set-aside';
import type {DeliveryResult, RenderedItem} from '../targets/target';
import {discardComposed, duplicate} from './compose';
import {toIntendedItem} from './intended-item';
import type {WorkspaceStores} from './workspace';

export interface RetryTools {
  readonly attempts: SetAsideAttempts;
  /** ISO 8601. */
  readonly now: () => string;
}

/**
 * A target that refused an item gets it from the bytes that were set aside for it.
 * @returns whether the target has it now
 */
export async function retryRefusal(
  {itemId, target: name, path}: RefusalAside,
  intent: Intent,
  stores: WorkspaceStores,
  {attempts, now}: RetryTools
): Promise<boolean> {
  const target = stores.targets.get(name);
  // Of further formats only those that took the item have the bytes.
  if (target === undefined || intent.copies.length > 0) return false;
  const said = stores.setAside.pathOfRefusal(itemId, name);
  const mayBeThere = attempts.begin([said], now());
  const item = await readItem(intent, name, path, stores);
  const [result] =
    target.isReadable && (await target.digest(item.address)) === item.sha256
      ? [{kind: 'delivered', itemId} as const]
      : await target.deliver([{...item, mayBeThere}]);
  await drop(item);
  if (result === undefined) throw new BugError(`Target ${target.name} gave no result.`);
  if (result.kind === 'failed') throw result.error;
  if (result.kind === 'delivered') stores.ledger.taken([{itemId, target: name}], toReceipts(name, [result]));
  attempts.end([said], result.kind === 'delivered');
  return result.kind === 'delivered';
}

/**
 * An item that no target took goes the way of a new one, as the very bytes that were refused: intent, target, outcome.
 * Whatever cuts it off, the next run settles the open intent.
 * @param path of its bytes
 * @param copies of its records
 * @returns whether it is archived now
 */
export async function retryItem(
  intent: Intent,
  path: string,
  copies: readonly string[],
  stores: WorkspaceStores,
  {attempts, now}: RetryTools
): Promise<boolean> {
  const {ledger, outbox, targets, setAside} = stores;
  const {itemId, records, sha256} = intent;
  if (intent.targets.some((name) => !targets.has(name))) return false;
  const isCutOff = attempts.begin(copies, now());
  const first = await readItem(intent, intent.targets[0] ?? '', path, stores);
  await outbox.keep([first]);
  ledger.intend([intent]);
  const results = new Map<string, DeliveryResult>();
  for (const name of intent.targets) {
    const mayBeThere = isCutOff || records.some(({recordId}) => ledger.isPossiblySent(recordId, name));
    const own = await duplicate(first, name);
    const item = {...own, address: placeIn(intent, name).address, mayBeThere};
    const [result] = (await targets.get(name)?.deliver([item])) ?? [];
    await drop(own);
    if (result !== undefined) results.set(name, result);
  }
  await drop(first);
  const receipts = [...results].flatMap(([name, result]) => toReceipts(name, [result]));
  const took = [...results].filter(([, {kind}]) => kind === 'delivered').map(([name]) => name);
  const failure = failureOf(results);
  if (failure !== undefined) {
    // It stays open, and those that cannot be asked are noted.
    const heard = took.filter((name) => targets.get(name)?.isReadable === false);
    ledger.taken(
      heard.map((target) => ({itemId, target})),
      receipts.filter(({target}) => heard.includes(target))
    );
    throw failure;
  }
  if (took.length === 0) ledger.voided([itemId], toPossiblySent(results));
  else {
    const refusals = [...results].flatMap(([target, result]) =>
      result.kind === 'refused' ? [{itemId, target, code: result.code, words: result.words, path, sha256}] : []
    );
    const recordIds = records.map(({recordId}) => recordId);
    setAside.writeRefusals(
      refusals.map((each) => ({...each, address: placeIn(intent, each.target).address, recordIds}))
    );
    ledger.delivered([itemId], {receipts, refusals});
  }
  outbox.release([sha256]);
  attempts.end(copies, isBeyondReading(took, targets));
  return took.length > 0;
}

/** Whether one of these targets cannot be asked what it has: a ledger that is made anew does not find it there. */
export function isBeyondReading(names: readonly string[], targets: WorkspaceStores['targets']): boolean {
  return names.some((name) => targets.get(name)?.isReadable === false);
}

function failureOf(results: ReadonlyMap<string, DeliveryResult>): ConnectorError | undefined {
  for (const result of results.values()) if (result.kind === 'failed') return result.error;
  return undefined;
}

function readItem(
  intent: Intent,
  target: string,
  path: string,
  {keptFiles, ledger, temporaryFolder}: WorkspaceStores
): Promise<RenderedItem> {
  const kept = {
    intent,
    target,
    bytes: keptFiles.read(path),
    holds: ledger.holds(),
    whence: `that are set aside at ${path}`,
  };
  return toIntendedItem(kept, temporaryFolder);
}

/** What the target has not moved away. */
async function drop({body}: RenderedItem): Promise<void> {
  if (body.kind === 'file') await discardComposed(body.path);
}
