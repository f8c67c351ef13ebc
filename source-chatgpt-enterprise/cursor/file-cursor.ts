// How far the file lane is: the newest uploads first because theirs is the deadline, what is older behind them.
import * as z from 'zod';
import {fileOwnerStream, type FileOwnerStream} from '../../contract/files';
import {type ObjectFilesCursor, objectFilesCursor, olderOf} from './object-files-cursor';
import {parseState} from './parse-state';
import {fitPosition} from './pass-cursor';
import {stateBytes} from './state-bytes';
import {
  afterListing,
  type DoneLimits,
  emptyLogCursor,
  hashDigits,
  isStart,
  laterOf,
  listAfter,
  listedBefore,
  type LogCursor,
  type LogPosition,
  logCursorSchema,
  maxClockSkewMicros,
  oldestKeptMicros,
  reachBack,
  reachBackTo,
  type RetentionGap,
} from './log-cursor';
import {formatMicros, microsOf, microsPerDay, microsPerHour, parseMicros} from '../../core/micros';

const time = z.string().refine((text) => parseMicros(text) !== undefined);

/** Chat uploads are gone about this long after the message. */
export const uploadLifeMicros = 48n * microsPerHour;

/** Smaller than a log stream's own, because references to try again share the state. */
export const fileDoneLimits: DoneLimits = {maxIds: 300, maxBytes: 15_000};

/** A day less than log files are kept, so that none is missed that leaves retention while a first read goes on. */
const firstListedMicros = 29n * microsPerDay;

const maxRetries = 200;
const maxRetryBytes = 36_000;
/** Of one reference to try again. */
const maxReferenceBytes = 3_000;
const maxBacklogWindows = 10;
const maxLogFileIdBytes = 1_000;
/** Of the position among the objects of one stream. */
const maxObjectsPositionBytes = 1_500;

const retryReference = z.object({
  file_id: z.string(),
  event_id: z.string(),
  name: z.string().nullable(),
  referred_by: z.enum(['message', 'quotation', 'file_citation', 'object']),
  owner: z.object({stream: fileOwnerStream, id: z.string(), name: z.string().nullable()}).optional(),
  event_timestamp: z.string().nullable(),
  conversation_id: z.string().nullable(),
  message_id: z.string().nullable(),
  user_id: z.string().nullable(),
  first_attempt_at: time,
});

const schema = z.object({
  version: z.literal(1),
  recent: logCursorSchema,
  /** Older periods still to do, both bounds exclusive, newest first; each is done from its newer end. */
  backlog: z.array(z.object({after: time, before: time, first_listed: time.optional()})),
  /** The log file in the middle of which the last read stopped. */
  within: z
    .object({log_file_id: z.string(), references_done: z.int().nonnegative(), counted: z.string().optional()})
    .optional(),
  retry: z.array(retryReference),
  /** How far the files of objects are, by the stream of the objects. */
  objects: z.partialRecord(fileOwnerStream, objectFilesCursor).optional(),
});

export type RetryReference = Readonly<z.output<typeof retryReference>>;
export interface BacklogWindow {
  readonly after: string;
  readonly before: string;
  /** From when on log files are missed, wherever it begins: where a first read began it, or a quiet part was listed last. */
  readonly first_listed?: string | undefined;
}

export interface FileCursor {
  readonly version: 1;
  readonly recent: LogCursor;
  readonly backlog: readonly BacklogWindow[];
  readonly within?: WithinLogFile | undefined;
  readonly retry: readonly RetryReference[];
  readonly objects?: ObjectsCursor | undefined;
}

interface WithinLogFile {
  readonly log_file_id: string;
  readonly references_done: number;
  /** Which references `references_done` counts; states of earlier versions do not name them. */
  readonly counted?: string | undefined;
}

type ObjectsCursor = Readonly<Partial<Record<FileOwnerStream, ObjectFilesCursor>>>;

/** Undefined is the start. */
export function parseFileCursor(state: unknown, stream: string): FileCursor | undefined {
  if (isStart(state)) return undefined;
  return parseState(schema, state, stream);
}

