// The log cursor: microseconds kept, overlap, late files, ties, bounds, states of other versions.
import {expect, test} from '@jest/globals';
import {
  advance,
  afterListing,
  emptyLogCursor,
  isPending,
  listAfter,
  type LogCursor,
  type LogPosition,
  parseLogCursor,
  retentionGap,
} from '../../../source-chatgpt-enterprise/cursor/log-cursor';
import {formatMicros, isBefore, parseMicros} from '../../../core/micros';

const start = '2026-09-01T00:00:00Z';
const at = {start, nowMicros: parseMicros('2026-10-10T00:00:00Z')!};
const file = (endTime: string, id = endTime, sha256 = 'a'.repeat(64)): LogPosition => ({id, endTime, sha256});

test.each([
  {text: '2026-10-02T09:20:31.448213Z', formatted: '2026-10-02T09:20:31.448213Z'},
  {text: '2026-10-02T11:20:31.4482+02:00', formatted: '2026-10-02T09:20:31.448200Z'},
  {text: '2024-02-29T00:00:00Z', formatted: '2024-02-29T00:00:00.000000Z'},
  {text: '1969-12-31T23:59:59.999999Z', formatted: '1969-12-31T23:59:59.999999Z'},
  {text: '2026-02-30T00:00:00Z', formatted: undefined},
  {text: 'yesterday', formatted: undefined},
])('$text is read to the microsecond', ({formatted, text}) => {
  const micros = parseMicros(text);
  expect(micros === undefined ? undefined : formatMicros(micros)).toBe(formatted);
});

test.each([
  {text: '2026-10-01T23:59:59.999999Z', expected: true},
  {text: '2026-10-02T00:00:00.000000Z', expected: false},
  {text: '2026-10-02T01:00:00+02:00', expected: true},
  {text: 'not a time', expected: false},
])('$text before 2 October: $expected', ({expected, text}) => {
  expect(isBefore(text, '2026-10-02T00:00:00Z')).toBe(expected);
});

test('the next listing begins a day before the cursor, and never before the first', () => {
  const {cursor} = advance(emptyLogCursor, file('2026-10-02T09:20:31.448213Z'), at);
  expect(cursor.last_end_time).toBe('2026-10-02T09:20:31.448213Z');
  expect(listAfter(cursor, start)).toBe('2026-10-01T09:20:31.448213Z');
  const early = advance(emptyLogCursor, file('2026-09-01T05:00:00.000001Z'), at).cursor;
  expect(listAfter(early, 'unused')).toBe('2026-09-01T00:00:00.000000Z');
});

test('a late log file is pending, done once, and leaves the end time where it is', () => {
  const {cursor} = advance(emptyLogCursor, file('2026-10-02T09:00:00.000002Z'), at);
  const late = file('2026-10-02T08:59:59.999999Z');
  expect(isPending(cursor, late, start)).toBe(true);
  const after = advance(cursor, late, at).cursor;
  expect(after.last_end_time).toBe('2026-10-02T09:00:00.000002Z');
  expect(isPending(after, late, start)).toBe(false);
});

test('one of two log files with the same end time does not hide the other', () => {
  const {cursor} = advance(emptyLogCursor, file('2026-10-02T09:00:00.000002Z', 'a'), at);
  expect(isPending(cursor, file('2026-10-02T09:00:00.000002Z', 'b'), start)).toBe(true);
});

test('a log file that has another hash or end time than when it was done is pending, and then done as it is now', () => {
  const done = file('2026-10-02T09:00:00.000002Z', 'a');
  const {cursor} = advance(emptyLogCursor, done, at);
  for (const now of [file(done.endTime, 'a', 'b'.repeat(64)), file('2026-10-02T09:10:00Z', 'a')]) {
    expect(isPending(cursor, now, start)).toBe(true);
    expect(isPending(advance(cursor, now, at).cursor, now, start)).toBe(false);
  }
  const known = parseLogCursor({...cursor, done: [[done.endTime, 'a']]}, 'messages'); // of an earlier version
  expect(isPending(known, done, start)).toBe(false);
  expect(isPending(cursor, file('2026-10-02T11:00:00.000002+02:00', 'a'), start)).toBe(false);
});

