// Settles what an interrupted run left open, by asking the target what it has.
import {BugError, IntegrityError} from '../../core/errors';
import type {Target} from '../targets/target';
import {inParallel} from './in-parallel';
import type {Ledger} from './ledger';

const questionsAtOnce = 8;

export interface Settlement {
  readonly delivered: number;
  readonly voided: number;
}

/** To be done before any record is matched: only then does the ledger know every record that is in the archive. */
export async function settleOpenIntents(ledger: Ledger, target: Target): Promise<Settlement> {
  const delivered: string[] = [];
  const voided: string[] = [];
  await inParallel(ledger.openIntents(), questionsAtOnce, async ({itemId, address, sha256, copies}) => {
    const isThere = await target.find(address);
    if (isThere === undefined) throw new BugError(`Target ${target.name} cannot be asked for an item.`);
    for (const each of isThere ? [{address, sha256}, ...copies] : []) {
      if ((await target.digest(each.address)) === each.sha256) continue;
      throw new IntegrityError('item_damaged', `The item at ${each.address} is not what was about to be delivered.`);
    }
    (isThere ? delivered : voided).push(itemId);
  });
  ledger.delivered(delivered);
  ledger.voided(voided);
  return {delivered: delivered.length, voided: voided.length};
}
