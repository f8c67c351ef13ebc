// How far the pass over the users is, and when the last complete one began.
import {z} from 'zod';
import {parseState} from './parse-state';
import {isStart} from './log-cursor';
import {microsPerDay, microsPerHour, parseMicros} from '../../core/micros';

const time = z.string().refine((text) => parseMicros(text) !== undefined);

const schema = z.object({
  version: z.literal(1),
  /** When the last complete pass began. */
  completed: time.nullable(),
  /** A pass that was cut short: when it began and where it goes on. */
  pass: z.object({captured_at: time, after: z.string()}).nullable(),
});

export type UsersCursor = Readonly<z.output<typeof schema>>;

export function parseUsersCursor(state: unknown): UsersCursor {
  if (isStart(state)) return {version: 1, completed: null, pass: null};
  return parseState(schema, state, 'users');
}

export type UsersPlan =
  {readonly kind: 'not_due'} | {readonly kind: 'pass'; readonly capturedAt: string; readonly after: string | undefined};

/** Goes on with a pass cut short less than a day ago, else starts one when the last is old enough. */
export function planUsersPass(cursor: UsersCursor, nowIso: string, refreshHours: number): UsersPlan {
  const now = parseMicros(nowIso) ?? 0n;
  if (cursor.pass !== null && now - (parseMicros(cursor.pass.captured_at) ?? 0n) < microsPerDay) {
    return {kind: 'pass', capturedAt: cursor.pass.captured_at, after: cursor.pass.after};
  }
  const completed = cursor.completed === null ? undefined : parseMicros(cursor.completed);
  const isDue = completed === undefined || now - completed >= BigInt(refreshHours) * microsPerHour;
  return isDue ? {kind: 'pass', capturedAt: nowIso, after: undefined} : {kind: 'not_due'};
}
