// Answers of the API that are not what they should be: told as such, never taken for "nothing there".
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {streamDefinitions} from '../../../contract';
import {sha256Hex} from '../../../core/digest';
import type {Trouble} from '../../../simulator/api/interference';
import {readAll, waitForEnd, waitForOutput} from '../../airbyte/connector-run';
import {canary} from '../../support/canary';
import {event, SourceBench, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

const logFile = {id: 'eclf_1', end_time: timeAgo(3), file_size: 9, file_sha256: 'f'.repeat(64)};
const html = Buffer.from(`<html><title>Sign in to the proxy</title>${canary.text}</html>`);

describe('a page of log files', () => {
  test.each<[string, Buffer | object]>([
    ['a page of a proxy', html],
    ['an empty body', Buffer.alloc(0)],
    ['an object without data', {object: 'list', has_more: false}],
    ['data that is no list', {data: {}, has_more: false}],
    ['a file without an id', {data: [{...logFile, id: ''}], has_more: false}],
    ['a file without a hash', {data: [{...logFile, file_sha256: null}], has_more: false}],
    ['an end time that is none', {data: [{...logFile, end_time: canary.text}], has_more: false}],
    ['a last end time that is none', {data: [], has_more: true, last_end_time: canary.text}],
    ['a promise of more that never comes', {data: [], has_more: true, last_end_time: null}],
  ])('that is %s fails the stream; the cursor stays, the others go on', async (_, body) => {
    const trouble: Trouble = {
      kind: 'answer',
      body,
      headers: Buffer.isBuffer(body) ? {'content-type': 'text/html'} : {},
    };
    bench.simulator.interfere({path: /\/logs$/, trouble});
    bench.log(3, [event('e1')]);
    const run = await bench.read({streams: ['messages', 'capture_runs']});
    expect(run.ends).toEqual({messages: 'INCOMPLETE', capture_runs: 'COMPLETE'});
    expect(run.errors[0]).toMatchObject({failure_type: 'system_error'});
    expect(run.stateOf('messages')).toBeUndefined();
  });

  test('whose end time never moves on is not listed for ever', async () => {
    const data = Array.from({length: 100}, (_, index) => ({...logFile, id: `eclf_${index}`}));
    const body = {data, has_more: true, last_end_time: logFile.end_time};
    bench.simulator.interfere({path: /\/logs$/, trouble: {kind: 'answer', body}});
    const run = await bench.read({streams: ['messages']});
    expect(run.ends).toEqual({messages: 'INCOMPLETE'});
    expect(bench.requestsTo(/\/logs\?/)).toBeLessThan(4);
  });

  test('that is empty yet not the last one hides none of those behind it', async () => {
    bench.log(3, [event('e1')]);
    const body = {data: [], has_more: true, last_end_time: timeAgo(5)};
    bench.simulator.interfere({path: /\/logs$/, times: 1, trouble: {kind: 'answer', body}});
    const run = await bench.read({streams: ['messages']});
    expect(run.rows('messages')).toMatchObject([{event_id: 'e1'}]);
  });

  test('with an id that is no segment of a path is refused', async () => {
    const body = {data: [{...logFile, id: '../users'}], has_more: false};
    bench.simulator.interfere({path: /\/logs$/, trouble: {kind: 'answer', body}});
    const run = await bench.read({streams: ['messages']});
    expect(run.ends).toEqual({messages: 'INCOMPLETE'});
    expect(bench.requestsTo(/users/)).toBe(0);
  });

  test('with fields of tomorrow is read', async () => {
    const id = bench.log(3, [event('e1')]);
    const [line] = (await bench.read({streams: ['messages']})).rows('messages');
    expect(line).toMatchObject({log_file_id: id});
    const body = {data: [], has_more: false, last_end_time: null, next: {cursor: 1}, object: 'page'};
    bench.simulator.interfere({path: /\/logs$/, trouble: {kind: 'answer', body}});
    expect((await bench.read({streams: ['messages']})).ends).toEqual({messages: 'COMPLETE'});
  });

  test.each(['cut', 'stalled'])('that is %s is asked for again, or given up at the end of the run', async (kind) => {
    bench.log(3, [event('e1')]);
    if (kind === 'cut') {
      bench.simulator.interfere({path: /\/logs$/, times: 2, trouble: {kind: 'cut'}});
      expect((await bench.read({streams: ['messages']})).rows('messages')).toHaveLength(1);
      return;
    }
    bench.simulator.interfere({path: /\/logs$/, trouble: {kind: 'stall'}});
    const child = bench.start({streams: ['messages']});
    const stderr = readAll(child.stderr);
    await waitForOutput(child, 'STARTED');
    child.kill('SIGTERM');
    expect(await waitForEnd(child)).toEqual({exitCode: null, signal: 'SIGTERM'});
    expect(await stderr).toBe('');
  });
});

describe('the users', () => {
  test.each<[string, object]>([
    ['an object without data', {has_more: false}],
    ['more to come without a place to go on', {data: [], has_more: true, last_id: null}],
    ['no clear word on whether there is more', {data: [{id: 'user-1'}], has_more: 'true', last_id: 'user-1'}],
  ])('that are %s fail their stream alone', async (_, body) => {
    bench.simulator.interfere({path: /\/users$/, trouble: {kind: 'answer', body}});
    bench.log(3, [event('e1')]);
    const run = await bench.read({streams: ['users', 'messages']});
    expect(run.ends).toEqual({users: 'INCOMPLETE', messages: 'COMPLETE'});
    expect(run.errors).toMatchObject([{failure_type: 'system_error', stream_descriptor: {name: 'users'}}]);
  });

  test('that have no id are captured under the hash of what came', async () => {
    const body = {data: [{email: 'ana@acme.test'}], has_more: false};
    bench.simulator.interfere({path: /\/users$/, trouble: {kind: 'answer', body}});
    const run = await bench.read({streams: ['users']});
    expect(run.ends).toEqual({users: 'COMPLETE'});
    const id = `unidentified:${sha256Hex('{"email":"ana@acme.test"}')}`;
    expect(run.rows('users')).toMatchObject([{id, email: 'ana@acme.test'}]);
  });

  test('that never end are not listed for ever', async () => {
    const body = {data: [{id: 'user-1'}], has_more: true, last_id: 'user-1'};
    bench.simulator.interfere({path: /\/users$/, trouble: {kind: 'answer', body}});
    const run = await bench.read({streams: ['users']});
    expect(run.ends).toEqual({users: 'INCOMPLETE'});
    expect(bench.requestsTo(/\/users\?/)).toBe(2);
  });
});

test.each(streamDefinitions.filter(({row}) => 'object_json' in row.shape).map(({name}) => name))(
  'elements of a listing that are no objects are rows of %s, and end no stream',
  async (stream) => {
    const data = [null, 5, 'text', ['list'], {id: 'object-1'}];
    const routes = [
      'gpts',
      'projects',
      'memories',
      'codex_tasks',
      'codex_environments',
      'agents',
      'skills',
      'agent-skills',
    ];
    const ofMember = '[^/]+/(automations|recordings|canvases|library_files)';
    const path = new RegExp(`/(${stream === 'users' ? 'users' : `${routes.join('|')}|users/${ofMember}`})$`);
    bench.simulator.interfere({path, trouble: {kind: 'answer', body: {data, has_more: false}}});
    const run = await bench.read({streams: [stream]});
    expect(run.ends).toEqual({[stream]: 'COMPLETE'});
    expect(run.rows(stream).map((row) => row['object_json'])).toEqual(
      expect.arrayContaining(data.map((element) => JSON.stringify(element)))
    );
  }
);

describe('SIGTERM', () => {
  test('during a long wait for a rate limit ends the process by the signal', async () => {
    const trouble: Trouble = {kind: 'refuse', status: 429, headers: {'retry-after': '600'}};
    bench.simulator.interfere({path: /\/logs$/, trouble});
    const child = bench.start({streams: ['messages']});
    const stderr = readAll(child.stderr);
    await waitForOutput(child, 'RATE_LIMITED');
    child.kill('SIGTERM');
    expect(await waitForEnd(child)).toEqual({exitCode: null, signal: 'SIGTERM'});
    expect(await stderr).toBe('');
  });

  test('during a check ends the process by the signal', async () => {
    bench.simulator.interfere({path: /\/logs$/, trouble: {kind: 'stall'}});
    const child = bench.startCheck();
    const stderr = readAll(child.stderr);
    while (bench.simulator.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGTERM');
    expect(await waitForEnd(child)).toEqual({exitCode: null, signal: 'SIGTERM'});
    expect(await stderr).toBe('');
  });
});
