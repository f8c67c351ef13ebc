// Settles what an interrupted run left open, by asking the targets what they have.
import {BugError, ConfigError, IntegrityError} from '../../core/errors';
import type {DeliveryResult, RenderedItem, Target} from '../targets/target';
import {inParallel} from './in-parallel';
import {placeIn} from './intent-place';
import type {Intent, Ledger, TargetReceipt} from './ledger';

const questionsAtOnce = 8;

export interface Settlement {
  readonly delivered: number;
  readonly voided: number;
}

export interface SettleTools {
  /** By the names that intents give them. */
  readonly targets: ReadonlyMap<string, Target>;
  /** Delivers the bytes that one target has to another, or to one that cannot be asked from where they were kept. */
  readonly copy: (intent: Intent, from: string, to: string) => Promise<void>;
  /** The kept bytes of an item for a target that cannot be asked; undefined when they were not kept. */
  readonly kept: (intent: Intent) => Promise<RenderedItem['body'] | undefined>;
  readonly release: (itemIds: readonly string[]) => void;
}

/** To be done before any record is matched: only then does the ledger know every record that is in the archive. */
export async function settleOpenIntents(ledger: Ledger, tools: SettleTools): Promise<Settlement> {
  const {targets, copy} = tools;
  const delivered: string[] = [];
  const voided: string[] = [];
  const receipts: TargetReceipt[] = [];
  await inParallel(ledger.openIntents(), questionsAtOnce, async (intent) => {
    const having: string[] = [];
    const lacking: string[] = [];
    const mute: string[] = [];
    for (const name of intent.targets) {
      const isFound = await isThere(targetNamed(targets, name), name, intent);
      (isFound === undefined ? mute : isFound ? having : lacking).push(name);
    }
    const results = new Map<string, DeliveryResult>();
    for (const name of mute) {
      const result = await sendAgain(targetNamed(targets, name), name, intent, tools);
      if (result !== undefined) results.set(name, result);
    }
    const isTaken = [...results.values()].every(({kind}) => kind === 'delivered') && results.size === mute.length;
    const [source] = having;
    // Given up: its records come again, and targets that have it already keep it under the same address.
    if (!isTaken || (source === undefined && (lacking.length > 0 || mute.length === 0))) {
      voided.push(intent.itemId);
      return;
    }
    if (source !== undefined) for (const name of lacking) await copy(intent, source, name);
    delivered.push(intent.itemId);
    for (const [target, result] of results) receipts.push(...toReceipts(target, [result]));
  });
  ledger.delivered(delivered, receipts);
  ledger.voided(voided);
  tools.release([...delivered, ...voided]);
  return {delivered: delivered.length, voided: voided.length};
}

/** What servers said, for the ledger to keep. */
export function toReceipts(target: string, results: readonly DeliveryResult[]): TargetReceipt[] {
  return results.flatMap((result) =>
    result.kind === 'delivered' && result.reply !== undefined
      ? [{itemId: result.itemId, target, reply: result.reply, isPossiblyTwice: result.isPossiblyTwice === true}]
      : []
  );
}

function targetNamed(targets: ReadonlyMap<string, Target>, name: string): Target {
  const target = targets.get(name);
  if (target === undefined) throw new ConfigError('policy_invalid', `An open item names the target ${name}.`);
  return target;
}

/** The very bytes that the interrupted run may have sent: an archive that knows the Message-ID keeps one. */
async function sendAgain(
  target: Target,
  name: string,
  intent: Intent,
  {kept}: SettleTools
): Promise<DeliveryResult | undefined> {
  const body = await kept(intent);
  if (body === undefined) return undefined;
  const {itemId, sha256, size} = intent;
  const {address} = placeIn(intent, name);
  const [result] = await target.deliver([{itemId, address, sha256, size, body, mayBeThere: true}]);
  if (result === undefined) throw new BugError(`Target ${target.name} gave no result.`);
  return result;
}

/** Copies are delivered before the item: where it is, they are. Undefined where the target cannot be asked. */
async function isThere(target: Target, name: string, intent: Intent): Promise<boolean | undefined> {
  if (!target.isReadable) return undefined;
  const {address, copies} = placeIn(intent, name);
  const isFound = await target.find(address);
  if (isFound === undefined) throw new BugError(`Target ${target.name} cannot be asked for an item.`);
  for (const each of isFound ? [{address, sha256: intent.sha256}, ...copies] : []) {
    if ((await target.digest(each.address)) === each.sha256) continue;
    throw new IntegrityError('item_damaged', `The item at ${each.address} is not what was about to be delivered.`);
  }
  return isFound;
}
