// A key that loses its file scope in mid-sync: the lane stops and resumes; no file is written off as forbidden.
import {afterEach, expect, test} from '@jest/globals';
import {type Simulator, startSimulator} from '../../../simulator/server';
import {hoursAgo, messageLine, readSource} from '../read-source';
import {TinyApi} from '../tiny-api';

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

async function read(one: Simulator, states: ReadonlyMap<string, unknown>): ReturnType<typeof readSource> {
  const config = {workspace_id: one.workspaceId, api_key: one.apiKey};
  return readSource(one, {streams: ['messages', 'files'], states, config});
}

test('files end with the scope to grant, messages are complete, and a granted scope brings the rest', async () => {
  const options = {
    seed: 'lost scope',
    nowMs: Date.now(),
    events: 200,
    files: 15,
    days: 2,
    lostScopes: ['files'],
  } as const;
  const scopesLostAfter = 60;
  simulator = await startSimulator({...options, faults: {scopesLostAfter}});
  const first = await read(simulator, new Map());
  expect(first.ends()).toEqual({messages: 'completed', files: 'file_scope_missing'});
  const forbidden = simulator
    .truth()
    .files.filter(({outcome}) => outcome === 'forbidden')
    .map(({fileId}) => fileId);
  const written = first.records('files').filter(({outcome}) => outcome === 'forbidden');
  expect(written.filter((row) => !forbidden.includes(String(row['file_id'])))).toEqual([]);

  await simulator.close();
  simulator = await startSimulator({...options, lostScopes: []});
  const second = await read(simulator, first.states());
  expect(second.ends()).toEqual({messages: 'completed', files: 'completed'});
  const rows = [...first.records('files'), ...second.records('files')];
  const captured = new Set(rows.filter(({outcome}) => outcome === 'captured').map((row) => row['file_id']));
  const obtainable = simulator.truth().files.filter(({outcome}) => outcome === 'captured');
  expect(obtainable.filter(({fileId}) => !captured.has(fileId))).toEqual([]);
});

test('what lies in a library is not written off while the key may not list it', async () => {
  const options = {seed: 'libraries', nowMs: Date.now(), events: 300, files: 20, days: 2} as const;
  simulator = await startSimulator({...options, deniedScopes: ['stateful']});
  const first = await read(simulator, new Map());
  expect(first.ends()).toEqual({messages: 'completed', files: 'stateful_scope_missing'});
  // Uploads would be gone in two days: they do not wait for the permission.
  const soon = new Set(first.records('files').map((row) => row['file_id']));
  const late = simulator.truth().files.filter(({fileId}) => !soon.has(fileId));
  expect(late.filter(({place, outcome}) => place !== 'library' && outcome === 'captured')).toEqual([]);
  await simulator.close();
  simulator = await startSimulator(options);
  const second = await read(simulator, first.states());
  expect(second.ends()).toEqual({messages: 'completed', files: 'completed'});
  const rows = [...first.records('files'), ...second.records('files')];
  const captured = new Set(rows.filter(({outcome}) => outcome === 'captured').map((row) => row['file_id']));
  const obtainable = simulator.truth().files.filter(({outcome}) => outcome === 'captured');
  expect(obtainable.some(({place}) => place === 'library')).toBe(true);
  expect(obtainable.filter(({fileId}) => !captured.has(fileId))).toEqual([]);
});

test.each([
  [
    'one member are all refused, those of others come',
    /\/users\/user-1\/files\//,
    'completed',
    ['forbidden', 'captured'],
  ],
  ['every member are refused, the key has lost its scope', /\/users\/user-\d\/files\//, 'file_scope_missing', []],
])('where the files of %s', async (_, path, end, outcomes) => {
  const api = new TinyApi();
  await api.start();
  api.users = [{id: 'user-1'}, {id: 'user-2'}];
  api.refusals.push({path, status: 403, times: Number.POSITIVE_INFINITY});
  api.files.set('file-2', {route: '/users/user-2/files/file-2', bytes: Buffer.from('abc')});
  const ofOther = messageLine('e2', hoursAgo(4), [{id: 'file-2'}]).replace('"user-1"', '"user-2"');
  api.logFiles.push({
    id: 'eclf_1',
    end_time: hoursAgo(3),
    lines: [messageLine('e1', hoursAgo(4), [{id: 'file-1'}]), ofOther],
  });
  const result = await readSource(api, {streams: ['messages', 'files']});
  await api.stop();
  expect(result.ends()).toEqual({messages: 'completed', files: end});
  expect(result.records('files').map(({outcome}) => outcome)).toEqual(outcomes);
});

test.each([
  ['and those of a member are not', /^\/(project|gpt)_files\//, 'completed', ['forbidden']],
  ['and those of a member are too, the key has lost its scope', /files\//, 'file_scope_missing', []],
])('where the file of somebody who is no member is refused %s', async (_, path, end, outcomes) => {
  const api = new TinyApi();
  await api.start();
  api.users = [{id: 'user-1'}];
  api.refusals.push({path, status: 403, times: Number.POSITIVE_INFINITY});
  const guest = '"actor":{"type":"EXTERNAL_COLLABORATION_USER","provider":"slack","provider_user_id":"U1"}';
  const line = messageLine('e1', hoursAgo(4), [{id: 'file-1'}]).replace(/"actor":{[^}]*}/, guest);
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines: [line]});
  const result = await readSource(api, {streams: ['messages', 'files']});
  await api.stop();
  expect(result.ends()).toEqual({messages: 'completed', files: end});
  expect(result.records('files').map(({outcome}) => outcome)).toEqual(outcomes);
});

