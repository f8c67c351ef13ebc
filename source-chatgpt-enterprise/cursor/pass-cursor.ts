// How far a pass over current objects is, and when the last complete one began.
import * as z from 'zod';
import {isStart, maxClockSkewMicros} from './log-cursor';
import {parseState} from './parse-state';
import {stateBytes} from './state-bytes';
import {microsPerDay, microsPerHour, parseMicros} from '../../core/micros';

const time = z.string().refine((text) => parseMicros(text) !== undefined);

export const passPosition = z.object({
  captured_at: time,
  /** Position of the page of owners, or of objects where nobody owns them; absent on the first page. */
  after: z.string().optional(),
  /** Position of the page before that one: a member whose id is a position may leave. */
  previous: z.string().optional(),
  /** How many owners the pass has asked for. */
  owners_asked: z.int().optional(),
  /** The owner on that page who was done last. */
  owner_done: z.string().optional(),
  /** The owner whose objects were being listed, and the position among them. */
  owner: z.string().optional(),
  owner_after: z.string().optional(),
});

const schema = z.object({
  version: z.literal(1),
  /** When the last complete pass began. */
  completed: time.nullable(),
  /** A pass that was cut short: when it began and where it goes on. */
  pass: passPosition.nullable(),
});

export type PassPosition = Readonly<z.output<typeof passPosition>>;
export type PassCursor = Readonly<z.output<typeof schema>>;

export function parsePassCursor(state: unknown, stream: string): PassCursor {
  if (isStart(state)) return {version: 1, completed: null, pass: null};
  return parseState(schema, state, stream);
}

/** One million members take weeks, some minutes of each hourly read; a pass that is older still is given up. */
const maxPassMicros = 60n * microsPerDay;

/** Where to go on with a pass cut short, or to begin one because the last is old enough; undefined when none is due. */
export function planPass(cursor: PassCursor, nowIso: string, refreshHours: number): PassPosition | undefined {
  const now = parseMicros(nowIso) ?? 0n;
  if (cursor.pass !== null && now - (parseMicros(cursor.pass.captured_at) ?? 0n) < maxPassMicros) return cursor.pass;
  return isOlderThan(cursor.completed, BigInt(refreshHours) * microsPerHour, now) ? {captured_at: nowIso} : undefined;
}

/** Whether it is so long ago. A time yet to come says nothing: our clock was wrong when it was noted. */
export function isOlderThan(time: string | null, micros: bigint, nowMicros: bigint): boolean {
  const since = nowMicros - (parseMicros(time ?? '') ?? 0n);
  return since >= micros || since < -maxClockSkewMicros;
}

/** Of the position in the state of a stream of objects. */
export const maxPositionBytes = 30_000;

/** From the finest on: without the first of them a pass goes on a little before where it stopped, and so forth. */
const finestFirst = [
  ['reference_done'],
  ['owner', 'owner_after'],
  ['previous'],
  ['owner_done'],
  ['after', 'owners_asked'],
] as const;

/** The position, or the one before it that fits: what lies between is read again. */
export function fitPosition<Position extends PassPosition>(position: Position, maxBytes: number): Position {
  let fitting = position;
  for (const fields of finestFirst) {
    if (stateBytes(fitting) <= maxBytes) return fitting;
    const kept = Object.entries(fitting).filter(([field]) => !(fields as readonly string[]).includes(field));
    fitting = Object.fromEntries(kept) as Position;
  }
  return fitting;
}
