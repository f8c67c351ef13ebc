// Cursors that are nowhere near the present: ahead of the clock, behind retention, from a newer version.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {hoursAgo, messageLine, readSource} from '../read-source';
import {TinyApi} from '../tiny-api';

let api: TinyApi;

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines: [messageLine('e1', hoursAgo(4))]});
});
afterEach(() => api.stop());

test('a cursor in the future is refused, and no file precedes its message', async () => {
  api.logFiles.push({
    id: 'eclf_2',
    end_time: hoursAgo(2),
    lines: [messageLine('e2', hoursAgo(3), [{id: 'file-1', name: 'a'}])],
  });
  const state = {version: 1, last_end_time: hoursAgo(-24 * 365), done: []};
  const read = await readSource(api, {streams: ['messages', 'files'], states: new Map([['messages', state]])});
  expect(read.records('messages')).toEqual([]);
  expect(read.records('files')).toEqual([]);
  expect(read.states().get('messages')).toBeUndefined();
  expect(read.ends()).toEqual({messages: 'state_invalid', files: 'completed'});
});

test('a cursor in the future fails its stream alone, and the files of messages are read', async () => {
  const lines = [messageLine('e2', hoursAgo(3), [{id: 'file-1', name: 'a'}])];
  api.logFiles.push({id: 'eclf_2', end_time: hoursAgo(2), lines});
  const states = new Map([['conversations', {version: 1, last_end_time: hoursAgo(-24 * 365), done: []}]]);
  const read = await readSource(api, {streams: ['messages', 'conversations', 'files'], states});
  expect(read.records('messages').map((row) => row['event_id'])).toEqual(['e1', 'e2']);
  expect(read.records('conversations')).toEqual([]);
  expect(read.records('files')).toMatchObject([{file_id: 'file-1'}]);
  expect(read.states().get('conversations')).toBeUndefined();
  expect(read.ends()).toEqual({messages: 'completed', conversations: 'state_invalid', files: 'completed'});
});

test('a cursor that is ahead by less than clocks may differ goes on, also where it lists from its very end', async () => {
  const [last_end_time, not_before] = [hoursAgo(-0.8), hoursAgo(-0.79)];
  const states = new Map([['messages', {version: 1, last_end_time, not_before, done: []}]]);
  const read = await readSource(api, {streams: ['messages'], states});
  expect(read.ends()).toEqual({messages: 'completed'});
});

test('log files that end a little after our own clock are read', async () => {
  api.logFiles.push({id: 'eclf_2', end_time: hoursAgo(-0.1), lines: [messageLine('e2', hoursAgo(0))]});
  const read = await readSource(api, {streams: ['messages']});
  expect(read.records('messages').map((row) => row['event_id'])).toEqual(['e1', 'e2']);
});

test('a cursor older than retention is a gap with its bounds, told in the log with what helps', async () => {
  const from = hoursAgo(40 * 24);
  const states = new Map([['messages', {version: 1, last_end_time: from, done: []}]]);
  const read = await readSource(api, {streams: ['messages', 'capture_runs'], states});
  expect(read.records('messages').length).toBe(1);
  expect(read.records('capture_runs')).toMatchObject([{retention_gap: {from}}]);
  expect(read.log.join('\n')).toMatch(/retention_gap: .*OpenAI support can replay/);
});

test('a state of a newer version is refused by name, and the other streams go on', async () => {
  const states = new Map([['messages', {version: 2, position: 'x'}]]);
  const read = await readSource(api, {streams: ['messages', 'conversations'], states});
  expect(read.ends()).toEqual({messages: 'state_invalid', conversations: 'completed'});
});

test('a stream that is quiet for longer than the retention is no gap as long as somebody looks', async () => {
  const from = hoursAgo(40 * 24);
  api.logFiles = [];
  const streams = ['messages', 'capture_runs'];
  const saved = new Map([['messages', {version: 1, last_end_time: from, done: []}]]);
  const first = await readSource(api, {streams, states: saved});
  expect(first.records('capture_runs')).toMatchObject([{retention_gap: {from}}]);
  const second = await readSource(api, {streams, states: first.states()});
  expect(second.ends()).toEqual({messages: 'completed', capture_runs: 'completed'});
  expect(second.records('capture_runs')).toMatchObject([{retention_gap: null}]);
  expect(second.log.join('\n')).not.toContain('retention_gap');
});
