// Reads of the whole source against a real server: what is emitted, in which order, and where the next read goes on.
import {createHash, randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {streamDefinitions} from '../../../contract';
import {hoursAgo, messageLine, readSource} from '../read-source';
import {TinyApi} from '../tiny-api';

const everyStream = streamDefinitions.map(({name}) => name);
const logStreams = ['messages', 'conversations'];
let api: TinyApi;

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
});
afterEach(() => api.stop());

function addLog(id: string, hours: number, ...lines: string[]): string {
  const end_time = hoursAgo(hours, '213');
  api.logFiles.push({id, end_time, lines});
  return end_time;
}

/** Whatever the read had emitted before a state, and a read from there, are together all there is. */
async function expectRestFromEveryState(streams: readonly string[], rows: number): Promise<void> {
  const {outputs} = await readSource(api, {streams});
  const states = new Map<string, unknown>();
  for (const [index, output] of outputs.entries()) {
    if (output.kind !== 'state') continue;
    states.set(output.stream, output.state);
    const rest = await readSource(api, {streams, states});
    for (const stream of streams.filter((name) => name !== 'conversations')) {
      const last = outputs.slice(0, index + 1).findLastIndex((each) => each.kind === 'state' && each.stream === stream);
      const before = outputs
        .slice(0, last + 1)
        .flatMap((each) =>
          each.kind === 'record' && each.stream === stream ? [each.data as Record<string, unknown>] : []
        );
      const ids = [...before, ...rest.records(stream)].map((row) => row['event_id']);
      expect({stream, index, rows: new Set(ids).size}).toEqual({stream, index, rows});
    }
  }
}

test('every selected stream starts, gives a state and completes, though there is nothing', async () => {
  const read = await readSource(api, {streams: everyStream});
  expect(read.ends()).toEqual(Object.fromEntries(everyStream.map((name) => [name, 'completed'])));
  expect([...read.states().keys()].sort()).toEqual([...everyStream].sort());
});

test('every record fits the schema of its stream', async () => {
  const spine = new Set(['users', 'messages', 'conversations', 'files', 'file_chunks', 'capture_runs']);
  api.users = [{id: 'user-1', email: 'ana@acme.test'}];
  api.files.set('file-1', {route: '/users/user-1/files/file-1', bytes: Buffer.from('abc')});
  addLog('eclf_1', 3, messageLine('e1', hoursAgo(4), [{id: 'file-1', name: 'a.txt'}]), 'not json');
  const read = await readSource(api, {streams: everyStream});
  for (const {name, row} of streamDefinitions.filter((definition) => read.records(definition.name).length > 0)) {
    spine.delete(name);
    for (const record of read.records(name)) expect(row.strict().safeParse(record).error).toBeUndefined();
  }
  expect([...spine]).toEqual([]);
});

test('a second read from the saved states emits nothing again but what is new', async () => {
  addLog('eclf_1', 5, messageLine('e1', hoursAgo(6)));
  addLog('eclf_2', 4, messageLine('e2', hoursAgo(5)));
  const first = await readSource(api, {streams: logStreams});
  expect(first.records('messages').map((row) => row.event_id)).toEqual(['e1', 'e2']);
  addLog('eclf_late', 4.5, messageLine('e3', hoursAgo(6)));
  const second = await readSource(api, {streams: logStreams, states: first.states()});
  expect(second.records('messages').map((row) => row.event_id)).toEqual(['e3']);
  const third = await readSource(api, {streams: logStreams, states: second.states()});
  expect(third.records('messages')).toEqual([]);
});

test('log files that share an end time across a page edge are all read', async () => {
  api.pageSize = 3;
  const end_time = hoursAgo(3, '007');
  addLog('eclf_0', 5, messageLine('e0', hoursAgo(6)));
  addLog('eclf_1', 4, messageLine('e1', hoursAgo(6)));
  for (const id of ['a', 'b']) api.logFiles.push({id, end_time, lines: [messageLine(id, hoursAgo(5))]});
  addLog('eclf_9', 2, messageLine('e9', hoursAgo(3)));
  const read = await readSource(api, {streams: ['messages']});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['e0', 'e1', 'a', 'b', 'e9']);
});

