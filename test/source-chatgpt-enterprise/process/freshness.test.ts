// How far each log stream is behind, through the executable: in `capture_runs`, in one line of the log, at one request a type.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import type {Trouble} from '../../../simulator/api/interference';
import {event, microsAgo, type Row, SourceBench, type SourceRun, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
  bench.log(5, [event('e1')]);
  bench.log(3, [event('e2')]);
  const lines = [JSON.stringify({event_id: 'a1', type: 'AUDIT_LOG', timestamp: timeAgo(9)})];
  bench.simulator.plantLog({endMicros: microsAgo(9), eventType: 'AUDIT_LOG', lines});
});
afterEach(() => bench.close());

const streams = ['messages', 'conversations', 'audit_logs', 'auth_logs', 'capture_runs'];
const hour = 3600;

const lagOf = (run: SourceRun): Record<string, Row> =>
  run.rows('capture_runs')[0]!['lag_by_stream'] as Record<string, Row>;
const asked = (): number => bench.requestsTo(/\/max_event_time/);
const lines = (run: SourceRun): string[] => run.logs('INFO').filter((text) => text.startsWith('Log files are read: '));
const answer = (body: object): Trouble => ({kind: 'answer', body});

test('is told for each selected log stream, and stays told when nothing new came', async () => {
  const first = await bench.read({streams});
  const end = first.stateOf('messages')!['last_end_time'];
  const lag = lagOf(first);
  expect(Object.keys(lag)).toEqual(['messages', 'conversations', 'audit_logs', 'auth_logs']);
  expect(lag).toMatchObject({
    messages: {newest_end_time: end, max_event_time: end, behind_seconds: 0},
    conversations: {newest_end_time: end},
    audit_logs: {newest_end_time: first.stateOf('audit_logs')!['last_end_time'], behind_seconds: 0},
    auth_logs: {newest_end_time: null, max_event_time: null, lag_seconds: null, behind_seconds: null},
  });
  expect(Math.floor(Number(lag['messages']!['lag_seconds']) / hour)).toBe(3);
  expect(Math.floor(Number(lag['audit_logs']!['lag_seconds']) / hour)).toBe(9);
  expect(asked()).toBe(3);
  const [line, ...others] = lines(first);
  expect(others).toEqual([]);
  expect(line).toContain(`messages up to ${String(end)} (`);
  expect(line).toContain('0 s behind the newest event');
  expect(line).toContain('; auth_logs none');

  const second = await bench.read({streams, state: first.lastStates});
  expect(second.rows('messages')).toEqual([]);
  expect(lagOf(second)).toMatchObject({messages: {newest_end_time: end, behind_seconds: 0}});
});

test('counts how much later the newest event is that the service knows', async () => {
  const newest = timeAgo(1);
  const max_event_time = {CONVERSATION_MESSAGE: newest};
  bench.simulator.interfere({path: /\/max_event_time/, times: 1, trouble: answer({max_event_time})});
  const lag = lagOf(await bench.read({streams}))['messages']!;
  expect(lag['max_event_time']).toBe(newest);
  expect(Math.round(Number(lag['behind_seconds']) / hour)).toBe(2);
});

test.each<{how: string; trouble: Trouble; requests: number}>([
  {how: 'does not offer the route', trouble: {kind: 'refuse', status: 404}, requests: 1},
  {how: 'refuses the type', trouble: {kind: 'refuse', status: 400}, requests: 3},
  {how: 'does not know the time', trouble: answer({max_event_time: {}}), requests: 3},
  {how: 'answers otherwise', trouble: answer({max_event_time: {CONVERSATION_MESSAGE: 'soon'}}), requests: 1},
  {
    how: 'wants a long wait',
    trouble: {kind: 'refuse', status: 429, headers: {'retry-after': '3000'}},
    requests: 1,
  },
])('is told without it by a service that $how, and nothing else suffers', async ({requests, trouble}) => {
  bench.simulator.interfere({path: /\/max_event_time/, trouble});
  const run = await bench.read({streams});
  expect(run.exitCode).toBe(0);
  expect(run.rows('messages')).toHaveLength(2);
  expect(lagOf(run)['messages']).toMatchObject({
    newest_end_time: run.stateOf('messages')!['last_end_time'],
    max_event_time: null,
    behind_seconds: null,
  });
  expect(Math.floor(Number(lagOf(run)['messages']!['lag_seconds']) / hour)).toBe(3);
  expect(asked()).toBe(requests);
  expect(lines(run)[0]).not.toContain('behind');
});

test('is told of a stream that failed as far as it came', async () => {
  bench.simulator.interfere({path: /\/logs$/, times: 1, trouble: {kind: 'refuse', status: 403}});
  const run = await bench.read({streams: ['messages', 'audit_logs', 'capture_runs']});
  expect(run.ends).toMatchObject({messages: 'INCOMPLETE', audit_logs: 'COMPLETE'});
  expect(lagOf(run)).toMatchObject({messages: {newest_end_time: null}, audit_logs: {behind_seconds: 0}});
});
