// How far a pass over the files of one kind of object is, and which of them earlier passes have settled.
import * as z from 'zod';
import {formatMicros, microsPerDay, microsPerHour, parseMicros} from '../../core/micros';
import {isOlderThan, passPosition} from './pass-cursor';

const time = z.string().refine((text) => parseMicros(text) !== undefined);

export const objectFilesCursor = z.object({
  /** When the last complete pass began. */
  completed: time.nullable(),
  /** When the last complete pass began that asked for every file, not only for those that are new. */
  full: time.nullable(),
  /** Files that were given to their object before are done. */
  settled_before: time.nullable(),
  pass: passPosition
    .extend({
      is_full: z.boolean(),
      /** Counts the owners, pages and files done, so that two positions can be told apart. */
      steps: z.int(),
      /** The reference on the current page that was done last. */
      reference_done: z.string().optional(),
      /** When the oldest file was given that the service is not ready to hand out yet, or may have been that it refused to tell. */
      open_since: time.optional(),
    })
    .nullable(),
});

export type ObjectFilesCursor = Readonly<z.output<typeof objectFilesCursor>>;
export type ObjectFilesPosition = NonNullable<ObjectFilesCursor['pass']>;

const newCursor: ObjectFilesCursor = {completed: null, full: null, settled_before: null, pass: null};

/** An object may come into sight after a file of it was made: such a file is found when all are asked for again. */
const fullPassMicros = 30n * microsPerDay;
/** For clocks that differ, and for listings that lag. */
const marginMicros = microsPerHour;

/** The cursor with the pass to go on with, or to begin because the last is old enough; undefined when none is due. */
export function planFilesPass(
  cursor: ObjectFilesCursor = newCursor,
  nowIso: string,
  refreshHours: number
): (ObjectFilesCursor & {readonly pass: ObjectFilesPosition}) | undefined {
  if (cursor.pass !== null) return {...cursor, pass: cursor.pass};
  const now = parseMicros(nowIso) ?? 0n;
  if (!isOlderThan(cursor.completed, BigInt(refreshHours) * microsPerHour, now)) return undefined;
  // What was settled by a clock that was ahead may not have been there to be asked for.
  const isMistimed = (parseMicros(cursor.settled_before ?? '') ?? 0n) > now;
  const isFull = isMistimed || isOlderThan(cursor.full, fullPassMicros, now);
  return {...cursor, pass: {captured_at: nowIso, is_full: isFull, steps: 0}};
}

/** Whether a pass has to ask for a file that its object was given at this time; one without a time always. */
export function isUnsettled({pass, settled_before}: ObjectFilesCursor, givenAt: string | null): boolean {
  if (pass?.is_full === true || settled_before === null || givenAt === null) return true;
  return (parseMicros(givenAt) ?? 0n) >= (parseMicros(settled_before) ?? 0n);
}

/** Since when files may have been given that the API refused to tell; older ones are found when all are asked for again. */
export function lookAgainSince({settled_before}: ObjectFilesCursor, {captured_at}: ObjectFilesPosition): string {
  const begun = parseMicros(captured_at) ?? 0n;
  const settled = parseMicros(settled_before ?? '') ?? 0n;
  const earliest = begun - fullPassMicros;
  return formatMicros(settled > earliest && settled < begun ? settled : earliest);
}

export function completeFilesPass({full}: ObjectFilesCursor, pass: ObjectFilesPosition): ObjectFilesCursor {
  const begun = parseMicros(pass.captured_at) ?? 0n;
  const open = pass.open_since === undefined ? begun : (parseMicros(pass.open_since) ?? 0n);
  const settled = open < begun - marginMicros ? open : begun - marginMicros;
  return {
    completed: pass.captured_at,
    full: pass.is_full ? pass.captured_at : full,
    settled_before: new Date(Number(settled / 1000n)).toISOString(),
    pass: null,
  };
}

/** Of two states the one that calls less done. */
export function olderOf(one: ObjectFilesCursor, other: ObjectFilesCursor): ObjectFilesCursor {
  const reached = ({completed, pass}: ObjectFilesCursor): readonly [bigint, bigint, number] => [
    parseMicros(completed ?? '') ?? -1n,
    parseMicros(pass?.captured_at ?? '') ?? -1n,
    pass?.steps ?? 0,
  ];
  const [a, b] = [reached(one), reached(other)];
  const differing = a.findIndex((value, index) => value !== b[index]);
  return differing === -1 || (a[differing] ?? 0) < (b[differing] ?? 0) ? one : other;
}
