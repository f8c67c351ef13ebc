// A start date that is moved while there are states: what it left out comes when it is moved back, and nothing is read anew otherwise.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {hoursAgo, messageLine, readSource, type ReadResult} from '../read-source';
import {TinyApi} from '../tiny-api';

const streams = ['messages', 'conversations', 'file_chunks', 'files', 'users'];
let api: TinyApi;

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
  for (const [name, hours] of [
    ['old', 20],
    ['new', 5],
  ] as const) {
    const fileId = `file-${name}`;
    api.files.set(fileId, {route: `/users/user-1/files/${fileId}`, bytes: Buffer.from(name)});
    const lines = [messageLine(name, hoursAgo(hours + 0.1), [{id: fileId}])];
    api.logFiles.push({id: `eclf_${name}`, end_time: hoursAgo(hours), lines});
  }
});
afterEach(() => api.stop());

let states: ReadonlyMap<string, unknown> = new Map();

async function readSince(start_date: string | undefined): Promise<ReadResult> {
  const read = await readSource(api, {streams, states, config: start_date === undefined ? {} : {start_date}});
  expect(new Set(Object.values(read.ends()))).toEqual(new Set(['completed']));
  states = read.states();
  return read;
}

function idsOf(read: ReadResult): unknown[] {
  return ['messages', 'files'].map((stream) => read.records(stream).map((row) => row['event_id']));
}

test.each([{date: hoursAgo(24)}, {date: undefined}])(
  'moved back to $date it brings what it left out',
  async ({date}) => {
    states = new Map();
    const [at, later] = [hoursAgo(10), hoursAgo(2)];
    expect(idsOf(await readSince(at))).toEqual([['new'], ['new']]);
    expect(idsOf(await readSince(at))).toEqual([[], []]);
    expect(idsOf(await readSince(later))).toEqual([[], []]);
    const back = await readSince(date);
    expect(idsOf(back)).toEqual([
      ['old', 'new'],
      ['old', 'new'],
    ]);
    expect(back.records('conversations')).toHaveLength(2);
    expect(back.log.join()).toContain(`start_date_earlier: Stream messages had left out what happened before ${later}`);
    expect(idsOf(await readSince(date))).toEqual([[], []]);
  }
);

test('moved into a log file in whose midst its files were left, it passes over none of those behind it', async () => {
  const [before, behind] = [hoursAgo(5.4), hoursAgo(5.1)];
  const lines = Array.from({length: 54}, (_, index) => {
    const fileId = `file-${index}`;
    api.files.set(fileId, {route: `/users/user-1/files/${fileId}`, bytes: Buffer.from(fileId)});
    return messageLine(`e${index}`, index < 51 ? before : behind, [{id: fileId}]);
  });
  api.logFiles = [{id: 'eclf_midst', end_time: hoursAgo(5), lines}];
  const refused = {route: '/users/user-1/files/file-51', status: 401}; // a key that is taken away in mid-read
  const known = api.files.get('file-51');
  api.files.set('file-51', refused);
  const first = await readSource(api, {streams: ['files']});
  expect(first.ends()).toEqual({files: 'key_rejected'});
  api.files.set('file-51', known ?? refused);
  const config = {start_date: hoursAgo(5.25)};
  const next = await readSource(api, {streams: ['files'], states: first.states(), config});
  expect(next.records('files').map((row) => row['event_id'])).toEqual(['e51', 'e52', 'e53']);
  const same = await readSource(api, {streams: ['files'], states: first.states()});
  expect(same.records('files').map((row) => row['event_id'])).toEqual(['e50', 'e51', 'e52', 'e53']);
});

describe('a reference that has waited since before any log file that is still listed', () => {
  const waiting = {
    file_id: 'file-kept',
    event_id: 'long-ago',
    name: 'kept.pdf',
    referred_by: 'message',
    event_timestamp: hoursAgo(40 * 24),
    conversation_id: null,
    message_id: null,
    user_id: 'user-1',
    first_attempt_at: hoursAgo(1),
  };
  const recent = {version: 1, last_end_time: hoursAgo(1), done: []};
  const state = {version: 1, recent, backlog: [], retry: [waiting]};
  const keptRows = (read: ReadResult): unknown[] =>
    read.records('files').filter(({file_id}) => file_id === 'file-kept');

  beforeEach(() => {
    api.users = [{id: 'user-1'}];
    api.libraryFiles = [{id: 'lib-kept', file_id: 'file-kept'}];
    api.files.set('file-kept', {route: '/users/user-1/library_files/lib-kept', bytes: Buffer.from('kept')});
  });

  const many = (name: string): object[] =>
    Array.from({length: 190}, (_, index) => ({
      ...waiting,
      file_id: index === 0 ? 'file-kept' : `gone-${name}-${index}`,
      name: 'x'.repeat(20),
    }));
  const first = {streams: ['files', 'file_chunks'], config: {}};
  const longAgo = hoursAgo(90 * 24);

  test.each([
    {title: 'the start date is moved back', files: {...state, start_date: hoursAgo(10)}, chunks: state},
    {title: 'a stream beside is new', files: state, chunks: undefined},
    {
      title: 'a stream beside is new, and the start date is older than log files are kept',
      files: {...state, start_date: longAgo},
      chunks: undefined,
      config: {start_date: longAgo},
    },
  ])('is not forgotten when $title', async ({chunks, config = {}, files}) => {
    const read = await readSource(api, {
      ...first,
      config,
      states: new Map([
        ['files', files],
        ['file_chunks', chunks],
      ]),
    });
    expect(keptRows(read)).toMatchObject([{outcome: 'captured', event_id: 'long-ago'}]);
    expect(idsOf(read)[1]).toEqual(['long-ago', 'old', 'new']);
    expect(read.states().get('files')).toMatchObject({retry: []});
  });

  test('is told where two states wait for more than one can hold', async () => {
    const states = new Map([
      ['files', {...state, retry: many('a')}],
      ['file_chunks', {...state, retry: many('b')}],
    ]);
    const read = await readSource(api, {...first, states});
    expect(read.log.join()).toMatch(/files_forgotten: \d+ file references of older log files/);
    const told = /files_forgotten: (\d+)/.exec(read.log.join());
    expect(read.records('files').length + Number(told![1])).toBe(379 + 2);
  });
});

test('a stream that has nothing to do with it goes on', async () => {
  states = new Map();
  await readSince(hoursAgo(10));
  const users = states.get('users');
  await readSince(undefined);
  expect(states.get('users')).toEqual(users);
});

test('a start date in the future is warned of', async () => {
  states = new Map();
  const read = await readSince('2999-01-01');
  expect(read.log.join()).toContain('start_date_ahead: start_date 2999-01-01T00:00:00Z lies in the future');
});