test.each([1, 2])(
  'pages that are full of log files of one end time hide none behind them: %s to a page',
  async (pageSize) => {
    api.pageSize = pageSize;
    const end_time = hoursAgo(3, '007');
    addLog('eclf_0', 5, messageLine('e0', hoursAgo(6)));
    for (const id of ['a', 'b'].slice(0, pageSize))
      api.logFiles.push({id, end_time, lines: [messageLine(id, end_time)]});
    addLog('eclf_8', 2, messageLine('e8', hoursAgo(3)));
    addLog('eclf_9', 1, messageLine('e9', hoursAgo(2)));
    const read = await readSource(api, {streams: ['messages']});
    expect(read.ends()).toEqual({messages: 'completed'});
    const tied = ['a', 'b'].slice(0, pageSize);
    expect(read.records('messages').map((row) => row.event_id)).toEqual(['e0', ...tied, 'e8', 'e9']);
  }
);

test('more ties than a page holds stop the stream instead of losing one', async () => {
  api.pageSize = 2;
  const end_time = hoursAgo(3);
  for (const id of ['a', 'b', 'c']) api.logFiles.push({id, end_time, lines: [messageLine(id, end_time)]});
  const read = await readSource(api, {streams: ['messages']});
  expect(read.ends()).toEqual({messages: 'log_listing_stuck'});
});

test('each stream emits only beyond its own cursor', async () => {
  addLog('eclf_1', 5, messageLine('e1', hoursAgo(6)));
  const first = await readSource(api, {streams: ['messages']});
  const second = await readSource(api, {streams: logStreams, states: first.states()});
  expect(second.records('messages')).toEqual([]);
  expect(second.records('conversations').length).toBe(1);
});

test('a full refresh ignores the saved state, and a state of the far future is refused', async () => {
  addLog('eclf_1', 5, messageLine('e1', hoursAgo(6)));
  const state = {version: 1, last_end_time: '2999-12-31T23:59:59.999999Z', done: []};
  const states = new Map([['messages', state]]);
  const full = await readSource(api, {streams: ['messages'], states, syncMode: 'full_refresh'});
  expect(full.records('messages').length).toBe(1);
  const future = await readSource(api, {streams: ['messages'], states});
  expect(future.records('messages')).toEqual([]);
  expect(future.ends()).toEqual({messages: 'state_invalid'});
});

test('a state of a newer version fails its stream and no other', async () => {
  addLog('eclf_1', 5, messageLine('e1', hoursAgo(6)));
  const states = new Map([['messages', {version: 9}]]);
  const read = await readSource(api, {streams: logStreams, states});
  expect(read.ends()).toEqual({messages: 'state_invalid', conversations: 'completed'});
});

test('events before the start date are left out, unreadable lines never', async () => {
  const startDate = `${hoursAgo(48).slice(0, 10)}T00:00:00Z`;
  addLog('eclf_1', 5, messageLine('old', hoursAgo(24 * 9)), 'no json', messageLine('new', hoursAgo(6)));
  const read = await readSource(api, {streams: ['messages', 'capture_runs'], config: {start_date: startDate}});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['unreadable:eclf_1:2', 'new']);
  expect(read.records('capture_runs')).toMatchObject([{events: 2, unreadable_lines: 1, events_before_start_date: 1}]);
});

test('an event whose time is no day of the calendar is never taken for one before the start date', async () => {
  const lines = ['0000-00-00T00:00:00Z', '2026-02-31T10:00:00.000000Z'].map((time, index) =>
    messageLine(`e${index}`, time)
  );
  addLog('eclf_1', 5, ...lines);
  const config = {start_date: hoursAgo(48)};
  const read = await readSource(api, {streams: ['messages', 'capture_runs'], config});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['e0', 'e1']);
  expect(read.records('capture_runs')).toMatchObject([{events_before_start_date: 0}]);
});

