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

/** Whether our clock and that of the API differ by more than they may. */
export function clocksDiffer({client, clock}: ReadScope): boolean {
  return Math.abs(clock.nowMs() - client.apiNowMs) > maxClockSkewMs;
}

/** What a time by our clock is by that of the API, where the two differ by more than they may. */
export function trueMs(scope: ReadScope, ourMs = scope.clock.nowMs()): number {
  const {client, clock} = scope;
  return clocksDiffer(scope) ? ourMs + client.apiNowMs - clock.nowMs() : ourMs;
}

/** To be called when a listing has begun: one that goes on from a time yet to come would pass over all until then. */
export function requirePast(scope: ReadScope, stream: string, cursor: LogCursor): void {
  const {last_end_time: last} = cursor;
  if (last === null || microsOf(listAfter(cursor, last)) <= microsOfMs(latestNowMs(scope) + maxClockSkewMs)) return;
  throw new ConfigError(
    'state_invalid',
    `The saved state of stream ${stream} says that log files are read up to a time that is yet to come: ` +
      'the clock of the connector is behind, or the state is not its own.'
  );
}

/** Says so where the clocks differ by more than they may. */
export function noteClock(scope: ReadScope): void {
  const {client, clock, events} = scope;
  if (clocksDiffer(scope)) events.clockDiffers(Math.round((clock.nowMs() - client.apiNowMs) / 3_600_000));
}
