// Which streams are selected, in which order and with which states: each reads the same, alone or together.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {streamDefinitions} from '../../../contract';
import {event, type Row, SourceBench, type SourceRun, timeAgo} from './source-bench';

const everyStream = streamDefinitions.map(({name}) => name);
let bench: SourceBench;
let whole: SourceRun;

/** One workspace for all tests of this file; none of them changes it. */
beforeAll(async () => {
  bench = await SourceBench.open();
  bench.file('file-1', 'bytes of a file');
  bench.log(5, [event('e1', {files: ['file-1']}), event('e2', {conversation: 'c-2'})]);
  bench.log(3, [event('e3', {files: ['file-2'], timestamp: timeAgo(4)}), 'no event']);
  whole = await bench.read({streams: everyStream});
});
afterAll(() => bench.close());

/** The files of objects come only when the streams of the objects are selected too. */
function isOfObject(row: Row): boolean {
  return /^(gpts|projects|library_files|skills):/.test(String(row['event_id']));
}

/** What was said of a stream, without what differs from run to run. */
function rowsOf(run: SourceRun, stream: string): unknown[] {
  const rows = run.rows(stream).filter((row) => !isOfObject(row));
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(['captured_at', 'updated_at', 'first_attempt_at', 'transfer_id'].map((name) => [name, null])),
  }));
}

function isAlike(stream: string): boolean {
  return stream !== 'capture_runs';
}

test('all streams of the whole workspace complete, each with a state', () => {
  expect(whole.exitCode).toBe(0);
  expect(whole.ends).toEqual(Object.fromEntries(everyStream.map((name) => [name, 'COMPLETE'])));
  expect(whole.lastStates).toHaveLength(everyStream.length);
  expect(whole.rows('messages')).toHaveLength(4);
  const files = whole.rows('files');
  expect(files.filter((row) => !isOfObject(row)).map((row) => row['outcome'])).toEqual(['captured', 'not_found']);
  expect(files.filter(isOfObject).length).toBeGreaterThan(0);
});

describe('a selection', () => {
  test.each(everyStream)('of %s alone reads what it reads beside the others', async (stream) => {
    const run = await bench.read({streams: [stream]});
    expect(run.ends).toEqual({[stream]: 'COMPLETE'});
    expect(run.lastStates).toHaveLength(1);
    if (stream === 'capture_runs') {
      expect(run.rows(stream)).toMatchObject([{log_files: 0, events: 0, records: {}}]);
    } else if (stream === 'files') {
      const beside = rowsOf(whole, stream);
      expect(rowsOf(run, stream)).toEqual(beside);
      expect(run.rows(stream)[0]).toMatchObject({outcome: 'captured', transfer_id: null, size: 15});
    } else {
      expect(rowsOf(run, stream)).toEqual(rowsOf(whole, stream));
    }
    expect(run.result.messages.filter(({type}) => type === 'RECORD')).toHaveLength(run.rows(stream).length);
  });

  test.each([
    ['backwards', [...everyStream].reverse()],
    ['files first', ['file_chunks', 'files', 'capture_runs', 'conversations', 'messages', 'users']],
    ['two of them', ['file_chunks', 'messages']],
  ])('in any order reads the same, messages before their files: %s', async (_, streams) => {
    const run = await bench.read({streams});
    for (const stream of streams.filter(isAlike)) expect(rowsOf(run, stream)).toEqual(rowsOf(whole, stream));
    const order = run.result.messages.flatMap(({record, type}) =>
      type === 'RECORD' ? [(record as {stream: string}).stream] : []
    );
    if (streams.includes('messages')) {
      expect(order.lastIndexOf('messages')).toBeLessThan(order.findIndex((stream) => stream.startsWith('file')));
    }
  });

  test('of nothing is nothing, and success', async () => {
    const run = await bench.read({streams: []});
    expect(run.exitCode).toBe(0);
    expect(run.result.messages.filter(({type}) => type !== 'LOG')).toEqual([]);
  });

  test('of the same stream twice reads it once', async () => {
    const run = await bench.read({streams: ['users', 'users']});
    expect(run.statuses.filter((status) => status === 'COMPLETE users')).toHaveLength(1);
  });

  test.each([['nobody_knows'], ['Messages'], ['']])(
    'of a stream that is not there is told, and reads nothing: %j',
    async (name) => {
      const run = await bench.read({streams: ['users', name]});
      expect(run.errors).toMatchObject([
        {failure_type: 'config_error', message: expect.stringContaining(JSON.stringify(name)) as unknown},
      ]);
      expect(run.exitCode).toBe(1);
      expect(run.result.messages.filter(({type}) => type === 'RECORD' || type === 'STATE')).toEqual([]);
    }
  );

  test.each([
    ['no streams', {}],
    ['a stream without a name', {streams: [{stream: {}, sync_mode: 'incremental'}]}],
    ['an unknown sync mode', {streams: [{stream: {name: 'users'}, sync_mode: 'INVALID'}]}],
    ['a list', []],
    ['no JSON', '{"streams":['],
  ])('in a catalog with %s is a configuration error', async (_, catalog) => {
    const config = bench.write('config', 'json', bench.config);
    const run = await bench.run(['read', '--config', config, '--catalog', bench.write('catalog', 'json', catalog)]);
    expect(run.errors).toMatchObject([{failure_type: 'config_error'}]);
  });

  test('in a catalog full of nulls and unknown fields is read', async () => {
    const stream = {name: 'users', namespace: null, json_schema: {}, default_cursor_field: null, is_file_based: null};
    const configured = {
      stream,
      sync_mode: 'incremental',
      destination_sync_mode: null,
      cursor_field: null,
      primary_key: null,
    };
    const catalog = {streams: [{...configured, generation_id: 7, sync_id: 8, minimum_generation_id: 0, fields: null}]};
    const config = bench.write('config', 'json', bench.config);
    const run = await bench.run(['read', '--config', config, '--catalog', bench.write('catalog', 'txt', catalog)]);
    expect(run.ends).toEqual({users: 'COMPLETE'});
  });
});

