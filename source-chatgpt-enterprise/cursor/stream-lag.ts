// How far each log stream is behind: up to when its log files were read, and up to when there are events.
import {microsOf} from '../../core/micros';

/** How far a log stream has come when its pass ends. */
export interface Reached {
  /** Of this read or an earlier one. */
  readonly newestEndTime: string | null;
  readonly maxEventTime: string | null;
}

/** As `capture_runs` tells it. */
export interface StreamLag {
  readonly newest_end_time: string | null;
  readonly max_event_time: string | null;
  readonly lag_seconds: number | null;
  readonly behind_seconds: number | null;
}

/** @param now Unix microseconds */
export function toLagByStream(reached: ReadonlyMap<string, Reached>, now: bigint): Readonly<Record<string, StreamLag>> {
  return Object.fromEntries([...reached].map(([stream, each]) => [stream, toLag(each, now)]));
}

function toLag({maxEventTime, newestEndTime}: Reached, now: bigint): StreamLag {
  const newest = newestEndTime === null ? null : microsOf(newestEndTime);
  const known = maxEventTime === null ? null : microsOf(maxEventTime);
  return {
    newest_end_time: newestEndTime,
    max_event_time: maxEventTime,
    lag_seconds: newest === null ? null : toSeconds(now - newest),
    behind_seconds: newest === null || known === null ? null : Math.max(0, toSeconds(known - newest)),
  };
}

function toSeconds(micros: bigint): number {
  return Number(micros / 1_000_000n);
}
