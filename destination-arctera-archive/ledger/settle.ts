// Settles what an interrupted run left open, by asking the targets what they have.
import {BugError, ConfigError, type ConnectorError, IntegrityError, type TransientError} from '../../core/errors';
import type {DeliveryResult, Target} from '../targets/target';
import {inParallel} from './in-parallel';
import {placeIn} from './intent-place';
import type {Intent, ItemAt, Ledger, TargetReceipt, TargetRefusal} from './ledger';
import {isTargetDown} from './ledger-lock';

const questionsAtOnce = 8;

/** What a target has could not be read: that says nothing of the one that was to get it. */
export class NotReadBack extends Error {
  constructor(
    readonly target: string,
    readonly reason: TransientError
  ) {
    super('An item cannot be read back now.', {cause: reason});
  }
}

export interface Settlement {
  readonly delivered: number;
  readonly voided: number;
}

export interface SettleTools {
  /** By the names that intents give them. */
  readonly targets: ReadonlyMap<string, Target>;
  /**
   * Delivers an item in all its formats to a target, with the bytes that another target has, or else with those that
   * were kept. Undefined where the bytes are nowhere. Throws NotReadBack.
   */
  readonly deliver: (intent: Intent, from: string | undefined, to: string) => Promise<DeliveryResult | undefined>;
  /** Sets the bytes of an item aside that a target refuses. */
  readonly setAside: (intent: Intent, from: string | undefined, refusal: Refusal) => Promise<TargetRefusal>;
  readonly release: (intents: readonly Intent[]) => void;
  /** Gets the targets that are down; what is open for them stays open. */
  readonly failures: Map<string, ConnectorError>;
}

/** To be done before any record is matched: only then does the ledger know every record that is in the archive. */
export async function settleOpenIntents(ledger: Ledger, tools: SettleTools): Promise<Settlement> {
  const ends: IntentEnd[] = [];
  await inParallel(ledger.openIntents(), questionsAtOnce, async (intent) => {
    ends.push(await settleIntent(intent, ledger, tools));
  });
  const ofKind = (kind: IntentEnd['kind']): IntentEnd[] => ends.filter((end) => end.kind === kind);
  const [delivered, voided, open] = [ofKind('delivered'), ofKind('voided'), ofKind('open')];
  const idsOf = (of: readonly IntentEnd[]): string[] => of.map(({intent}) => intent.itemId);
  ledger.taken(
    open.flatMap(({heard}) => heard),
    open.flatMap(({receipts}) => receipts)
  );
  ledger.delivered(idsOf(delivered), {
    receipts: delivered.flatMap(({receipts}) => receipts),
    refusals: delivered.flatMap(({refusals}) => refusals),
  });
  ledger.voided(
    idsOf(voided),
    voided.flatMap(({heard}) => heard)
  );
  tools.release([...delivered, ...voided].map(({intent}) => intent));
  return {delivered: delivered.length, voided: voided.length};
}

interface IntentEnd {
  /** Open: a target is down. Voided: its records come again, and targets that have it keep it at the same address. */
  readonly kind: 'delivered' | 'voided' | 'open';
  readonly intent: Intent;
  readonly receipts: readonly TargetReceipt[];
  readonly refusals: readonly TargetRefusal[];
  /** Targets that cannot be asked: those that took it now; for an intent that is void, those that may have it. */
  readonly heard: readonly ItemAt[];
}