test.each([
  ['is withheld while members are listed', /\/users\/user-1\/library_files/, 'completed', ['forbidden']],
  [
    'and the members are refused, the key lacks the scope of both',
    /\/users(\?|$)|library_files/,
    'stateful_scope_missing',
    [],
  ],
])('where no route has a file and the library %s', async (_, path, end, outcomes) => {
  const api = new TinyApi();
  await api.start();
  api.users = [{id: 'user-1'}];
  api.refusals.push({path, status: 403, times: Number.POSITIVE_INFINITY});
  api.logFiles.push({
    id: 'eclf_1',
    end_time: hoursAgo(3),
    lines: [messageLine('e1', hoursAgo(4), [{id: 'file-1'}])],
  });
  const result = await readSource(api, {streams: ['messages', 'files']});
  await api.stop();
  expect(result.ends()).toEqual({messages: 'completed', files: end});
  expect(result.records('files').map(({outcome}) => outcome)).toEqual(outcomes);
});

test('a scope that is lost right after a file was forbidden writes off none of those behind it', async () => {
  const api = new TinyApi();
  await api.start();
  api.users = [{id: 'user-1'}];
  const ids = Array.from({length: 90}, (_, index) => `file-${String(index + 10)}`);
  for (const id of ids) api.files.set(id, {route: `/users/user-1/files/${id}`, bytes: Buffer.from(id)});
  let isProven = false;
  const isRefused = (path: string): boolean => {
    if (isProven) return path.includes('files/');
    isProven = path.endsWith('file-000000000000000000000000');
    return path.endsWith('file-10');
  };
  const path = Object.assign(/files/, {test: isRefused});
  api.refusals.push({path, status: 403, times: Number.POSITIVE_INFINITY});
  const lines = ids.map((id, index) => messageLine(`e${index}`, hoursAgo(4), [{id}]));
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines});
  const result = await readSource(api, {streams: ['messages', 'files']});
  await api.stop();
  expect(result.ends()).toEqual({messages: 'completed', files: 'file_scope_missing'});
  const forbidden = result.records('files').filter(({outcome}) => outcome === 'forbidden');
  expect(forbidden.map((row) => row['file_id'])).toEqual(['file-10']);
});

/** A workspace of one member whose key lists neither members nor libraries; the last of the files is an upload. */
async function openClosedLibraries(count: number): Promise<TinyApi> {
  const api = new TinyApi();
  await api.start();
  api.users = [{id: 'user-1'}];
  api.refusals.push({path: /\/users(\?|$)|library_files/, status: 403, times: Number.POSITIVE_INFINITY});
  api.files.set('upload', {route: '/users/user-1/files/upload', bytes: Buffer.from('abc')});
  const ids = [...Array.from({length: count}, (_, index) => `file-${index}`), 'upload'];
  const lines = ids.map((id, index) => messageLine(`e${index}`, hoursAgo(4), [{id}]));
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines});
  return api;
}

test('uploads do not wait for a library, however many files may lie in one that is closed', async () => {
  const api = await openClosedLibraries(150);
  const result = await readSource(api, {streams: ['messages', 'files']});
  await api.stop();
  expect(result.ends()).toEqual({messages: 'completed', files: 'stateful_scope_missing'});
  const rows = result.records('files');
  expect(rows.at(-1)).toMatchObject({file_id: 'upload', outcome: 'captured'});
  const state = result.states().get('files') as {readonly retry: readonly {readonly file_id: string}[]};
  const others = rows.slice(0, -1);
  expect(new Set(others.map(({outcome}) => outcome))).toEqual(new Set(['forbidden']));
  const told = [...others.map((row) => row['file_id']), ...state.retry.map(({file_id: id}) => id)];
  expect(new Set(told).size).toBe(150);
  expect(state.retry.length).toBeGreaterThan(20);
});

test('what waited for a library for days is not written off by the first trouble once it is open', async () => {
  const api = await openClosedLibraries(1);
  const streams = ['messages', 'files'];
  const closed = await readSource(api, {streams});
  const states = closed.states();
  const saved = states.get('files') as {readonly retry: readonly object[]};
  expect(saved.retry).toHaveLength(1);
  const old = saved.retry.map((entry) => ({...entry, first_attempt_at: hoursAgo(72)}));
  const later = await readSource(api, {streams, states: new Map([...states, ['files', {...saved, retry: old}]])});
  expect(later.ends()).toEqual({messages: 'completed', files: 'stateful_scope_missing'});
  api.refusals.splice(0);
  api.files.set('file-0', {route: '/users/user-1/files/file-0', status: 418});
  const troubled = await readSource(api, {streams, states: later.states()});
  expect(troubled.ends()).toEqual({messages: 'completed', files: 'completed'});
  expect(troubled.records('files')).toEqual([]);
  api.files.set('file-0', {route: '/users/user-1/files/file-0', bytes: Buffer.from('x')});
  const last = await readSource(api, {streams, states: troubled.states()});
  await api.stop();
  expect(last.records('files').map((row) => row['outcome'])).toEqual(['captured']);
});

test('a file that is refused at its own route waits too while the library is closed that it may lie in', async () => {
  const api = await openClosedLibraries(1);
  api.refusals.push({path: /\/files\/file-0$/, status: 403, times: Number.POSITIVE_INFINITY});
  const streams = ['messages', 'files'];
  const closed = await readSource(api, {streams});
  expect(closed.ends()).toEqual({messages: 'completed', files: 'stateful_scope_missing'});
  expect(closed.records('files').map((row) => row['file_id'])).toEqual(['upload']);
  api.refusals.shift();
  const opened = await readSource(api, {streams, states: closed.states()});
  await api.stop();
  expect(opened.ends()).toEqual({messages: 'completed', files: 'completed'});
  expect(opened.records('files').map((row) => row['outcome'])).toEqual(['forbidden']);
});
