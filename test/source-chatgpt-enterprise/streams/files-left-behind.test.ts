// What the file lane leaves behind when it begins anew near the present: log files listed late, and an earlier start date.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {hoursAgo, messageLine, readSource} from '../read-source';
import {TinyApi} from '../tiny-api';

const streams = ['messages', 'files'];
let api: TinyApi;

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
});
afterEach(() => api.stop());

/** A log file with one message that names one file. */
function addLog(name: string, hours: number, end_time = hoursAgo(hours)): void {
  const fileId = `file-${name}`;
  api.files.set(fileId, {route: `/users/user-1/files/${fileId}`, bytes: Buffer.from(name)});
  api.logFiles.push({id: `eclf_${name}`, end_time, lines: [messageLine(name, hoursAgo(hours + 0.1), [{id: fileId}])]});
}

test.each([
  {when: 'before the last one', hours: 80},
  {when: 'at the same time as the last one', hours: undefined},
])(
  'after an outage of days the files of a log file that was listed late come too: one that ends $when',
  async ({hours}) => {
    const last = hoursAgo(72);
    addLog('known', 72, last);
    const recent = {version: 1, last_end_time: last, done: [[last, 'eclf_known']]};
    const states = new Map<string, unknown>([
      ['messages', recent],
      ['files', {version: 1, recent, backlog: [], retry: []}],
    ]);
    addLog('late', hours ?? 72, hours === undefined ? last : hoursAgo(hours));
    addLog('new', 3);
    const read = await readSource(api, {streams, states});
    expect(read.ends()).toEqual({messages: 'completed', files: 'completed'});
    expect(read.records('messages').map((row) => row['event_id'])).toEqual(['late', 'new']);
    expect(read.records('files').map((row) => [row['event_id'], row['outcome']])).toEqual([
      ['late', 'captured'],
      ['new', 'captured'],
    ]);
    const next = await readSource(api, {streams, states: read.states()});
    expect(next.records('files')).toEqual([]);
  }
);

test.each([
  {when: 'after the first read of all', isKnown: false},
  {when: 'after reads that found nothing new', isKnown: true},
])('while nothing newer has come, the files of a log file listed days late come too: $when', async ({isKnown}) => {
  const last = hoursAgo(72);
  addLog('known', 72, last);
  const recent = {version: 1, last_end_time: last, done: [[last, 'eclf_known']]};
  const known = new Map<string, unknown>([
    ['messages', recent],
    ['files', {version: 1, recent, backlog: [], retry: []}],
  ]);
  const first = await readSource(api, {streams, ...(isKnown ? {states: known} : {})});
  const second = await readSource(api, {streams, states: first.states()});
  const eventIds = isKnown ? ['earlier', 'late'] : ['late'];
  if (isKnown) addLog('earlier', 80);
  addLog('late', 60);
  const third = await readSource(api, {streams, states: second.states()});
  expect(third.records('messages').map((row) => row['event_id'])).toEqual(eventIds);
  expect(third.records('files').map((row) => [row['event_id'], row['outcome']])).toEqual(
    eventIds.map((id) => [id, 'captured'])
  );
  addLog('new', 3);
  const fourth = await readSource(api, {streams, states: third.states()});
  expect(fourth.records('files').map((row) => row['event_id'])).toEqual(['new']);
  expect((await readSource(api, {streams, states: fourth.states()})).records('files')).toEqual([]);
});

test('a workspace that was quiet for longer than retention has no gap, neither in its messages nor in its files', async () => {
  const last = hoursAgo(40 * 24);
  const recent = {version: 1, last_end_time: last, done: [[last, 'eclf_known']], listed_at: hoursAgo(1)};
  const states = new Map<string, unknown>([
    ['messages', recent],
    ['files', {version: 1, recent, backlog: [], retry: []}],
  ]);
  const first = await readSource(api, {streams: [...streams, 'capture_runs'], states});
  const second = await readSource(api, {streams: [...streams, 'capture_runs'], states: first.states()});
  for (const read of [first, second]) expect(read.records('capture_runs')).toMatchObject([{retention_gap: null}]);
});

test('an earlier start date, set before anything was read, holds for the files as for their messages', async () => {
  addLog('first', 20);
  const first = await readSource(api, {streams, config: {start_date: hoursAgo(10)}});
  expect(first.records('messages')).toEqual([]);
  const second = await readSource(api, {streams, config: {start_date: hoursAgo(24)}, states: first.states()});
  expect(second.records('messages').map((row) => row['event_id'])).toEqual(['first']);
  expect(second.records('files')).toMatchObject([{event_id: 'first', outcome: 'captured'}]);
  const third = await readSource(api, {streams, config: {start_date: hoursAgo(24)}, states: second.states()});
  expect(third.records('files')).toEqual([]);
});

test('of a log file that has changed since its files were left in its midst, all are asked for', async () => {
  const [time, end_time] = [hoursAgo(5.1), hoursAgo(5)];
  const lineOf = (name: string): string => {
    api.files.set(name, {route: `/users/user-1/files/${name}`, bytes: Buffer.from(name)});
    return messageLine(name, time, [{id: name}]);
  };
  const lines = Array.from({length: 52}, (_, index) => lineOf(`known-${index}`));
  api.files.set('known-51', {route: '/users/user-1/files/known-51', status: 401}); // a key that is taken away in mid-read
  api.logFiles.push({id: 'eclf_1', end_time, lines});
  const first = await readSource(api, {streams});
  expect(first.ends()).toEqual({messages: 'completed', files: 'key_rejected'});
  lineOf('known-51');
  api.logFiles = [{id: 'eclf_1', end_time, lines: [lineOf('added'), ...lines]}];
  const second = await readSource(api, {streams, states: first.states()});
  expect(second.records('files').map((row) => row['event_id'])).toContain('added');
  const third = await readSource(api, {streams, states: second.states()});
  expect(third.records('files')).toEqual([]);
});

test('a reference that waits is not kept twice when its log file has changed and is read again', async () => {
  const [time, end_time] = [hoursAgo(5.1), hoursAgo(5)];
  api.files.set('slow', {route: '/users/user-1/files/slow', status: 418});
  const lines = [messageLine('one', time, [{id: 'slow'}])];
  api.logFiles.push({id: 'eclf_1', end_time, lines});
  const first = await readSource(api, {streams});
  api.logFiles = [{id: 'eclf_1', end_time, lines: [...lines, messageLine('two', time)]}];
  const second = await readSource(api, {streams, states: first.states()});
  expect(second.states().get('files')).toMatchObject({retry: [{file_id: 'slow'}]});
  api.files.set('slow', {route: '/users/user-1/files/slow', bytes: Buffer.from('slow')});
  const third = await readSource(api, {streams, states: second.states()});
  expect(third.records('files').map((row) => row['outcome'])).toEqual(['captured']);
});

test.each([1e300, -1e300, 3e12])(
  'a log file that is said to have %d bytes is not counted on for as many files',
  async (size) => {
    addLog('first', 4);
    addLog('second', 3);
    api.logFiles[1] = {...api.logFiles[1]!, size, wrongBytes: 99}; // left for the next read, with what it may refer to
    const read = await readSource(api, {streams: [...streams, 'capture_runs']});
    expect(read.ends()).toMatchObject({messages: 'log_file_hash_mismatch', files: 'completed'});
    expect(read.records('files')).toMatchObject([{event_id: 'first', outcome: 'captured'}]);
    expect(read.records('capture_runs')).toMatchObject([{files_waiting: 0}]);
  }
);