/** Where nothing was read yet it begins where messages do that are read from their start: an earlier date holds for both. */
export function fromTheStart(saved: FileCursor): FileCursor {
  return saved.recent.last_end_time === null ? {...saved, recent: emptyLogCursor, backlog: []} : saved;
}

/** What begins anew from here on. */
export interface BegunAnew {
  /** Undefined where nothing of the states is to be kept. */
  readonly cursor: FileCursor | undefined;
  /** How many references waited that no state has room for any more. */
  readonly forgotten: number;
}

/** Beginning anew, log files tell again what waited, but for what is older than those that are kept, and what objects refer to. */
export function beginFilesAnew(
  cursors: readonly (FileCursor | undefined)[],
  listStart: string,
  nowMicros: bigint
): BegunAnew {
  const waiting = cursors.reduce<RetryReference[]>((all, cursor) => unionOfRetries(all, cursor?.retry ?? []), []);
  const kept = nowMicros - firstListedMicros;
  const oldest = microsOf(listStart) > kept ? microsOf(listStart) : kept;
  const untold = waiting.filter(
    ({event_timestamp: at, referred_by: by}) => by === 'object' || at === null || microsOf(at) <= oldest
  );
  const retry = untold.filter((_, index) => fitsRetry(untold.slice(0, index + 1)));
  const cursor: FileCursor = {version: 1, recent: emptyLogCursor, backlog: [], retry};
  return {cursor: retry.length === 0 ? undefined : cursor, forgotten: untold.length - retry.length};
}

/** With the one that was let in last, of whatever size it is. */
function fitsRetry(retry: readonly RetryReference[]): boolean {
  return stateBytes(retry) <= maxRetryBytes + maxReferenceBytes;
}

/** The cursor a read begins with: after an outage, or at first, the recent part starts 48 hours ago. */
export function openFileCursor(saved: FileCursor | undefined, listStart: string, nowMicros: bigint): FileCursor {
  const recentStart = nowMicros - uploadLifeMicros;
  const known = saved?.recent.last_end_time ?? saved?.recent.not_before;
  // Where nothing was read yet, only our own clock can have led beyond the present: such a part begins anew.
  const isMistimed =
    saved?.recent.last_end_time === null && known !== undefined && microsOf(known) > nowMicros + maxClockSkewMicros;
  const reached = known === undefined || isMistimed ? listStart : known;
  if (saved !== undefined && !isMistimed && microsOf(reached) >= recentStart) return saved;
  const isAllRecent = microsOf(reached) >= recentStart;
  const notBefore = isAllRecent ? reached : formatMicros(recentStart);
  const firstListed = formatMicros(nowMicros - firstListedMicros);
  const quiet = saved === undefined ? undefined : listedBefore(saved.recent);
  const listed = known === undefined ? firstListed : (quiet ?? reached);
  const first = laterOf(reached, listed) !== reached ? {first_listed: listed} : {};
  const older = isAllRecent ? [] : [{after: reached, before: formatMicros(recentStart + 1n), ...first}];
  return {
    version: 1,
    recent: {version: 1, last_end_time: null, not_before: notBefore, done: []},
    backlog: boundBacklog([...older, ...(saved?.backlog ?? [])]),
    ...(saved?.within === undefined ? {} : {within: saved.within}),
    retry: saved?.retry ?? [],
    ...(saved?.objects === undefined ? {} : {objects: saved.objects}),
  };
}

/** What of an older period had left retention before the files were asked for that its messages name. */
export function backlogGap(
  {after, before, first_listed: first = after}: BacklogWindow,
  nowMicros: bigint
): RetentionGap | undefined {
  const from = laterOf(after, first);
  const oldestKept = oldestKeptMicros(nowMicros);
  const end = microsOf(before) < oldestKept ? microsOf(before) : oldestKept;
  return end - microsOf(from) > 1n ? {from, to: formatMicros(end)} : undefined;
}

/**
 * When all log files of the first backlog window that end at this time are done, and all that end later. The recent
 * part reaches back over them: what is listed days late among them is found as the late ones of the messages are.
 */