test('a message that names more files than a call takes arguments blocks no other', async () => {
  const files = Array.from({length: 200_000}, (_, index) => ({id: `file-${index}`}));
  addLog('eclf_1', 5, messageLine('e1', hoursAgo(6), files), messageLine('e2', hoursAgo(6)));
  // Files whose state cannot be read: two hundred thousand of them would take their time.
  const states = new Map([['files', {version: 2}]]);
  const read = await readSource(api, {streams: ['messages', 'files'], states});
  expect(read.ends()).toEqual({messages: 'completed', files: 'state_invalid'});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['e1', 'e2']);
});

test('from every state of a read the rest comes, though the page of log files is not in order', async () => {
  api.isInOrder = false;
  for (const hours of [200, 150, 100, 50, 2]) addLog(`eclf_${hours}`, hours, messageLine(`e${hours}`, hoursAgo(hours)));
  await expectRestFromEveryState(['messages', 'conversations'], 5);
});

test('a log file that ends at the very start date may hold its first event', async () => {
  const startDate = hoursAgo(30);
  api.logFiles.push({id: 'eclf_1', end_time: startDate, lines: [messageLine('first', startDate, [{id: 'file-1'}])]});
  api.files.set('file-1', {route: '/users/user-1/files/file-1', bytes: Buffer.from('bytes')});
  addLog('eclf_2', 5, messageLine('later', hoursAgo(6)));
  const streams = ['messages', 'files'];
  const read = await readSource(api, {streams, config: {start_date: startDate}});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['first', 'later']);
  expect(read.records('files').map((row) => row['event_id'])).toEqual(['first']);
  const again = await readSource(api, {streams, config: {start_date: startDate}, states: read.states()});
  expect([again.records('messages'), again.records('files')]).toEqual([[], []]);
});

test('wrong bytes are fetched again', async () => {
  addLog('eclf_1', 1, messageLine('e1', hoursAgo(2)));
  api.logFiles[0]!.wrongBytes = 3;
  const read = await readSource(api, {streams: ['messages']});
  expect(read.records('messages')).toMatchObject([{event_id: 'e1', log_file_verified: true}]);
});

test.each([
  {change: 'holds more and ends later', endsLater: true},
  {change: 'holds more and ends when it did', endsLater: false},
])('a log file that $change under its id is read again, by the messages and by their files', async ({endsLater}) => {
  const streams = ['messages', 'files', 'file_chunks'];
  const first = messageLine('e1', hoursAgo(4));
  const ended = addLog('eclf_1', 3, first);
  addLog('eclf_2', 2, messageLine('e2', hoursAgo(3)));
  const read = await readSource(api, {streams});
  const later = messageLine('e3', hoursAgo(4), [{id: 'file-1', name: 'a.txt'}]);
  api.logFiles[0] = {id: 'eclf_1', end_time: endsLater ? hoursAgo(1, '213') : ended, lines: [first, later]};
  api.files.set('file-1', {route: '/users/user-1/files/file-1', bytes: Buffer.from('abc')});
  const next = await readSource(api, {streams, states: read.states()});
  expect(next.records('messages').map((row) => row.event_id)).toEqual(['e1', 'e3']);
  expect(next.records('files')).toMatchObject([{file_id: 'file-1', outcome: 'captured'}]);
  const last = await readSource(api, {streams, states: next.states()});
  expect(last.records('messages')).toEqual([]);
});

test('a log file that ends later on the next page than on the one before is read again', async () => {
  api.pageSize = 1;
  const line = messageLine('e1', hoursAgo(4)); // the download is one and the same
  addLog('eclf_1', 3, line);
  addLog('eclf_2', 2, messageLine('e2', hoursAgo(3)));
  addLog('eclf_1', 1, line);
  const read = await readSource(api, {streams: ['messages']});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['e1', 'e2', 'e1']);
});

test('a fresh log file that keeps differing from its hash stops the stream where it is', async () => {
  addLog('eclf_1', 3, messageLine('e1', hoursAgo(4)));
  addLog('eclf_2', 2, messageLine('e2', hoursAgo(3)));
  api.logFiles[1]!.wrongBytes = 99;
  const read = await readSource(api, {streams: ['messages']});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['e1']);
  expect(read.ends()).toEqual({messages: 'log_file_hash_mismatch'});
  expect(read.states().get('messages')).toMatchObject({done: [[expect.anything(), 'eclf_1', expect.anything()]]});
});

