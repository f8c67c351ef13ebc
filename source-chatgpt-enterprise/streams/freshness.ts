// How far each log stream is behind: up to when its log files were read, and up to when there are events.
import {ConnectorError} from '../../core/errors';
import {microsOfMs} from '../../core/micros';
import {getMaxEventTime} from '../api/max-event-time';
import {microsOf} from '../cursor/log-cursor';
import {awaiting, type ReadScope, type StreamOutputs} from './read-scope';

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

/** Null when the service does not say; one that does not answer is not asked for further types in this read. */
export async function* askMaxEventTime(
  scope: ReadScope,
  eventType: string,
  streams: readonly string[]
): StreamOutputs<string | null> {
  const {client, tally} = scope;
  if (!tally.tellsMaxEventTime) return null;
  try {
    return yield* awaiting(scope, streams, getMaxEventTime(client, eventType));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    tally.tellsMaxEventTime = error.code === 'request_rejected'; // it may not know this one type
    return null;
  }
}

export function toLagByStream({clock, tally}: ReadScope): Readonly<Record<string, StreamLag>> {
  const now = microsOfMs(clock.nowMs());
  return Object.fromEntries([...tally.reached].map(([stream, reached]) => [stream, toLag(reached, now)]));
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
