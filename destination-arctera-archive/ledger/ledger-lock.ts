// Waits until nobody else holds a ledger.
import type {Clock} from '../../core/clock';
import {type ConnectorError, TransientError} from '../../core/errors';
import {isLocked, toLedgerError} from './sqlite-error';

export interface LockWait {
  readonly clock: Clock;
  /** How long to try before giving up. */
  readonly lockWaitMs: number;
  readonly signal?: AbortSignal | undefined;
}

const retryMs = 500;

/** How long whoever changes a ledger waits for the run that holds it. */
export const lockWaitMs = 15 * 60_000;

/** Tries to open until it works. Throws TransientError when the ledger stays locked, or the wait is called off. */
export async function waitForLedger<Opened>(
  open: () => Opened,
  {clock, lockWaitMs, signal}: LockWait
): Promise<Opened> {
  // Counts its own waits: a clock that is set must not stretch or end them.
  for (let waitedMs = 0; ; waitedMs += retryMs) {
    try {
      return open();
    } catch (error) {
      if (!isLocked(error) && !isHeld(error)) throw toLedgerError(error);
      if (waitedMs >= lockWaitMs || signal?.aborted === true) {
        throw new TransientError('ledger_locked', `The ledger was still locked after ${waitedMs / 1000} s.`, {
          cause: error,
        });
      }
    }
    await clock.sleep(retryMs, signal);
  }
}

/** Whether it is the ledger that failed: then nothing can be recorded, whichever target was to be given something. */
export function concernsLedger({code}: ConnectorError): boolean {
  return code.startsWith('ledger_');
}

/** Whether a target is down for the moment: then nothing waits but what goes there. */
export function isTargetDown(error: unknown): error is TransientError {
  return error instanceof TransientError && !concernsLedger(error);
}

function isHeld(error: unknown): boolean {
  return error instanceof TransientError && error.code === 'ledger_locked';
}