export function afterOlder(cursor: FileCursor, endTime: string, files: readonly LogPosition[]): FileCursor {
  const [window, ...older] = cursor.backlog;
  if (window === undefined) return cursor;
  const recent = meets(cursor.recent, window)
    ? reachBack(cursor.recent, endTime, files, fileDoneLimits)
    : cursor.recent;
  return {...cursor, recent, backlog: [{...window, before: endTime}, ...older]};
}

/** @param left the recent part that this read, begun at this time, left behind, if it did */
export function afterBacklogWindow(cursor: FileCursor, left: LogCursor | undefined, beganMicros: bigint): FileCursor {
  const [window, ...older] = cursor.backlog;
  if (window === undefined) return cursor;
  const {recent} = cursor;
  if (!meets(recent, window)) return {...cursor, backlog: older};
  const reached = reachBackTo(recent, window.after, left, fileDoneLimits);
  return {...cursor, recent: afterListing(reached, beganMicros), backlog: older};
}

/** Whether nothing lies between the two. */
function meets({not_before: bound}: LogCursor, {before}: BacklogWindow): boolean {
  return bound !== undefined && microsOf(before) === microsOf(bound) + 1n;
}

/** Too many windows become one that spans the oldest; what lies between them is done again, never lost. */
function boundBacklog(windows: readonly BacklogWindow[]): readonly BacklogWindow[] {
  if (windows.length <= maxBacklogWindows) return windows;
  const [newest, oldest] = [windows[maxBacklogWindows - 1], windows.at(-1)];
  const kept = windows.slice(0, maxBacklogWindows - 1);
  return newest === undefined || oldest === undefined ? kept : [...kept, {...oldest, before: newest.before}];
}

/** Whether one more reference may wait for a later read. */
export function hasRoomToRetry(retry: readonly RetryReference[]): boolean {
  return retry.length < maxRetries && stateBytes(retry) < maxRetryBytes;
}

/** Whether one more may wait for a library to be opened: as nobody knows for how long, others are left room. */
export function hasRoomForLibraries(retry: readonly RetryReference[]): boolean {
  return retry.length < maxRetries / 2 && stateBytes(retry) < maxRetryBytes / 2;
}

/** What waits, but for the reference that this one repeats. */
export function withoutReference(
  retry: readonly RetryReference[],
  {event_id: eventId, file_id: fileId}: RetryReference
): readonly RetryReference[] {
  const isOther = (other: RetryReference): boolean => other.file_id !== fileId || other.event_id !== eventId;
  return retry.every(isOther) ? retry : retry.filter(isOther);
}

/** Whether the reference may wait for a later read at all: what the state cannot hold is settled at once. */
export function canWait(reference: RetryReference): boolean {
  return stateBytes(reference) <= maxReferenceBytes;
}

/**
 * Names the references of a log file that are counted: another start date leaves out others, and a log file that has
 * another hash than it had may hold others.
 */
export function toCounted({sha256}: LogPosition, startDate: string | undefined): string {
  return `${sha256.slice(0, hashDigits)} ${startDate ?? ''}`.trim();
}

/** How many references of the log file are done, in their order. */
export function doneWithin({within}: FileCursor, file: LogPosition, startDate: string | undefined): number {
  if (within?.log_file_id !== file.id) return 0;
  const isSame = within.counted === undefined || within.counted === toCounted(file, startDate);
  return isSame ? within.references_done : 0;
}

/** The cursor as a state holds it: where positions are too long, it goes on from before them. */
export function toFileState(cursor: FileCursor): FileCursor {
  const {objects, within, ...others} = cursor;
  return {
    ...others,
    ...(within === undefined || stateBytes(within.log_file_id) > maxLogFileIdBytes ? {} : {within}),
    ...(objects === undefined ? {} : {objects: toObjectsState(objects)}),
  };
}

