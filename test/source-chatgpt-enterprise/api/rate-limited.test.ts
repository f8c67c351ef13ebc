// A rate limit is waited out and told to the platform; one beyond an hour ends the stream.
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

test('Retry-After is obeyed, and the wait is an output of the stream', async () => {
  api.refusals.push({path: /^\/logs\//, status: 429, headers: {'retry-after': '1'}, times: 1});
  const read = await readSource(api, {streams: ['messages']});
  expect(read.outputs.map(({kind}) => kind)).toEqual([
    'started',
    'rate_limited',
    'estimate',
    'record',
    'state',
    'completed',
  ]);
});

test.each([{status: 500}, {status: 503}, {status: 408}])('HTTP $status is tried again', async ({status}) => {
  api.refusals.push({path: /^\/logs/, status, times: 2});
  const read = await readSource(api, {streams: ['messages']});
  expect(read.records('messages').length).toBe(1);
});

test('a wait beyond an hour fails the stream, and the others go on', async () => {
  api.refusals.push({path: /^\/logs/, status: 429, headers: {'retry-after': '4000'}, times: 1});
  api.users = [{id: 'user-1'}];
  const read = await readSource(api, {streams: ['users', 'messages', 'capture_runs']});
  expect(read.ends()).toEqual({users: 'completed', messages: 'rate_limited', capture_runs: 'completed'});
});

test.each([
  {status: 401, code: 'key_rejected'},
  {status: 403, code: 'log_scope_missing'},
  {status: 400, code: 'request_rejected'},
  {status: 422, code: 'request_rejected'},
])('HTTP $status is not tried again and means $code', async ({code, status}) => {
  api.refusals.push({path: /^\/logs/, status, times: 1});
  const read = await readSource(api, {streams: ['messages']});
  expect(read.ends()).toEqual({messages: code});
  expect(api.countOf(/^\/logs/)).toBe(1);
});