test('an old one is captured as unverified, what lies behind it too, and the read ends loudly', async () => {
  addLog('eclf_1', 8, messageLine('e1', hoursAgo(9)));
  addLog('eclf_2', 2, messageLine('e2', hoursAgo(3)));
  api.logFiles[0]!.wrongBytes = 99;
  const read = await readSource(api, {streams: ['messages', 'capture_runs']});
  expect(read.records('messages')).toMatchObject([
    {event_id: 'e1', log_file_verified: false},
    {event_id: 'e2', log_file_verified: true},
  ]);
  expect(read.ends()).toEqual({messages: 'log_file_unverified', capture_runs: 'completed'});
  expect(read.records('capture_runs')).toMatchObject([{unverified_log_files: [{id: 'eclf_1'}]}]);
});

test.each([8, 1])('a log file of %d hours that ends too early each time is never passed', async (hours) => {
  addLog('eclf_1', hours, messageLine('e1', hoursAgo(9)), messageLine('e2', hoursAgo(9)));
  api.logFiles[0]!.shortened = 4;
  const read = await readSource(api, {streams: ['messages']});
  expect(read.records('messages')).toEqual([]);
  expect(read.ends()).toEqual({messages: 'api_unavailable'});
  const next = await readSource(api, {streams: ['messages'], states: read.states()});
  expect(next.records('messages').map((row) => row.event_id)).toEqual(['e1', 'e2']);
});

test('users are listed page by page, and not again before they are due', async () => {
  api.pageSize = 2;
  api.users = Array.from({length: 5}, (_, index) => ({id: `user-${index}`}));
  const first = await readSource(api, {streams: ['users']});
  expect(first.records('users').length).toBe(5);
  const second = await readSource(api, {streams: ['users'], states: first.states()});
  expect(second.records('users')).toEqual([]);
  const third = await readSource(api, {streams: ['users'], states: first.states(), config: {refresh_hours: 0}});
  expect(third.records('users').length).toBe(5);
});