function toObjectsState(objects: ObjectsCursor): ObjectsCursor {
  const entries = Object.entries(objects).map(([stream, cursor]) => {
    const pass = cursor.pass === null ? null : fitPosition(cursor.pass, maxObjectsPositionBytes);
    return [stream, {...cursor, pass}] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * What is done by the states of both streams; they differ when a read ended between them. Undefined is the start.
 * Whatever only one of them calls done is done again: a repeat is known by its key, a file passed over is lost.
 */
export function commonFileCursor(cursors: readonly (FileCursor | undefined)[]): FileCursor | undefined {
  const [first, ...others] = cursors;
  return others.reduce((common, other) => (common && other ? intersect(common, other) : undefined), first);
}

function intersect(one: FileCursor, other: FileCursor): FileCursor | undefined {
  const [behind, ahead] = reachedBy(other) < reachedBy(one) ? [other, one] : [one, other];
  const doneAhead = new Set(ahead.recent.done.map((done) => JSON.stringify(done)));
  const within = leastWithin(behind, ahead);
  const recent = {...behind.recent, done: behind.recent.done.filter((done) => doneAhead.has(JSON.stringify(done)))};
  // What only one of them had left behind it may lie in the recent part of the other, and is done there.
  const recentAfter = listAfter(recent, recent.not_before ?? '');
  const objects = leastObjects(behind.objects, ahead.objects);
  const retry = unionOfRetries(behind.retry, ahead.retry);
  // Two that have hardly anything in common: no state could hold both, and none of what they hold may be dropped.
  if (!fitsRetry(retry)) return undefined;
  return {
    version: 1,
    recent,
    backlog: boundBacklog(endingBy(recentAfter, unionOfWindows(behind.backlog, ahead.backlog))),
    ...(within === undefined ? {} : {within}),
    retry,
    ...(objects === undefined ? {} : {objects}),
  };
}

function endingBy(end: string, windows: readonly BacklogWindow[]): BacklogWindow[] {
  const bound = microsOf(end) + 1n; // exclusive
  return windows
    .filter(({after}) => microsOf(after) + 1n < bound)
    .map((window) => (microsOf(window.before) > bound ? {...window, before: formatMicros(bound)} : window));
}

/** A stream that only one of them knows begins anew. */
function leastObjects(one: ObjectsCursor | undefined, other: ObjectsCursor | undefined): ObjectsCursor | undefined {
  if (one === undefined || other === undefined) return undefined;
  const least: Partial<Record<FileOwnerStream, ObjectFilesCursor>> = {};
  for (const stream of fileOwnerStream.options) {
    const [a, b] = [one[stream], other[stream]];
    if (a !== undefined && b !== undefined) least[stream] = olderOf(a, b);
  }
  return least;
}

function leastWithin({within: one}: FileCursor, {within: other}: FileCursor): FileCursor['within'] {
  if (one === undefined || other === undefined || one.log_file_id !== other.log_file_id) return undefined;
  if (one.counted !== other.counted) return undefined;
  return one.references_done < other.references_done ? one : other;
}

/** What lies in either, newest first; windows that overlap become one, so that nothing is read by both. */
function unionOfWindows(one: readonly BacklogWindow[], other: readonly BacklogWindow[]): BacklogWindow[] {
  const union: BacklogWindow[] = [];
  for (const window of [...one, ...other].sort((a, b) => (microsOf(a.after) < microsOf(b.after) ? -1 : 1))) {
    const older = union[0];
    if (older === undefined || microsOf(older.before) - microsOf(window.after) <= 1n) union.unshift(window);
    else if (microsOf(older.before) < microsOf(window.before)) union[0] = {...older, before: window.before};
  }
  return union;
}

function unionOfRetries(one: readonly RetryReference[], other: readonly RetryReference[]): RetryReference[] {
  const keyOf = ({file_id, event_id}: RetryReference): string => JSON.stringify([file_id, event_id]);
  return [...new Map([...other, ...one].map((entry) => [keyOf(entry), entry])).values()];
}

function reachedBy({recent}: FileCursor): bigint {
  return microsOf(recent.last_end_time ?? recent.not_before ?? '');
}
