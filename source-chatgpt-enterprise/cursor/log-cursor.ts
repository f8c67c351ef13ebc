// How far a stream has read the log files of one type: the newest end time, and what it did shortly before it.
import * as z from 'zod';
import {parseState} from './parse-state';
import {stateBytes} from './state-bytes';
import {maxClockSkewMs} from '../../core/clock';
import {
  compareMicros,
  formatMicros,
  microsOf,
  microsOfMs,
  microsPerDay,
  microsPerHour,
  parseMicros,
} from '../../core/micros';

export interface LogCursor {
  readonly version: 1;
  /** The server's own text; null before the first log file. */
  readonly last_end_time: string | null;
  /** Nothing that ended up to here is listed again; it bounds the overlap when it had to shrink, and the first read. */
  readonly not_before?: string | undefined;
  /** The log files done inside the overlap. */
  readonly done: readonly DoneLogFile[];
  /** When it was listed last, where nothing new has ended for long, or ever: what is quiet is not unread. */
  readonly listed_at?: string | undefined;
}

/** States of earlier versions name no hash; here it is its beginning. */
type DoneLogFile = readonly [endTime: string, id: string, sha256?: string | undefined];

export interface LogPosition {
  readonly id: string;
  readonly endTime: string;
  readonly sha256: string;
}

/** Of 64: enough to tell a log file from what it was before, and the state has room for hundreds. */
export const hashDigits = 8;

const overlapMicros = 24n * microsPerHour;
export const maxClockSkewMicros = microsOfMs(maxClockSkewMs);
const retentionMicros = 30n * microsPerDay;

export interface DoneLimits {
  readonly maxIds: number;
  readonly maxBytes: number;
}

const streamDoneLimits: DoneLimits = {maxIds: 1_000, maxBytes: 58_000};

export const emptyLogCursor: LogCursor = {version: 1, last_end_time: null, done: []};

const time = z.string().refine((text) => parseMicros(text) !== undefined);

export const logCursorSchema = z.object({
  version: z.literal(1),
  last_end_time: time.nullable(),
  not_before: time.optional(),
  done: z.array(z.tuple([time, z.string(), z.string().optional()])),
  listed_at: time.optional(),
});

/** A saved state as a cursor; absent, null and `{}` are the start. */
export function parseLogCursor(state: unknown, stream: string): LogCursor {
  if (isStart(state)) return emptyLogCursor;
  return parseState(logCursorSchema, state, stream);
}

export function isStart(state: unknown): boolean {
  return state === undefined || state === null || (typeof state === 'object' && Object.keys(state).length === 0);
}

/** Lists log files that end later than this: the overlap before the cursor, or `start` for a new one. */
export function listAfter(cursor: LogCursor, start: string): string {
  if (cursor.last_end_time === null) return earlierOf(start, listedBefore(cursor));
  const overlap = microsOf(cursor.last_end_time) - overlapMicros;
  const bound = cursor.not_before === undefined ? overlap : max(overlap, microsOf(cursor.not_before));
  return formatMicros(max(bound, 0n));
}

/** Whether the log file lies beyond the cursor: listed by it, and not done as it is now. */
export function isPending(cursor: LogCursor, file: LogPosition, start: string): boolean {
  if (microsOf(file.endTime) <= microsOf(listAfter(cursor, start))) return false;
  return !cursor.done.some((done) => isDone(done, file));
}

/** Log files never change, it is said; one that ends later now, or has another hash, may hold what nobody has. */
function isDone([endTime, id, hash]: DoneLogFile, file: LogPosition): boolean {
  if (id !== file.id || microsOf(endTime) !== microsOf(file.endTime)) return false;
  return hash === undefined || file.sha256.startsWith(hash);
}

function toDone({endTime, id, sha256}: LogPosition): DoneLogFile {
  return [endTime, id, sha256.slice(0, hashDigits)];
}

export interface Advance {
  readonly cursor: LogCursor;
  /** Whether ids inside the overlap had to be forgotten, so that a late log file may be missed. */
  readonly shrunk: boolean;
}

export interface AdvanceOptions {
  /** Where a new cursor lists from. */
  readonly start: string;
  readonly nowMicros: bigint;
  readonly limits?: DoneLimits;
}

/**
 * The cursor when what ended at this time, right below its bound, is done too: it knows of a longer overlap.
 * As it is where its state has no room for more.
 */
export function reachBack(
  cursor: LogCursor,
  endTime: string,
  files: readonly LogPosition[],
  limits: DoneLimits = streamDoneLimits
): LogCursor {
  const last = cursor.last_end_time ?? endTime;
  if (microsOf(endTime) <= microsOf(last) - overlapMicros) return {...cursor, not_before: undefined};
  const done = [...files.map(toDone), ...cursor.done];
  if (done.length > limits.maxIds || stateBytes(done) > limits.maxBytes) return cursor;
  return {version: 1, last_end_time: last, not_before: formatMicros(microsOf(endTime) - 1n), done};
}

