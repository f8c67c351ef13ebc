// The pace of the executable: its own limit, and whatever the API tells it to wait.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {logStreams} from '../../../contract/log-streams';
import {clockAhead, skippingClock} from './hasty-clock';
import {event, microsAgo, SourceBench, type SourceRun, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

interface StreamStatus {
  readonly stream_descriptor: {readonly name: string};
  readonly status: string;
  readonly reasons?: readonly {readonly type: string; readonly rate_limited?: {readonly quota_reset: number}}[];
}

/** The statuses that say until when a stream is limited. */
function limits(run: SourceRun): {readonly stream: string; readonly untilMs: number}[] {
  return run.result.messages.flatMap((message) => {
    const {trace} = message as {trace?: {stream_status?: StreamStatus}};
    const [reason] = trace?.stream_status?.reasons ?? [];
    if (trace?.stream_status?.status !== 'RUNNING' || reason?.type !== 'RATE_LIMITED') return [];
    return [{stream: trace.stream_status.stream_descriptor.name, untilMs: reason.rate_limited!.quota_reset}];
  });
}

test('a route starts as many requests in sixty seconds as the configuration says: never more, and no fewer', async () => {
  const perMinute = 5;
  const logFiles = 13;
  for (let index = 0; index < logFiles; index++) bench.log(20 - index, [event(`e${index}`)]);
  const clock = skippingClock();
  const run = await bench.read({
    streams: ['users', 'messages'],
    config: {requests_per_minute: perMinute},
    env: clock.environment,
  });
  expect(run.rows('messages')).toHaveLength(logFiles);
  const times = clock.starts().flatMap(({atMs, path}) => (/\/logs\/eclf_/.test(path) ? [atMs] : []));
  expect(times).toHaveLength(logFiles);
  for (const [index, atMs] of times.entries()) {
    const beyond = times[index + perMinute];
    if (beyond !== undefined) expect(beyond - atMs).toBeGreaterThanOrEqual(60_000);
  }
  const minutesWaited = (times.at(-1)! - times[0]!) / 60_000;
  expect(Math.floor(minutesWaited)).toBe(2);
});

test('the log files of all event types use up the pace, though their passes come one after another and answers take a while', async () => {
  await bench.close();
  bench = await SourceBench.open({faults: {latencyMs: 150, latencySpreadMs: 150}});
  const perMinute = 5;
  const each = 4;
  for (const {eventType} of logStreams) {
    for (let index = 0; index < each; index++) {
      const timestamp = timeAgo(21 - index);
      const line = JSON.stringify({event_id: `${eventType}-${index}`, type: eventType, timestamp});
      bench.simulator.plantLog({endMicros: microsAgo(20 - index), eventType, lines: [line]});
    }
  }
  const clock = skippingClock();
  const streams = logStreams.map(({name}) => name);
  const run = await bench.read({streams, config: {requests_per_minute: perMinute}, env: clock.environment});
  expect(streams.flatMap((name) => run.rows(name))).toHaveLength(each * streams.length);
  const times = clock.starts().flatMap(({atMs, path}) => (/\/logs\/eclf_/.test(path) ? [atMs] : []));
  expect(times).toHaveLength(each * streams.length);
  const fewest = Math.floor((times.length - 1) / perMinute) * 60_000;
  expect(fewest / (times.at(-1)! - times[0]!)).toBeGreaterThan(0.95);
});

describe('HTTP 429', () => {
  const inTwoMinutes = (): string => new Date(Date.now() + 120_000).toUTCString();

  test.each([
    {says: 'seconds', headers: () => ({'retry-after': '120'}), leastMs: 119_000},
    {says: 'a date', headers: () => ({'retry-after': inTwoMinutes()}), leastMs: 60_000},
    {says: 'nothing', headers: () => ({}), leastMs: 9_000},
    {says: 'something unreadable', headers: () => ({'retry-after': 'soon'}), leastMs: 9_000},
  ])('that says $says is waited out, and told with its end', async ({headers, leastMs}) => {
    bench.log(3, [event('e1')]);
    const clock = skippingClock();
    bench.simulator.interfere({path: /\/logs$/, times: 1, trouble: {kind: 'refuse', status: 429, headers: headers()}});
    const run = await bench.read({streams: ['messages'], env: clock.environment});
    expect(run.rows('messages')).toHaveLength(1);
    const times = clock.starts().flatMap(({atMs, path}) => (path.endsWith('/logs') ? [atMs] : []));
    expect(times).toHaveLength(2);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(leastMs);
    expect(limits(run)).toMatchObject([{stream: 'messages'}]);
    const {untilMs} = limits(run)[0]!;
    expect(untilMs - times[0]!).toBeGreaterThanOrEqual(leastMs);
    expect(times[1]).toBeGreaterThanOrEqual(untilMs);
  });

  test.each([-3, 3])(
    'with a date is waited out by the clock of the API, from which ours differs by %s hours',
    async (hours) => {
      bench.log(3, [event('e1')]);
      const clock = skippingClock();
      const options = [clockAhead(hours / 24), clock.environment].map((environment) => environment['NODE_OPTIONS']);
      const headers = {'retry-after': inTwoMinutes()};
      bench.simulator.interfere({path: /\/logs$/, times: 1, trouble: {kind: 'refuse', status: 429, headers}});
      const run = await bench.read({
        streams: ['messages'],
        env: {...clock.environment, NODE_OPTIONS: options.join(' ')},
      });
      expect(run.rows('messages')).toHaveLength(1);
      const times = clock.starts().flatMap(({atMs, path}) => (path.endsWith('/logs') ? [atMs] : []));
      expect(times).toHaveLength(2);
      expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(60_000);
    }
  );

  test('of the route of uploads is told by their streams, and the messages are complete before it', async () => {
    bench.file('file-1', 'bytes');
    bench.log(3, [event('e1', {files: ['file-1']})]);
    const clock = skippingClock();
    const trouble = {kind: 'refuse', status: 429, headers: {'retry-after': '300'}} as const;
    bench.simulator.interfere({path: /files\/file-1$/, times: 1, trouble});
    const run = await bench.read({streams: ['messages', 'files', 'file_chunks'], env: clock.environment});
    expect(run.rows('files')).toMatchObject([{outcome: 'captured'}]);
    expect(limits(run).map(({stream}) => stream)).toEqual(['file_chunks', 'files']);
  });

  test.each([
    {name: 'a wait of more than an hour', retryAfter: '3601', asked: 1},
    {name: 'waits of more than an hour in all', retryAfter: '1500', asked: 3},
  ])('$name ends the stream with a state to go on from; the others go on', async ({asked, retryAfter}) => {
    bench.log(9, [event('e1')]);
    const limited = bench.log(8, [event('e2')]);
    bench.log(7, [event('e3')]);
    const path = new RegExp(`/logs/${limited}$`);
    const trouble = {kind: 'refuse', status: 429, headers: {'retry-after': retryAfter}} as const;
    const stop = bench.simulator.interfere({path, trouble});
    const streams = ['users', 'messages', 'audit_logs', 'gpts', 'capture_runs'];
    const run = await bench.read({streams, env: skippingClock().environment});
    expect(run.ends).toEqual({
      users: 'COMPLETE',
      messages: 'INCOMPLETE',
      audit_logs: 'COMPLETE',
      gpts: 'COMPLETE',
      capture_runs: 'COMPLETE',
    });
    expect(run.errors).toMatchObject([{failure_type: 'transient_error', stream_descriptor: {name: 'messages'}}]);
    expect(run.errors[0]!.message).toMatch(/Rate limited while downloading log file/);
    expect(run.rows('messages')).toMatchObject([{event_id: 'e1'}]);
    expect(bench.requestsTo(path)).toBe(asked);
    stop();
    const next = await bench.read({streams, state: run.lastStates});
    expect(next.rows('messages')).toMatchObject([{event_id: 'e2'}, {event_id: 'e3'}]);
    expect(next.exitCode).toBe(0);
  });

  test('of more than an hour is obeyed by all that need the route: nobody asks it again', async () => {
    const path = /\/logs$/;
    const trouble = {kind: 'refuse', status: 429, headers: {'retry-after': '4000'}} as const;
    bench.simulator.interfere({path, times: 1, trouble});
    const streams = ['messages', 'files', 'audit_logs', 'auth_logs', 'codex_logs', 'gpts'];
    const run = await bench.read({streams});
    expect(bench.requestsTo(/\/logs\?/)).toBe(1);
    const ends = streams.map((name) => [name, name === 'gpts' ? 'COMPLETE' : 'INCOMPLETE']);
    expect(run.ends).toEqual(Object.fromEntries(ends));
    for (const error of run.errors) {
      expect(error).toMatchObject({failure_type: 'transient_error', message: expect.stringMatching(/Rate limited/)});
    }
  });

  const whole = ['users', 'messages', 'files', 'file_chunks', 'audit_logs', 'gpts', 'automations', 'capture_runs'];

  test.each([
    {of: 'the listing of log files', path: /\/logs$/, stopped: ['messages', 'files', 'file_chunks', 'audit_logs']},
    {of: 'the users', path: /\/users$/, stopped: ['users', 'automations']},
    {of: 'uploads', path: /\/files\/file-1$/, stopped: ['files', 'file_chunks']},
    {
      of: 'a listing of objects, which their files need too',
      path: /\/gpts$/,
      stopped: ['gpts', 'files', 'file_chunks'],
    },
    {of: 'what is asked for member by member', path: /\/automations$/, stopped: ['automations']},
  ])('of more than an hour on $of stops what needs it, with a state to go on from', async ({path, stopped}) => {
    await bench.close();
    bench = await SourceBench.open({events: 40, files: 0, days: 1});
    bench.file('file-1', 'bytes');
    bench.log(3, [event('e1', {files: ['file-1']})]);
    const trouble = {kind: 'refuse', status: 429, headers: {'retry-after': '4000'}} as const;
    const stop = bench.simulator.interfere({path, trouble});
    const first = await bench.read({streams: whole, env: skippingClock().environment});
    const ends = Object.fromEntries(whole.map((name) => [name, stopped.includes(name) ? 'INCOMPLETE' : 'COMPLETE']));
    expect(first.ends).toEqual(ends);
    for (const error of first.errors) {
      expect(error).toMatchObject({failure_type: 'transient_error', message: expect.stringMatching(/Rate limited/)});
    }
    stop();
    const next = await bench.read({streams: whole, state: first.lastStates});
    expect(next.exitCode).toBe(0);
    const keys = (runs: readonly SourceRun[], stream: string, key: string): unknown[] =>
      runs.flatMap((run) => run.rows(stream).map((row) => row[key]));
    const {events, objects, users} = bench.simulator.truth();
    const both = [first, next];
    for (const [stream, type] of [
      ['messages', 'CONVERSATION_MESSAGE'],
      ['audit_logs', 'AUDIT_LOG'],
    ] as const) {
      const wanted = events.filter(({eventType}) => eventType === type).map(({eventId}) => eventId);
      expect(new Set(keys(both, stream, 'event_id'))).toEqual(new Set(wanted));
    }
    for (const stream of ['gpts', 'automations']) {
      const wanted = objects.filter((object) => object.stream === stream).map(({key}) => key);
      expect(new Set(keys(both, stream, 'id'))).toEqual(new Set(wanted));
    }
    expect(new Set(keys(both, 'users', 'id')).size).toBe(users);
    expect(both.flatMap((run) => run.rows('files'))).toEqual(
      expect.arrayContaining([expect.objectContaining({file_id: 'file-1', outcome: 'captured'})])
    );
  });
});
