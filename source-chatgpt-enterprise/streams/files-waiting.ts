// What the file lane leaves for the next read, and which of it may be gone by then.
import {type RetryReference, uploadLifeMicros} from '../cursor/file-cursor';
import {microsOfMs, microsPerHour, parseMicros} from '../cursor/micros';
import type {FileReference} from '../normalize/file-references';
import type {ReadScope} from './read-scope';

const microsPerMinute = 60_000_000;

/** The next read is taken to begin in an hour and to go on at the configured pace. */
export function countWaiting(
  scope: ReadScope,
  retry: readonly RetryReference[],
  waiting: readonly FileReference[]
): void {
  const {clock, events, requestsPerMinute, tally} = scope;
  const timestamps = [...retry.map((entry) => entry.event_timestamp), ...waiting.map((entry) => entry.eventTimestamp)];
  const now = microsOfMs(clock.nowMs());
  tally.filesWaiting = timestamps.length;
  tally.filesAtRisk = timestamps.filter((timestamp, index) => {
    const uploaded = timestamp === null ? undefined : parseMicros(timestamp);
    if (uploaded === undefined) return false;
    const gone = uploaded + uploadLifeMicros;
    const turn = now + microsPerHour + BigInt(Math.trunc((index * microsPerMinute) / requestsPerMinute));
    return gone > now && gone < turn;
  }).length;
  if (waiting.length > 0) events.filesLeftWaiting(tally.filesWaiting, tally.filesAtRisk);
}
