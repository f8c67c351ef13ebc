// The file cursor: where a read begins, and what an outage leaves behind.
import {expect, test} from '@jest/globals';
import {
  commonFileCursor,
  type FileCursor,
  openFileCursor,
  parseFileCursor,
} from '../../../source-chatgpt-enterprise/cursor/file-cursor';
import {parseMicros} from '../../../core/micros';

const now = parseMicros('2026-10-10T00:00:00Z')!;
const recentStart = '2026-10-08T00:00:00.000000Z';
const beforeRecent = '2026-10-08T00:00:00.000001Z';

function cursorAt(lastEndTime: string): FileCursor {
  return {version: 1, recent: {version: 1, last_end_time: lastEndTime, done: []}, backlog: [], retry: []};
}

test('a first read begins 48 hours ago and leaves the older part behind it', () => {
  const cursor = openFileCursor(undefined, '2026-09-11T00:00:00Z', now);
  expect(cursor.recent.not_before).toBe(recentStart);
  expect(cursor.backlog).toEqual([{after: '2026-09-11T00:00:00Z', before: beforeRecent}]);
});

test('a first read from yesterday has nothing behind it', () => {
  const cursor = openFileCursor(undefined, '2026-10-09T00:00:00Z', now);
  expect(cursor).toMatchObject({recent: {not_before: '2026-10-09T00:00:00Z'}, backlog: []});
});

test('a cursor of today goes on where it is', () => {
  const saved = cursorAt('2026-10-09T12:00:00.000001Z');
  expect(openFileCursor(saved, 'unused', now)).toBe(saved);
});

test('after an outage the missed part comes before the older backlog', () => {
  const saved = {...cursorAt('2026-10-01T00:00:00.000001Z'), backlog: [{after: 'a', before: 'b'}]};
  expect(openFileCursor(saved, 'unused', now).backlog).toEqual([
    {after: '2026-10-01T00:00:00.000001Z', before: beforeRecent},
    {after: 'a', before: 'b'},
  ]);
});

test('a state of a newer version is refused', () => {
  expect(() => parseFileCursor({version: 2}, 'files')).toThrow(/saved state of stream files/);
});

const early = '2026-10-09T10:00:00.000000Z';
const late = '2026-10-09T12:00:00.000000Z';

function withDone(lastEndTime: string, ...ids: readonly string[]): FileCursor {
  const cursor = cursorAt(lastEndTime);
  return {...cursor, recent: {...cursor.recent, done: ids.map((id) => [early, id] as const)}};
}

test.each([
  [
    'a late log file that only one state calls done',
    withDone(late, 'a', 'late'),
    withDone(late, 'a'),
    withDone(late, 'a'),
  ],
  ['the state that is behind', withDone(late, 'a', 'b'), withDone(early, 'a'), withDone(early, 'a')],
  ['one without a state', withDone(late, 'a'), undefined, undefined],
  [
    'a backlog done further by one',
    {...cursorAt(late), backlog: [{after: '2026-10-01T00:00:00Z', before: '2026-10-03T00:00:00Z'}]},
    {...cursorAt(late), backlog: [{after: '2026-10-01T00:00:00Z', before: '2026-10-04T00:00:00Z'}]},
    {...cursorAt(late), backlog: [{after: '2026-10-01T00:00:00Z', before: '2026-10-04T00:00:00Z'}]},
  ],
  [
    'backlogs of reads that began at other times',
    {...cursorAt(late), backlog: [{after: '2026-10-01T01:00:00Z', before: '2026-10-03T00:00:00Z'}]},
    {
      ...cursorAt(late),
      backlog: [
        {after: '2026-10-04T00:00:00Z', before: '2026-10-05T00:00:00Z'},
        {after: '2026-10-01T00:00:00Z', before: '2026-10-04T00:00:00.000001Z'},
      ],
    },
    {
      ...cursorAt(late),
      backlog: [
        {after: '2026-10-04T00:00:00Z', before: '2026-10-05T00:00:00Z'},
        {after: '2026-10-01T00:00:00Z', before: '2026-10-04T00:00:00.000001Z'},
      ],
    },
  ],
  [
    'a backlog that reaches into what the other lists anyway',
    {...cursorAt(late), backlog: [{after: '2026-10-01T00:00:00Z', before: early}]},
    cursorAt(late),
    {...cursorAt(late), backlog: [{after: '2026-10-01T00:00:00Z', before: '2026-10-08T12:00:00.000001Z'}]},
  ],
  [
    'a log file begun by both',
    {...cursorAt(late), within: {log_file_id: 'a', references_done: 9}},
    {...cursorAt(late), within: {log_file_id: 'a', references_done: 4}},
    {...cursorAt(late), within: {log_file_id: 'a', references_done: 4}},
  ],
  [
    'a log file begun by one',
    {...cursorAt(late), within: {log_file_id: 'a', references_done: 9}},
    cursorAt(late),
    cursorAt(late),
  ],
])('of two states that differ, only what both have done is done: %s', (_, one, other, expected) => {
  expect(commonFileCursor([one, other])).toEqual(expected);
  expect(commonFileCursor([other, one])).toEqual(expected);
});
