// What holds for the log files of messages holds for those of every other type: ties, late files, repeats, gaps, bounds.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {microsAgo, SourceBench, type SourceRun, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

describe.each([
  {stream: 'audit_logs', eventType: 'AUDIT_LOG'},
  {stream: 'codex_security_logs', eventType: 'CODEX_SECURITY_LOG'},
])('the log files of $stream', ({eventType, stream}) => {
  const line = (id: string, timestamp = timeAgo(6)): string =>
    JSON.stringify({event_id: id, type: eventType, timestamp, actor: {type: 'API_KEY', redacted_id: 'xxx...yyyy'}});
  const plant = (endMicros: number, lines: readonly string[], listedSha256?: string): string =>
    bench.simulator.plantLog({endMicros, eventType, lines, ...(listedSha256 === undefined ? {} : {listedSha256})});
  const ids = (run: SourceRun): unknown[] => run.rows(stream).map((row) => row['event_id']);
  const stateOf = (streamState: object): object[] => [
    {type: 'STREAM', stream: {stream_descriptor: {name: stream}, stream_state: streamState}},
  ];

  test('are all read, once, where end times tie across the edge of a page', async () => {
    const tied = microsAgo(10);
    for (let index = 0; index < 97; index++) plant(microsAgo(20 - index / 100), [line(`e${index}`)]);
    for (let index = 97; index < 105; index++) plant(tied, [line(`e${index}`)]);
    plant(microsAgo(9), [line('e105')]);
    const first = await bench.read({streams: [stream]});
    expect(ids(first)).toHaveLength(106);
    expect(new Set(ids(first)).size).toBe(106);
    plant(tied, [line('late')]);
    const second = await bench.read({streams: [stream], state: first.lastStates});
    expect(ids(second)).toEqual(['late']);
  });

  test('are not overlooked when they are listed late, and repeats are counted', async () => {
    plant(microsAgo(5), [line('e1'), line('e1')]);
    plant(microsAgo(1), [line('e2'), line('e1')]);
    const first = await bench.read({streams: [stream, 'capture_runs']});
    expect(ids(first)).toEqual(['e1', 'e1', 'e2', 'e1']);
    expect(first.rows('capture_runs')).toMatchObject([{events: 4, repeated_events: 2}]);
    plant(microsAgo(20), [line('late')]);
    const second = await bench.read({streams: [stream], state: first.lastStates});
    expect(ids(second)).toEqual(['late']);
    expect(second.stateOf(stream)).toMatchObject({last_end_time: first.stateOf(stream)!['last_end_time']});
  });

  test('that never fit their hash stop the stream, and are taken as unverified once they are old', async () => {
    const wrongHash = 'f'.repeat(64);
    plant(microsAgo(8), [line('old')], wrongHash);
    const fresh = plant(microsAgo(3), [line('fresh')], wrongHash);
    const run = await bench.read({streams: [stream, 'capture_runs']});
    expect(run.rows(stream)).toMatchObject([{event_id: 'old', log_file_verified: false}]);
    expect(run.ends).toEqual({[stream]: 'INCOMPLETE', capture_runs: 'COMPLETE'});
    expect(run.errors[0]!.message).toContain(fresh);
    expect(JSON.stringify(run.stateOf(stream))).not.toContain(fresh);
  });

  test('that have left retention unread are a gap with both its bounds and what helps', async () => {
    plant(microsAgo(3), [line('e1')]);
    const from = '2026-01-01T00:00:00.000000Z';
    const run = await bench.read({
      streams: [stream, 'capture_runs'],
      state: stateOf({version: 1, last_end_time: from, done: []}),
    });
    expect(ids(run)).toEqual(['e1']);
    const [report] = run.rows('capture_runs');
    const gap = report!['retention_gap'] as {from: string; to: string};
    expect(gap.from).toBe(from);
    const days = (Date.now() - Date.parse(gap.to)) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    const warning = run.logs('WARN').join('\n');
    expect(warning).toContain(`retention_gap: Stream ${stream} was last read up to ${from}`);
    expect(warning).toContain(gap.to);
    expect(warning).toMatch(/OpenAI support can replay/);
  });

  test('of a cursor in the future, of a newer version, and before start_date', async () => {
    plant(microsAgo(3), [line('early', '2026-01-01T10:00:00.000001Z'), line('e1')]);
    const future = {version: 1, last_end_time: '2999-01-01T00:00:00.000000Z', done: []};
    const ahead = await bench.read({streams: [stream], state: stateOf(future)});
    expect([ids(ahead), ahead.stateOf(stream), ahead.exitCode]).toEqual([[], undefined, 1]);
    const newer = await bench.read({streams: [stream], state: stateOf({version: 2})});
    expect(newer.errors).toMatchObject([{failure_type: 'config_error'}]);
    expect(newer.rows(stream)).toEqual([]);
    const since = await bench.read({
      streams: [stream, 'capture_runs'],
      config: {start_date: timeAgo(48).slice(0, 10)},
    });
    expect(ids(since)).toEqual(['e1']);
    expect(since.rows('capture_runs')).toMatchObject([{events_before_start_date: 1}]);
  });
});

test('the state stays below 64 KB whatever the number of log files in a day, and says so when it must forget', async () => {
  const eventType = 'AUDIT_LOG';
  for (let index = 0; index < 1_500; index++) {
    const lines = [JSON.stringify({event_id: `e${index}`, timestamp: timeAgo(6)})];
    bench.simulator.plantLog({eventType, lines, endMicros: microsAgo(20 - index / 100)});
  }
  const run = await bench.read({streams: ['audit_logs']});
  expect(run.rows('audit_logs')).toHaveLength(1_500);
  for (const state of run.states) expect(JSON.stringify(state).length).toBeLessThan(65_536);
  expect(run.logs('WARN').filter((text) => text.startsWith('overlap_shrunk: Stream audit_logs'))).toHaveLength(1);
  const second = await bench.read({streams: ['audit_logs'], state: run.lastStates});
  expect(second.rows('audit_logs')).toEqual([]);
});
