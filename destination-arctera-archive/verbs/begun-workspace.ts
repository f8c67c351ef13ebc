// Which workspace a ledger belongs to, for a verb that changes it: a run that holds it is waited for.
import type {LedgerPlace} from '../ledger/ledger-place';
import {lockWaitMs, type LockWait, waitForLedger} from '../ledger/ledger-lock';

/** Undefined where no run has begun the ledger. Throws TransientError `ledger_locked` when it stays held. */
export async function begunWorkspace(
  place: LedgerPlace,
  name: string,
  wait: Pick<LockWait, 'clock' | 'signal'>
): Promise<string | undefined> {
  return (await waitForLedger(() => place.glance(name), {...wait, lockWaitMs}))?.workspaceId;
}