describe('a state', () => {
  const streams = everyStream.filter((name) => name !== 'capture_runs');

  test.each([
    ['as the platform writes it', (states: object[]) => states],
    [
      'as PyAirbyte writes it, full of nulls',
      (states: object[]) =>
        states.map((state) => ({...state, global: null, data: null, destinationStats: null, id: 7})),
    ],
    ['as whole messages', (states: object[]) => states.map((state) => ({type: 'STATE', state}))],
    [
      'with older ones of the same streams before it',
      (states: object[]) => [
        ...states.map((state) => ({...state, stream: {...(state as {stream: object}).stream, stream_state: null}})),
        ...states,
      ],
    ],
    [
      'with one of a stream that is no more',
      (states: object[]) => [
        {type: 'STREAM', stream: {stream_descriptor: {name: 'gone'}, stream_state: {version: 99}}},
        ...states,
      ],
    ],
  ])('%s is gone on from: nothing comes twice', async (_, write) => {
    const run = await bench.read({streams, state: write(whole.lastStates), ending: 'txt'});
    expect(run.exitCode).toBe(0);
    expect(run.result.messages.filter(({type}) => type === 'RECORD')).toEqual([]);
    // Streams that are read side by side come in any order; those without log files say when they were looked at.
    const told = ({lastStates}: SourceRun): unknown[] =>
      lastStates
        .map((state) => state['stream'] as {stream_descriptor: {name: string}; stream_state: object})
        .filter(({stream_descriptor: {name}}) => name !== 'capture_runs')
        .sort((a, b) => (a.stream_descriptor.name < b.stream_descriptor.name ? -1 : 1))
        .map((stream) => ({...stream, stream_state: {...stream.stream_state, listed_at: undefined}}));
    expect(told(run)).toEqual(told(whole));
  });

  test.each([
    ['an empty list', []],
    ['an empty object', {}],
    ['an empty file', ''],
    [
      'nothing but nulls',
      [{type: 'STREAM', stream: {stream_descriptor: {name: 'messages', namespace: null}, stream_state: null}}],
    ],
    ['an empty stream state', [{type: 'STREAM', stream: {stream_descriptor: {name: 'messages'}, stream_state: {}}}]],
    ['no state in the stream', [{type: 'STREAM', stream: {stream_descriptor: {name: 'messages'}}}]],
  ])('that is %s begins at the start', async (_, state) => {
    const run = await bench.read({streams: ['messages'], state});
    expect(run.exitCode).toBe(0);
    expect(run.rows('messages')).toHaveLength(4);
  });

  test('file that is not there begins at the start', async () => {
    const config = bench.write('config', 'json', bench.config);
    const catalog = bench.write('catalog', 'json', {streams: [{stream: {name: 'messages'}, sync_mode: 'incremental'}]});
    const run = await bench.run(['read', '--config', config, '--catalog', catalog, '--state', '/nowhere/state.json']);
    expect(run.rows('messages')).toHaveLength(4);
  });

  test('is passed over by a full refresh, which ends with a state of its own', async () => {
    const run = await bench.read({streams, state: whole.lastStates, syncMode: 'full_refresh'});
    for (const stream of streams) expect(rowsOf(run, stream)).toEqual(rowsOf(whole, stream));
    expect(run.lastStates).toHaveLength(streams.length);
  });

  test.each(streams)(
    'of a newer version of %s is refused with a clear text, and the other streams go on',
    async (stream) => {
      const state = whole.lastStates.map(
        (one) =>
          JSON.parse(
            JSON.stringify(one).replace(
              '"version":1',
              `"version":${JSON.stringify(one).includes(`"${stream}"`) ? 2 : 1}`
            )
          ) as object
      );
      const run = await bench.read({streams: [...streams, 'capture_runs'], state});
      expect(run.exitCode).toBe(1);
      const error = run.errors.find((one) => one.stream_descriptor?.name === stream);
      expect(error).toMatchObject({failure_type: 'config_error'});
      expect(error!.message).toMatch(
        /newer version of the connector wrote the saved state.*its form is 2, this version reads 1.*clear the affected streams/
      );
      expect(run.ends).toMatchObject({[stream]: 'INCOMPLETE', capture_runs: 'COMPLETE'});
      expect(run.stateOf(stream)).toBeUndefined();
    }
  );

  test.each([
    ['a text', 'yesterday'],
    ['a list', [1]],
    ['another connector', {cursor: '2026-10-01'}],
    ['damaged', {version: 1, last_end_time: 'yesterday', done: []}],
  ])('that is %s is refused, never taken for a start', async (_, streamState) => {
    const state = [{type: 'STREAM', stream: {stream_descriptor: {name: 'messages'}, stream_state: streamState}}];
    const run = await bench.read({streams: ['messages'], state});
    expect(run.errors).toMatchObject([{failure_type: 'config_error', stream_descriptor: {name: 'messages'}}]);
    expect(run.rows('messages')).toEqual([]);
  });

  test('of another workspace is refused before anything is read: its positions would pass over events of this one', async () => {
    const other = JSON.parse(
      JSON.stringify(whole.lastStates).replaceAll(bench.simulator.workspaceId, '00000000-0000-4000-8000-00000000000a')
    ) as unknown;
    const before = bench.simulator.requests.length;
    const run = await bench.read({streams: ['users', 'messages', 'files'], state: other});
    expect(run.errors).toMatchObject([
      {failure_type: 'config_error', message: expect.stringMatching(/another workspace.*clear/) as unknown},
    ]);
    expect(run.result.messages.filter(({type}) => type === 'RECORD' || type === 'STATE')).toEqual([]);
    expect(bench.simulator.requests.length).toBe(before);
    const full = await bench.read({streams: ['messages'], state: other, syncMode: 'full_refresh'});
    expect(full.rows('messages')).toHaveLength(4);
  });

  test('that was written before states named their workspace is gone on from', async () => {
    const id = JSON.stringify({workspace_id: bench.simulator.workspaceId}).slice(1, -1);
    const state = JSON.parse(JSON.stringify(whole.lastStates).replaceAll(`,${id}`, '')) as unknown;
    expect(JSON.stringify(state)).not.toContain('workspace_id');
    const run = await bench.read({streams: ['messages', 'files', 'users'], state});
    expect(run.exitCode).toBe(0);
    expect(run.result.messages.filter(({type}) => type === 'RECORD')).toEqual([]);
    expect(run.stateOf('messages')).toMatchObject({workspace_id: bench.simulator.workspaceId});
  });

  const future = {version: 1, last_end_time: '2999-01-01T00:00:00.000000Z', done: []};
  const bounded = {...future, last_end_time: '2026-01-01T00:00:00.000000Z', not_before: future.last_end_time};
  test.each([
    {stream: 'messages', streamState: future},
    {stream: 'messages', streamState: bounded},
    {stream: 'audit_logs', streamState: future},
    {stream: 'files', streamState: {version: 1, recent: future, backlog: [], retry: []}},
  ])('far in the future is refused: $stream would pass over everything until then', async ({stream, streamState}) => {
    const state = [{type: 'STREAM', stream: {stream_descriptor: {name: stream}, stream_state: streamState}}];
    const run = await bench.read({streams: [stream, 'capture_runs'], state});
    expect(run.ends).toEqual({[stream]: 'INCOMPLETE', capture_runs: 'COMPLETE'});
    expect(run.errors.map(({message}) => message)).toEqual([expect.stringContaining('yet to come')]);
    expect(run.stateOf(stream)).toBeUndefined();
  });

  test('older than the retention is a gap that is told and reported, and what is left is read', async () => {
    const streamState = {version: 1, last_end_time: '2026-01-01T00:00:00.000000Z', done: []};
    const state = [{type: 'STREAM', stream: {stream_descriptor: {name: 'messages'}, stream_state: streamState}}];
    const run = await bench.read({streams: ['messages', 'capture_runs'], state});
    expect(run.exitCode).toBe(0);
    expect(run.rows('messages')).toHaveLength(4);
    expect(run.logs('WARN').join()).toContain('retention_gap');
    expect(run.rows('capture_runs')).toMatchObject([{retention_gap: {from: '2026-01-01T00:00:00.000000Z'}}]);
  });
});
