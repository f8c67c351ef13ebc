// The file cursor: where a read begins, and what an outage leaves behind.
import {expect, test} from '@jest/globals';
import {type FileCursor, openFileCursor, parseFileCursor} from '../../../source-chatgpt-enterprise/cursor/file-cursor';
import {parseMicros} from '../../../source-chatgpt-enterprise/cursor/micros';

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
