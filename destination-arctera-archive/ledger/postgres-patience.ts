// How a server of a ledger is waited for that cannot be reached: a restart takes seconds, and the platform tries again after longer ones.
import {TransientError} from '../../core/errors';
import {endedBySignals} from './signals-in-waits';

const longestAwayMs = 60_000;
/** Of a run that was told to stop: what it has done is settled by the next one too. */
const longestStoppedMs = 1_000;
const firstWaitMs = 250;
const longestWaitMs = 4_000;

export interface Patience {
  /** Which failures are waited out. */
  readonly isPassing?: (error: unknown) => boolean;
  /** Aborted where a signal to stop was met before: there is no other one to end the wait. */
  readonly signal?: AbortSignal | undefined;
  /** It was waited for in vain before: it is asked once. */
  readonly isSpent?: boolean;
}

/**
 * Does again what may be done twice, until it works. A signal to stop ends the process meanwhile.
 * Throws the last failure when a minute was waited.
 */
export function untilAnswered<Result>(
  work: () => Result,
  {isPassing = isUnavailable, signal, isSpent}: Patience = {}
): Result {
  const longestMs = isSpent === true ? 0 : signal?.aborted === true ? longestStoppedMs : longestAwayMs;
  return endedBySignals(() => {
    // Counts its own waits: a clock that is set must not stretch or end them.
    for (
      let [waitedMs, waitMs] = [0, firstWaitMs];
      ;
      waitedMs += waitMs, waitMs = Math.min(2 * waitMs, longestWaitMs)
    ) {
      try {
        return work();
      } catch (error) {
        if (!isPassing(error) || waitedMs >= longestMs) throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
    }
  });
}

/** Out of reach, or out of room for the moment. */
function isUnavailable(error: unknown): boolean {
  return error instanceof TransientError && error.code === 'ledger_unavailable';
}
