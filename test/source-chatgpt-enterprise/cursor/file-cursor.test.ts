// The file cursor: where a read begins, and what an outage leaves behind.
import {describe, expect, test} from '@jest/globals';
import {
  afterOlder,
  beginFilesAnew,
  canWait,
  commonFileCursor,
  type FileCursor,
  fileDoneLimits,
  hasRoomToRetry,
  openFileCursor,
  parseFileCursor,
  type RetryReference,
  toFileState,
  withoutReference,
} from '../../../source-chatgpt-enterprise/cursor/file-cursor';
import {advance, isPending, listAfter} from '../../../source-chatgpt-enterprise/cursor/log-cursor';
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

test('the recent part reaches back over each older log file that is done: what is listed late among them is pending', () => {
  const file = (endTime: string, id: string) => ({id, endTime, sha256: 'a'.repeat(64)});
  const older = [file('2026-10-07T23:00:00.000000Z', 'a'), file('2026-10-07T22:00:00.000000Z', 'b')];
  const begun = openFileCursor(undefined, '2026-10-01T00:00:00.000000Z', now);
  const newest = file('2026-10-08T06:00:00.000000Z', 'newest');
  const recent = advance(begun.recent, newest, {start: recentStart, nowMicros: now}).cursor;
  const cursor = older.reduce((at, each) => afterOlder(at, each.endTime, [each]), {...begun, recent});
  const isLeft = (endTime: string, id: string) => isPending(cursor.recent, file(endTime, id), recentStart);
  expect(listAfter(cursor.recent, recentStart)).toBe('2026-10-07T21:59:59.999999Z');
  expect([...older, newest].filter(({endTime, id}) => isLeft(endTime, id))).toEqual([]);
  for (const late of ['2026-10-07T22:00:00.000000Z', '2026-10-07T22:30:00.000000Z'])
    expect(isLeft(late, 'late')).toBe(true);
});

test('one that lies further back, behind what was done long ago, is not taken for what the recent part reaches to', () => {
  const backlog = [{after: '2026-10-01T00:00:00Z', before: '2026-10-05T00:00:00Z'}];
  const cursor = {...openFileCursor(undefined, '2026-10-09T00:00:00Z', now), backlog};
  const done = {id: 'a', endTime: '2026-10-04T00:00:00Z', sha256: 'a'.repeat(64)};
  expect(afterOlder(cursor, done.endTime, [done]).recent).toBe(cursor.recent);
});

function waitingFor(file_id: string, event_id: string, changes: Partial<RetryReference> = {}): RetryReference {
  const of = {name: null, conversation_id: null, message_id: null, user_id: null};
  const at = {event_timestamp: '2026-10-09T00:00:00Z', first_attempt_at: '2026-10-09T01:00:00Z'};
  return {file_id, event_id, referred_by: 'message', ...of, ...at, ...changes};
}

test('after an outage what waits goes on waiting, and nothing that is begun is forgotten', () => {
  const retry = [waitingFor('file-1', 'e1')];
  const within = {log_file_id: 'a', references_done: 4};
  const objects = {gpts: notBegun};
  const saved = {...cursorAt('2026-10-01T00:00:00.000001Z'), retry, within, objects};
  expect(openFileCursor(saved, 'unused', now)).toMatchObject({retry, within, objects});
});

test('begun anew, what waits is kept where no log file tells it again', () => {
  const told = waitingFor('file-1', 'e1');
  const old = waitingFor('file-2', 'e2', {event_timestamp: '2026-09-01T00:00:00Z'});
  const ofObject = waitingFor('file-3', 'gpts:g-1', {referred_by: 'object'});
  const {cursor, forgotten} = beginFilesAnew(
    [{...cursorAt(late), retry: [told, old, ofObject]}],
    '2026-09-15T00:00:00Z',
    now
  );
  expect({retry: cursor?.retry, forgotten}).toEqual({retry: [old, ofObject], forgotten: 0});
});

test('of a file that two messages name and that waits for both, one that is settled leaves the other waiting', () => {
  const [one, other] = [waitingFor('file-1', 'e1'), waitingFor('file-1', 'e2')];
  expect(withoutReference([one, other], one)).toEqual([other]);
});

test('more windows than a state holds become one, which spans all that the oldest of them hold', () => {
  const days = ['30', '29', '28', '27', '26', '25', '24', '23', '22', '21'];
  const backlog = days.map((day) => ({after: `2026-09-${day}T00:00:00Z`, before: `2026-09-${day}T12:00:00Z`}));
  const saved = {...cursorAt('2026-10-01T00:00:00.000001Z'), backlog};
  expect(openFileCursor(saved, 'unused', now).backlog).toEqual([
    {after: '2026-10-01T00:00:00.000001Z', before: beforeRecent},
    ...backlog.slice(0, 8),
    {after: '2026-09-21T00:00:00Z', before: '2026-09-22T12:00:00Z'},
  ]);
});

