// Settles what an interrupted run left open, by asking the targets what they have.
import {BugError, ConfigError, IntegrityError} from '../../core/errors';
import type {Target} from '../targets/target';
import {inParallel} from './in-parallel';
import type {Intent, Ledger} from './ledger';

const questionsAtOnce = 8;

export interface Settlement {
  readonly delivered: number;
  readonly voided: number;
}

export interface SettleTools {
  /** By the names that intents give them. */
  readonly targets: ReadonlyMap<string, Target>;
  /** Delivers the bytes that one target has to another. */
  readonly copy: (intent: Intent, from: Target, to: Target) => Promise<void>;
}

/** To be done before any record is matched: only then does the ledger know every record that is in the archive. */
export async function settleOpenIntents(ledger: Ledger, {targets, copy}: SettleTools): Promise<Settlement> {
  const delivered: string[] = [];
  const voided: string[] = [];
  await inParallel(ledger.openIntents(), questionsAtOnce, async (intent) => {
    const having: Target[] = [];
    const lacking: Target[] = [];
    for (const name of intent.targets) {
      const target = targets.get(name);
      if (target === undefined) throw new ConfigError('policy_invalid', `An open item names the target ${name}.`);
      ((await isThere(target, intent)) ? having : lacking).push(target);
    }
    const [source] = having;
    if (source !== undefined) for (const target of lacking) await copy(intent, source, target);
    (source === undefined ? voided : delivered).push(intent.itemId);
  });
  ledger.delivered(delivered);
  ledger.voided(voided);
  return {delivered: delivered.length, voided: voided.length};
}

/** Copies are delivered before the item: where it is, they are. */
async function isThere(target: Target, {address, sha256, copies}: Intent): Promise<boolean> {
  const isFound = await target.find(address);
  if (isFound === undefined) throw new BugError(`Target ${target.name} cannot be asked for an item.`);
  for (const each of isFound ? [{address, sha256}, ...copies] : []) {
    if ((await target.digest(each.address)) === each.sha256) continue;
    throw new IntegrityError('item_damaged', `The item at ${each.address} is not what was about to be delivered.`);
  }
  return isFound;
}