/** The cursor when all that ended after `after` is done, up to its bound; `left` is the one that had come up to there. */
export function reachBackTo(
  cursor: LogCursor,
  after: string,
  left: LogCursor | undefined,
  limits: DoneLimits = streamDoneLimits
): LogCursor {
  const {last_end_time: last} = cursor;
  const met = left !== undefined && microsOf(left.last_end_time ?? '') === microsOf(after) ? left : undefined;
  if (last === null) return met ?? {...cursor, not_before: after};
  const overlapStart = microsOf(last) - overlapMicros;
  const earlier = met?.done.filter(([endTime]) => microsOf(endTime) > overlapStart) ?? [];
  const done = [...earlier, ...cursor.done];
  const isRoom = done.length <= limits.maxIds && stateBytes(done) <= limits.maxBytes;
  const bound = met !== undefined && isRoom ? met.not_before : after;
  const isBoundNeeded = bound !== undefined && microsOf(bound) > overlapStart;
  return {...cursor, not_before: isBoundNeeded ? bound : undefined, done: isRoom ? done : cursor.done};
}

/** Whether the log file says that it ends when it cannot have ended yet, however much clocks differ. */
export function isAhead({endTime}: LogPosition, nowMicros: bigint): boolean {
  return microsOf(endTime) > nowMicros + maxClockSkewMicros;
}

/** The cursor after a log file; a late one leaves the end time where it is, and no one takes it beyond the present. */
export function advance(
  cursor: LogCursor,
  file: LogPosition,
  {limits = streamDoneLimits, nowMicros, start}: AdvanceOptions
): Advance {
  const reached = isAhead(file, nowMicros) ? formatMicros(nowMicros) : file.endTime;
  const last =
    cursor.last_end_time === null || microsOf(reached) > microsOf(cursor.last_end_time)
      ? reached
      : cursor.last_end_time;
  const notBefore = cursor.last_end_time === null ? listAfter(cursor, start) : cursor.not_before;
  const overlapStart = microsOf(last) - overlapMicros;
  const done = [...cursor.done, toDone(file)]
    .filter(([endTime]) => microsOf(endTime) > overlapStart)
    .sort(([a], [b]) => compareMicros(microsOf(a), microsOf(b)));
  const kept = shrink(done, last, limits);
  const dropped = done[done.length - kept.length - 1];
  const bound = dropped === undefined ? notBefore : boundAfter(dropped[0], last);
  const isBoundNeeded = bound !== undefined && microsOf(bound) > overlapStart;
  return {
    cursor: {version: 1, last_end_time: last, ...(isBoundNeeded ? {not_before: bound} : {}), done: kept},
    shrunk: dropped !== undefined,
  };
}

type Done = LogCursor['done'];

/** Of several that tie with the newest end time those forgotten are listed again, and done again rather than missed. */
function boundAfter(forgotten: string, last: string): string {
  return microsOf(forgotten) === microsOf(last) ? formatMicros(microsOf(last) - 1n) : forgotten;
}

/** The newest entries that fit; those that tie with the newest end time may be more than `maxIds`. */
function shrink(done: Done, last: string, limits: DoneLimits): Done {
  let bytes = 0;
  let from = done.length;
  while (from > 0) {
    const entry = done[from - 1];
    if (entry === undefined) break;
    bytes += stateBytes(entry) + 1;
    const isTie = microsOf(entry[0]) === microsOf(last);
    if (bytes > limits.maxBytes || (!isTie && done.length - from >= limits.maxIds)) break;
    from--;
  }
  return done.slice(from);
}

/** A period that had left retention before it was read. */
export interface RetentionGap {
  readonly from: string;
  readonly to: string;
}

/** The cursor after a listing that began at this time and came to its end. */
export function afterListing(cursor: LogCursor, beganMicros: bigint): LogCursor {
  const isQuiet = beganMicros - microsOf(cursor.last_end_time ?? '') > overlapMicros;
  return isQuiet ? {...cursor, listed_at: formatMicros(beganMicros)} : cursor;
}

/** Log files that ended before have left retention. */
export function oldestKeptMicros(nowMicros: bigint): bigint {
  return nowMicros - retentionMicros;
}

/** @param listed up to which end time log files have been listed since */
export function retentionGap(cursor: LogCursor, nowMicros: bigint, listed?: string): RetentionGap | undefined {
  const oldestKept = oldestKeptMicros(nowMicros);
  const quiet = listedBefore(cursor);
  const isMistimed = microsOf(quiet ?? '') > nowMicros + maxClockSkewMicros;
  const saved = laterOf(cursor.last_end_time ?? undefined, isMistimed ? undefined : quiet);
  const reached = laterOf(saved, listed);
  if (reached === undefined || microsOf(reached) >= oldestKept) return undefined;
  return {from: reached, to: formatMicros(oldestKept)};
}

/** Up to when everything is known to have been listed: what ended shortly before a listing may have come into it later. */
export function listedBefore({listed_at: listed}: LogCursor): string | undefined {
  return listed === undefined ? undefined : formatMicros(max(microsOf(listed) - overlapMicros, 0n));
}

function earlierOf(one: string, other: string | undefined): string {
  return other === undefined || microsOf(one) <= microsOf(other) ? one : other;
}

export function laterOf(one: string, other: string): string;
export function laterOf(one: string | undefined, other: string | undefined): string | undefined;
export function laterOf(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return microsOf(one) >= microsOf(other) ? one : other;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