async function settleIntent(intent: Intent, ledger: Ledger, tools: SettleTools): Promise<IntentEnd> {
  const {itemId} = intent;
  const {has, lacks, mute} = await whereabouts(intent, ledger, tools);
  const [from] = has;
  const results = new Map<string, DeliveryResult>();
  for (const name of [...mute, ...lacks]) {
    if (from !== undefined && tools.failures.has(from)) break;
    const result = await unlessDown(name, tools, () => tools.deliver(intent, from, name));
    if (result?.kind === 'failed') noteFailure(name, result.error, tools);
    else if (result !== undefined) results.set(name, result);
  }
  const at = (target: string): ItemAt => ({itemId, target});
  const took = [...results].filter(([, {kind}]) => kind === 'delivered').map(([name]) => name);
  const receipts = [...results].flatMap(([name, result]) => toReceipts(name, [result]));
  if (intent.targets.some((name) => tools.failures.has(name))) {
    return {kind: 'open', intent, receipts, refusals: [], heard: took.filter((name) => mute.includes(name)).map(at)};
  }
  const known = intent.targets.filter((name) => ledger.isTaken(itemId, name));
  const isComplete = results.size === mute.length + lacks.length;
  if (!isComplete || has.length + known.length + took.length === 0) {
    return {kind: 'voided', intent, receipts: [], refusals: [], heard: [...mute, ...known].map(at)};
  }
  const refusals: TargetRefusal[] = [];
  for (const [target, result] of results) {
    if (result.kind === 'refused') refusals.push(await tools.setAside(intent, from, {...result, target}));
  }
  return {kind: 'delivered', intent, receipts, refusals, heard: []};
}

/** Which targets have an item, which do not, and which of those that cannot be asked may have it. */
async function whereabouts(
  intent: Intent,
  ledger: Ledger,
  tools: SettleTools
): Promise<Record<'has' | 'lacks' | 'mute', string[]>> {
  const found = {has: [] as string[], lacks: [] as string[], mute: [] as string[]};
  for (const name of intent.targets) {
    if (ledger.isTaken(intent.itemId, name)) continue;
    const target = targetNamed(tools.targets, name);
    const isFound = target.isReadable ? await unlessDown(name, tools, () => isThere(target, name, intent)) : undefined;
    if (tools.failures.has(name)) continue;
    found[isFound === undefined ? 'mute' : isFound ? 'has' : 'lacks'].push(name);
  }
  return found;
}

/** A target that is down is asked once, not once for each item. */
async function unlessDown<Answer>(
  name: string,
  tools: SettleTools,
  ask: () => Promise<Answer>
): Promise<Answer | undefined> {
  if (tools.failures.has(name)) return undefined;
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NotReadBack) noteFailure(error.target, error.reason, tools);
    else noteFailure(name, error, tools);
    return undefined;
  }
}

/** Throws what others would meet the same. */
export function noteFailure(name: string, error: unknown, {failures}: Pick<SettleTools, 'failures'>): void {
  if (!isTargetDown(error)) throw error;
  failures.set(name, error);
}

/** A target's answer that it will never take an item. */
export type Refusal = Extract<DeliveryResult, {kind: 'refused'}> & {readonly target: string};

/** What servers said, for the ledger to keep. */
export function toReceipts(target: string, results: readonly DeliveryResult[]): TargetReceipt[] {
  return results.flatMap((result) =>
    result.kind === 'delivered' && result.reply !== undefined
      ? [{itemId: result.itemId, target, reply: result.reply, isPossiblyTwice: result.isPossiblyTwice === true}]
      : []
  );
}

/** Of an item that no target took: those that may have it all the same. */
export function toPossiblySent(results: ReadonlyMap<string, DeliveryResult>): ItemAt[] {
  return [...results].flatMap(([target, result]) =>
    result.kind === 'refused' && result.isPossiblyThere === true ? [{itemId: result.itemId, target}] : []
  );
}

function targetNamed(targets: ReadonlyMap<string, Target>, name: string): Target {
  const target = targets.get(name);
  if (target === undefined) throw new ConfigError('policy_invalid', `An open item names the target ${name}.`);
  return target;
}

/** Copies are delivered before the item: where it is, they are. */
async function isThere(target: Target, name: string, intent: Intent): Promise<boolean> {
  const {address, copies} = placeIn(intent, name);
  const isFound = await target.find(address);
  if (isFound === undefined) throw new BugError(`Target ${target.name} cannot be asked for an item.`);
  for (const each of isFound ? [{address, sha256: intent.sha256}, ...copies] : []) {
    if ((await target.digest(each.address)) === each.sha256) continue;
    throw new IntegrityError('item_damaged', `The item at ${each.address} is not what was about to be delivered.`);
  }
  return isFound;
}
