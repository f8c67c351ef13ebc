// What a wrong clock would make of a read: the API says with each answer what time it is.
import {maxClockSkewMs} from '../../core/clock';
import {ConfigError} from '../../core/errors';
import {microsOf, microsOfMs} from '../../core/micros';
import {listAfter, type LogCursor} from '../cursor/log-cursor';
import type {ReadScope} from './read-scope';

/** Of 30 that log files are kept. */
const firstListedMs = 29 * 86_400_000;
const maxAheadMs = 86_400_000;

/** To be called when a listing has begun that goes on from nothing: by a clock that was ahead it began too late. */
export function requireTrueClock({client, listStart, startDate}: ReadScope): void {
  const aheadMs = Number(microsOf(listStart) / 1000n) + firstListedMs - client.apiNowMs;
  if (startDate !== undefined || aheadMs <= maxAheadMs) return;
  const hours = Math.round(aheadMs / 3_600_000);
  throw new ConfigError('clock_wrong', `The clock is ${hours} hours ahead of the Compliance API.`);
}

/** Ours, or that of the API where it is clearly later: what has left retention there cannot be read. */
export function latestNowMs({client, clock}: ReadScope): number {
  const nowMs = clock.nowMs();
  return client.apiNowMs - nowMs > maxClockSkewMs ? client.apiNowMs : nowMs;
}

/** What a time by our clock is by that of the API, where the two differ by more than they may. */
export function trueMs({client, clock}: ReadScope, ourMs = clock.nowMs()): number {
  const aheadMs = client.apiNowMs - clock.nowMs();
  return Math.abs(aheadMs) > maxClockSkewMs ? ourMs + aheadMs : ourMs;
}

/** To be called when a listing has begun: one that goes on from a time yet to come would pass over all until then. */
export function requirePast(scope: ReadScope, stream: string, cursor: LogCursor): void {
  const {last_end_time: last} = cursor;
  if (last === null || microsOf(listAfter(cursor, last)) <= microsOfMs(latestNowMs(scope))) return;
  throw new ConfigError(
    'state_invalid',
    `The saved state of stream ${stream} says that log files are read up to a time that is yet to come.`
  );
}

/** Says so where the clocks differ by more than they may. */
export function noteClock({client, clock, events}: ReadScope): void {
  const aheadMs = clock.nowMs() - client.apiNowMs;
  if (Math.abs(aheadMs) > maxClockSkewMs) events.clockDiffers(Math.round(aheadMs / 3_600_000));
}