test('one that a clock far ahead began, and that has read nothing, begins anew; its backlog and its retries stay', () => {
  const recent = {version: 1, last_end_time: null, not_before: '2027-10-08T00:00:00Z', done: []} as const;
  const saved = {version: 1, recent, backlog: [{after: 'a', before: 'b'}], retry: []} as const;
  expect(openFileCursor(saved, '2026-09-11T00:00:00Z', now)).toEqual({
    version: 1,
    recent: {version: 1, last_end_time: null, not_before: recentStart, done: []},
    backlog: [
      {after: '2026-09-11T00:00:00Z', before: beforeRecent},
      {after: 'a', before: 'b'},
    ],
    retry: [],
  });
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

const notBegun = {completed: null, full: null, settled_before: null, pass: null} as const;
const ended = {...notBegun, completed: early};

test.each([
  [
    'passes over the objects of several streams',
    {...cursorAt(late), objects: {gpts: ended, library_files: notBegun}},
    {...cursorAt(late), objects: {gpts: notBegun, library_files: ended}},
    {...cursorAt(late), objects: {gpts: notBegun, library_files: notBegun}},
  ],
  [
    'a pass over the objects of a stream that one knows nothing of',
    {...cursorAt(late), objects: {gpts: ended, library_files: ended}},
    {...cursorAt(late), objects: {library_files: ended}},
    {...cursorAt(late), objects: {library_files: ended}},
  ],
  [
    'passes over objects that one knows nothing of',
    {...cursorAt(late), objects: {gpts: ended}},
    cursorAt(late),
    cursorAt(late),
  ],
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
    'a log file begun by both, with other references',
    {...cursorAt(late), within: {log_file_id: 'a', references_done: 9, counted: 'aaaaaaaa'}},
    {...cursorAt(late), within: {log_file_id: 'a', references_done: 4, counted: 'bbbbbbbb'}},
    cursorAt(late),
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

describe('a state stays below 64 KB', () => {
  const reference: RetryReference = {
    file_id: 'file-1',
    event_id: 'e1',
    name: 'n'.repeat(2_700),
    referred_by: 'message',
    event_timestamp: early,
    conversation_id: null,
    message_id: null,
    user_id: null,
    first_attempt_at: early,
  };
  const long = 'é'.repeat(50_000);
  const pass = {
    captured_at: early,
    is_full: true,
    steps: 7,
    after: 'user-4',
    previous: 'user-2',
    owner_done: 'user-5',
    owner: 'user-6',
    owner_after: 'page-2',
    reference_done: 'e1/file-1',
  };
  const objectsAt = (changes: object): FileCursor['objects'] => {
    const one = {completed: early, full: early, settled_before: early, pass: {...pass, ...changes}};
    return {gpts: one, projects: one, library_files: one, skills: one};
  };

  const full = fullest();

  function fullest(): FileCursor {
    const retry: RetryReference[] = [];
    while (hasRoomToRetry(retry)) retry.push({...reference, event_id: `e${retry.length}`});
    let {recent} = cursorAt(late);
    const options = {start: early, nowMicros: now, limits: fileDoneLimits};
    for (let index = 0; index < 300; index++) {
      const endTime = `2026-10-09T${String(index % 24).padStart(2, '0')}:00:00.000000Z`;
      recent = advance(recent, {endTime, id: `${index}-${'x'.repeat(index)}`, sha256: 'a'.repeat(64)}, options).cursor;
    }
    const backlog = Array.from({length: 10}, () => ({after: early, before: late}));
    const within = {log_file_id: 'x'.repeat(990), references_done: 3};
    return {version: 1, recent, backlog, within, retry, objects: objectsAt({owner_after: 'x'.repeat(1_150)})};
  }

  test('with as much of everything as there may be', () => {
    const state = toFileState(full);
    expect(state).toEqual(full); // nothing of it had to go
    expect(Buffer.byteLength(JSON.stringify(state))).toBeGreaterThan(50_000);
    expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(65_536);
  });

  test.each([
    {field: 'reference_done', without: ['reference_done']},
    {field: 'owner_after', without: ['reference_done', 'owner', 'owner_after']},
    {field: 'owner', without: ['reference_done', 'owner', 'owner_after']},
    {field: 'previous', without: ['reference_done', 'owner', 'owner_after', 'previous']},
    {field: 'owner_done', without: ['reference_done', 'owner', 'owner_after', 'previous', 'owner_done']},
    {field: 'after', without: ['reference_done', 'owner', 'owner_after', 'previous', 'owner_done', 'after']},
  ])('whatever the length of $field: the pass goes on from before it', ({field, without}) => {
    const state = toFileState({...full, objects: objectsAt({[field]: long})});
    expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(65_536);
    const kept = Object.entries(pass).filter(([name]) => !without.includes(name));
    expect(state.objects!.gpts!.pass).toEqual(Object.fromEntries(kept));
    expect(parseFileCursor(state, 'files')).toEqual(state);
  });

  test('whatever the id of the log file: it is begun again', () => {
    const state = toFileState({...full, within: {log_file_id: long, references_done: 3}});
    expect(state.within).toBeUndefined();
  });

  test('because a reference that is too long does not wait', () => {
    expect([canWait(reference), canWait({...reference, event_id: long})]).toEqual([true, false]);
  });

  test('or is a start where two of them have nothing in common', () => {
    const other = full.retry.map((entry) => ({...entry, event_id: `other ${entry.event_id}`}));
    expect(commonFileCursor([full, {...full, retry: other}])).toBeUndefined();
    expect(commonFileCursor([full, full])?.retry).toEqual(full.retry);
  });
});