test('one that is yet to end is done, and takes the cursor no further than the present', () => {
  const ahead = file('2999-01-01T00:00:00.000000Z');
  const {cursor} = advance(emptyLogCursor, ahead, at);
  expect(isPending(cursor, ahead, start)).toBe(false);
  const usual = file('2026-10-09T23:50:00.000001Z');
  expect(isPending(cursor, usual, start)).toBe(true);
  const next = advance(cursor, file('2026-10-10T00:59:00.000001Z'), at).cursor;
  expect(next.last_end_time).toBe('2026-10-10T00:59:00.000001Z');
  expect(isPending(next, ahead, start)).toBe(false);
  expect(advance(next, file('2999-01-01T00:00:00Z', 'another'), at).cursor.last_end_time).toBe(next.last_end_time);
});

test('ids are bounded, and forgetting inside the overlap is told and moves the listing', () => {
  let cursor: LogCursor = emptyLogCursor;
  let hasShrunk = false;
  for (let minute = 0; minute < 20; minute++) {
    const endTime = `2026-10-02T09:${String(minute).padStart(2, '0')}:00.000000Z`;
    const next = advance(cursor, file(endTime), {...at, limits: {maxIds: 5, maxBytes: 10_000}});
    hasShrunk ||= next.shrunk;
    cursor = next.cursor;
  }
  expect(hasShrunk).toBe(true);
  expect(cursor.done.length).toBe(5);
  expect(listAfter(cursor, start)).toBe('2026-10-02T09:14:00.000000Z');
});

test('ties are all known however many they are: none is done again, nor is any that is new passed over', () => {
  const endTime = '2026-10-02T09:00:00.000002Z';
  const ties = Array.from({length: 20}, (_, index) => file(endTime, String(index)));
  let cursor: LogCursor = emptyLogCursor;
  for (const tie of ties) cursor = advance(cursor, tie, {...at, limits: {maxIds: 5, maxBytes: 10_000}}).cursor;
  expect(ties.filter((tie) => isPending(cursor, tie, start))).toEqual([]);
  expect(isPending(cursor, file(endTime, 'late'), start)).toBe(true);
});

test('what ends right where the listing begins is done, though another stream has it listed', () => {
  expect(isPending(emptyLogCursor, file(start), start)).toBe(false);
  const {cursor} = advance(emptyLogCursor, file('2026-10-02T09:00:00.000002Z'), at);
  expect(isPending(cursor, file(listAfter(cursor, start), 'b'), start)).toBe(false);
});

test('ties with long ids stay within the bytes of a state; those forgotten are pending again, none is missed', () => {
  const endTime = '2026-10-02T09:00:00.000002Z';
  const ties = Array.from({length: 100}, (_, index) => file(endTime, `${index}-${'é'.repeat(1_000)}`));
  let cursor: LogCursor = emptyLogCursor;
  for (const tie of ties) cursor = advance(cursor, tie, at).cursor;
  expect(Buffer.byteLength(JSON.stringify(cursor))).toBeLessThan(65_536);
  const pending = ties.filter((tie) => isPending(cursor, tie, start));
  expect(pending).toHaveLength(ties.length - cursor.done.length);
  expect(cursor.done.length).toBeGreaterThan(20);
  expect(isPending(cursor, file(endTime, 'late'), start)).toBe(true);
  const {cursor: next} = advance(cursor, file('2026-10-02T10:00:00.000000Z'), at);
  expect(Buffer.byteLength(JSON.stringify(next))).toBeLessThan(65_536);
});

test('ordinary growth of a month stays small', () => {
  let cursor: LogCursor = emptyLogCursor;
  const first = parseMicros(start)!;
  for (let index = 1; index < 144 * 5; index++) {
    const endTime = formatMicros(first + BigInt(index) * 600_000_000n);
    const next = advance(cursor, file(endTime, `eclf_${index}`), at);
    expect(next.shrunk).toBe(false);
    cursor = next.cursor;
  }
  expect(JSON.stringify(cursor).length).toBeLessThan(10_000);
});