test('a file is downloaded once, in chunks that come before its rows, and each reference has a row', async () => {
  const bytes = randomBytes(500_000);
  api.files.set('file-1', {route: '/users/user-1/files/file-1', bytes});
  addLog(
    'eclf_1',
    3,
    messageLine('e1', hoursAgo(4), [{id: 'file-1'}]),
    messageLine('e2', hoursAgo(4), [{id: 'file-1'}])
  );
  const read = await readSource(api, {streams: ['messages', 'files', 'file_chunks']});
  const chunks = read.records('file_chunks');
  expect(Buffer.concat(chunks.map((row) => Buffer.from(row.data as string, 'base64')))).toEqual(bytes);
  expect(chunks.map((row) => row.last)).toEqual([false, false, true]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(chunks[2]).toMatchObject({sha256, size: 500_000, media_type: 'text/plain'});
  const rows = read.records('files');
  expect(rows.map((row) => [row.event_id, row.outcome, row.transfer_id])).toEqual([
    ['e1', 'captured', chunks[0]!.transfer_id],
    ['e2', 'captured', chunks[0]!.transfer_id],
  ]);
  const order = read.outputs.flatMap((output) => (output.kind === 'record' ? [output.stream] : []));
  expect(order).toEqual(['messages', 'messages', 'file_chunks', 'file_chunks', 'file_chunks', 'files', 'files']);
  const again = await readSource(api, {streams: ['messages', 'files', 'file_chunks'], states: read.states()});
  expect(again.records('files')).toEqual([]);
});

test('a download that breaks off begins again as another transfer', async () => {
  const bytes = randomBytes(1_000_000);
  api.files.set('file-1', {route: '/users/user-1/files/file-1', bytes, cuts: 1});
  addLog('eclf_1', 3, messageLine('e1', hoursAgo(4), [{id: 'file-1'}]));
  const read = await readSource(api, {streams: ['files', 'file_chunks']});
  const [row] = read.records('files');
  const whole = read.records('file_chunks').filter((chunk) => chunk.transfer_id === row!.transfer_id);
  expect(Buffer.concat(whole.map((chunk) => Buffer.from(chunk.data as string, 'base64')))).toEqual(bytes);
  expect(read.records('file_chunks').length).toBeGreaterThan(whole.length);
});

test.each([
  {status: 410, outcome: 'expired', route: 'users/{id}/files/{id}'},
  {status: 403, outcome: 'forbidden', route: 'users/{id}/files/{id}'},
  {status: 404, outcome: 'not_found', route: 'gpt_files/{id}'},
])('HTTP $status for a file is the outcome $outcome', async ({outcome, route, status}) => {
  api.files.set('file-1', {route: '/users/user-1/files/file-1', status});
  addLog('eclf_1', 3, messageLine('e1', hoursAgo(4), [{id: 'file-1'}]));
  const read = await readSource(api, {streams: ['files']});
  expect(read.records('files')).toMatchObject([{outcome, route, transfer_id: null}]);
});

test('an upload that is expired where its sender has it is still asked for in the library', async () => {
  const item = {id: 'libf_1', file_id: 'file-1', name: 'a.pdf', created_at: 1_760_231_119.1, state: 'ready'};
  const body = {object: 'list', data: [item], has_more: false, cursor: null};
  api.users = [{id: 'user-1'}];
  api.refusals.push({path: /users\/user-1\/library_files$/, status: 200, body, times: 9});
  api.files.set('upload', {route: '/users/user-1/files/file-1', status: 410});
  api.files.set('kept', {route: '/users/user-1/library_files/libf_1', bytes: Buffer.from('kept')});
  addLog('eclf_1', 70, messageLine('e1', hoursAgo(71), [{id: 'file-1'}]));
  const read = await readSource(api, {streams: ['messages', 'files', 'file_chunks', 'library_files']});
  expect(read.records('files').map((row) => [row.owner_stream, row.outcome, row.route])).toEqual([
    [null, 'expired', 'users/{id}/files/{id}'],
    ['library_files', 'captured', 'users/{id}/library_files/{id}'],
  ]);
  expect(read.records('file_chunks')).toMatchObject([{file_id: 'file-1', last: true, size: 4}]);
});

test('a file that only the library has is found there, however many files its member keeps', async () => {
  api.pageSize = 1;
  api.libraryFiles = Array.from({length: 60}, (_, index) => ({id: `libf_${index}`, file_id: `file-${index}`}));
  api.files.set('file-59', {route: '/users/user-1/library_files/libf_59', bytes: Buffer.from('kept')});
  addLog('eclf_1', 3, messageLine('e1', hoursAgo(4), [{id: 'file-59'}, {id: 'file-none'}]));
  const read = await readSource(api, {streams: ['files']});
  expect(read.records('files').map((row) => [row['file_id'], row['outcome']])).toEqual([
    ['file-59', 'captured'],
    ['file-none', 'not_found'],
  ]);
  expect(api.countOf(/library_files$/)).toBe(60);
});

test('members whose ids are numbers beyond what a double holds are each asked by their own', async () => {
  api.usersText = '{"data":[{"id":9007199254740993},{"id":9007199254740992}],"has_more":false}';
  await readSource(api, {streams: ['automations']});
  expect(api.requests.map(({path}) => path).filter((path) => path.endsWith('/automations'))).toEqual([
    '/users/9007199254740993/automations',
    '/users/9007199254740992/automations',
  ]);
});

test('a file of a project is found by the second route', async () => {
  api.files.set('file-1', {route: '/project_files/file-1', bytes: Buffer.alloc(0)});
  addLog('eclf_1', 3, messageLine('e1', hoursAgo(4), [{id: 'file-1'}]));
  const read = await readSource(api, {streams: ['file_chunks']});
  expect(read.records('file_chunks')).toMatchObject([{data: '', last: true, size: 0}]);
});

test('young uploads come first by deadline, then the older ones from the newest', async () => {
  for (const [id, hours] of Object.entries({d20: 480, d10: 240, h40: 40, h1: 1})) {
    addLog(`eclf_${id}`, hours, messageLine(id, hoursAgo(hours + 0.1), [{id: `file-${id}`}]));
  }
  const read = await readSource(api, {streams: ['messages', 'files']});
  expect(read.records('files').map((row) => row.event_id)).toEqual(['h40', 'h1', 'd10', 'd20']);
  expect(read.states().get('files')).toMatchObject({backlog: [], retry: []});
});

test('what ended at the bounds of an older period is done, though a listing may hold it', async () => {
  api.isInclusive = true;
  const [after, , before] = [90, 80, 70].map((hours) =>
    addLog(`eclf_${hours}`, hours, messageLine(`e${hours}`, hoursAgo(hours + 0.1), [{id: `file-${hours}`}]))
  );
  const recent = {version: 1, last_end_time: null, not_before: hoursAgo(1), done: []};
  const states = new Map([['files', {version: 1, recent, backlog: [{after, before}], retry: []}]]);
  const read = await readSource(api, {streams: ['files'], states});
  expect(read.records('files').map((row) => row.event_id)).toEqual(['e80']);
});

test('from every state of a read the rest comes, though older log files end in one microsecond, written otherwise', async () => {
  const moment = hoursAgo(80, '213').slice(0, -1);
  for (const [index, end_time] of ['Z', '321Z', '999Z'].map((rest) => moment + rest).entries()) {
    const line = messageLine(`e${index}`, hoursAgo(81), [{id: `file-${index}`}]);
    api.logFiles.push({id: `eclf_${index}`, end_time, lines: [line]});
  }
  await expectRestFromEveryState(['messages', 'files'], 3);
});

test('a file never precedes its message: behind a log pass that stopped there are no files', async () => {
  addLog('eclf_1', 3, messageLine('e1', hoursAgo(4), [{id: 'file-1'}]));
  addLog('eclf_2', 2, messageLine('e2', hoursAgo(3), [{id: 'file-2'}]));
  api.logFiles[1]!.wrongBytes = 4;
  const read = await readSource(api, {streams: ['messages', 'files']});
  expect(read.records('files').map((row) => row.event_id)).toEqual(['e1']);
  const next = await readSource(api, {streams: ['messages', 'files'], states: read.states()});
  expect(next.records('files').map((row) => row.event_id)).toEqual(['e2']);
});

test('pages of log files that do not say if there is more are followed as long as they are full', async () => {
  api.saysMore = false;
  for (let index = 0; index < 250; index++)
    addLog(`eclf_${index}`, 20 - index / 100, messageLine(`e${index}`, hoursAgo(21)));
  const read = await readSource(api, {streams: ['messages']});
  expect(read.ends()).toEqual({messages: 'completed'});
  expect(read.records('messages').length).toBe(250);
});

test('a page that claims to end later than its last log file hides none of those in between', async () => {
  api.pageSize = 2;
  for (const hours of [6, 5, 4, 3, 2]) addLog(`eclf_${hours}`, hours, messageLine(`e${hours}`, hoursAgo(hours)));
  api.lastEndTime = hoursAgo(2.5);
  const read = await readSource(api, {streams: ['messages']});
  expect(read.ends()).toEqual({messages: 'completed'});
  expect(read.records('messages').map((row) => row.event_id)).toEqual(['e6', 'e5', 'e4', 'e3', 'e2']);
});

test('a forbidden file of an actor whose id is no segment of a path is an outcome, and stops no other', async () => {
  const line = messageLine('e1', hoursAgo(4), [{id: 'file-1'}]).replace('"user-1"', '"team/user-1"');
  addLog('eclf_1', 3, line, messageLine('e2', hoursAgo(4), [{id: 'file-2'}]));
  for (const route of ['/project_files/file-1', '/gpt_files/file-1']) api.files.set(route, {route, status: 403});
  api.files.set('file-2', {route: '/users/user-1/files/file-2', bytes: Buffer.from('abc')});
  const read = await readSource(api, {streams: ['messages', 'files']});
  expect(read.ends()).toEqual({messages: 'completed', files: 'completed'});
  expect(read.records('files').map((row) => row.outcome)).toEqual(['forbidden', 'captured']);
});