test.each([{state: undefined}, {state: null}, {state: {}}])('$state is the start', ({state}) => {
  expect(parseLogCursor(state, 'messages')).toEqual(emptyLogCursor);
});

test.each([{state: {version: 2}}, {state: 'x'}, {state: {version: 1, last_end_time: 'x', done: []}}])(
  'the state $state is refused',
  ({state}) => {
    expect(() => parseLogCursor(state, 'messages')).toThrow(/saved state of stream messages/);
  }
);

test('a cursor older than retention leaves a gap with its bounds', () => {
  const cursor: LogCursor = {version: 1, last_end_time: '2026-08-01T00:00:00.000001Z', done: []};
  expect(retentionGap(cursor, parseMicros('2026-10-02T00:00:00Z')!)).toEqual({
    from: '2026-08-01T00:00:00.000001Z',
    to: '2026-09-02T00:00:00.000000Z',
  });
  expect(retentionGap(emptyLogCursor, parseMicros('2026-10-02T00:00:00Z')!)).toBeUndefined();
});

test.each([
  {listed: '2026-09-30T00:00:00.000000Z', now: '2026-10-02T00:00:00Z', from: undefined},
  {listed: '2026-08-20T00:00:00.000000Z', now: '2026-10-02T00:00:00Z', from: '2026-08-19T00:00:00.000000Z'},
  {listed: '2027-08-20T00:00:00.000000Z', now: '2026-10-02T00:00:00Z', from: '2026-08-01T00:00:00.000001Z'},
])('a cursor older than retention, listed at $listed, was read up to $from', ({from, listed, now}) => {
  const quiet: LogCursor = {version: 1, last_end_time: '2026-08-01T00:00:00.000001Z', done: []};
  const cursor = afterListing(quiet, parseMicros(listed)!);
  expect(retentionGap(cursor, parseMicros(now)!)?.from).toBe(from);
  expect(parseLogCursor(JSON.parse(JSON.stringify(cursor)), 'messages')).toEqual(cursor);
});

test('a listing is noted where nothing has ended for a day, and forgotten with the next log file', () => {
  const {cursor} = advance(emptyLogCursor, file('2026-10-09T12:00:00.000001Z'), at);
  const now = parseMicros('2026-10-10T00:00:00Z')!;
  expect(afterListing(cursor, now)).toBe(cursor);
  const listed = afterListing(cursor, now + 24n * 3_600_000_000n);
  expect(listed).toEqual({...cursor, listed_at: '2026-10-11T00:00:00.000000Z'});
  expect(advance(listed, file('2026-10-09T13:00:00.000001Z', 'b'), at).cursor.listed_at).toBeUndefined();
});

test('a stream without any log file remembers when it was listed: from there on nothing is passed over in silence', () => {
  const cursor = afterListing(emptyLogCursor, parseMicros('2026-10-10T00:00:00Z')!);
  expect(cursor).toEqual({...emptyLogCursor, listed_at: '2026-10-10T00:00:00.000000Z'});
  expect(retentionGap(cursor, parseMicros('2026-11-08T00:00:00Z')!)).toBeUndefined();
  expect(retentionGap(cursor, parseMicros('2026-11-20T00:00:00Z')!)).toEqual({
    from: '2026-10-09T00:00:00.000000Z',
    to: '2026-10-21T00:00:00.000000Z',
  });
  // A read that begins after more than 29 days lists what the service still has since then.
  const [known, later] = ['2026-10-01T00:00:00Z', '2026-10-11T00:00:00Z'];
  expect([listAfter(cursor, known), listAfter(cursor, later)]).toEqual([known, '2026-10-09T00:00:00.000000Z']);
  const first = file('2026-10-10T06:00:00.000000Z');
  const next = advance(cursor, first, {start: later, nowMicros: parseMicros('2026-11-09T00:00:00Z')!}).cursor;
  expect(isPending(cursor, first, later)).toBe(true);
  expect(isPending(next, file('2026-10-10T07:00:00.000000Z'), later)).toBe(true);
});
