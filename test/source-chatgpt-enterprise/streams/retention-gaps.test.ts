// What left retention before it was read is told with its bounds: by the read that finds it, or by the next one.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {systemClock} from '../../../core/clock';
import {hoursAgo, messageLine, readSource} from '../read-source';
import {TinyApi} from '../tiny-api';

let api: TinyApi;
const daysAgo = (days: number): string => hoursAgo(days * 24);
const streams = ['messages', 'capture_runs'];

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines: [messageLine('e1', hoursAgo(4))]});
});
afterEach(() => api.stop());

interface Told {
  readonly from: string;
  readonly to: string;
  readonly by_stream: Readonly<Record<string, readonly string[]>>;
}

function toldBy(read: Awaited<ReturnType<typeof readSource>>): Told | null {
  return read.records('capture_runs')[0]!['retention_gap'] as Told | null;
}

test('a gap whose report never came is told by the next read, and then by none', async () => {
  const from = daysAgo(40);
  const saved = new Map([['messages', {version: 1, last_end_time: from, done: []}]]);
  const cut = await readSource(api, {streams, states: saved});
  const found = toldBy(cut)!;
  // The process died before the report was there: only the messages have been taken.
  const states = new Map([['messages', cut.states().get('messages')]]);
  const next = await readSource(api, {streams, states});
  expect(next.records('messages')).toEqual([]);
  expect(toldBy(next)).toEqual({...found, by_stream: {messages: [`${from}/${found.to}`]}});
  expect(next.log.join()).toContain(`retention_gap: Stream messages was last read up to ${from}`);
  const last = await readSource(api, {streams, states: next.states()});
  expect(toldBy(last)).toBeNull();
  expect(last.states().get('messages')).not.toHaveProperty('untold_gaps');
});

test('a gap is told once though the state of its stream does not change for many reads', async () => {
  const saved = new Map([['messages', {version: 1, last_end_time: daysAgo(40), done: []}]]);
  let {states} = {states: (await readSource(api, {streams, states: saved})).states()};
  for (let read = 0; read < 3; read++) {
    api.refusals.push({path: /^\/logs$/, status: 404, times: 1});
    const failed = await readSource(api, {streams, states});
    expect(failed.ends()['messages']).not.toBe('completed');
    expect(toldBy(failed)).toBeNull();
    states = new Map([...states, ...failed.states()]);
  }
});

test('gaps that no report has told yet are told beside a new one, each with its bounds', async () => {
  const [from, to] = [daysAgo(80), daysAgo(60)];
  const untold = {run_id: 'read-0', gaps: [{from, to}]};
  const state = {version: 1, last_end_time: daysAgo(45), done: [], untold_gaps: untold};
  const read = await readSource(api, {streams, states: new Map([['messages', state]])});
  const told = toldBy(read)!;
  expect(told.by_stream).toEqual({messages: [`${from}/${to}`, `${state.last_end_time}/${told.to}`]});
  expect(told.from).toBe(from);
});

test('log files that leave retention while a slow read goes on are a gap', async () => {
  const line = (id: string): readonly string[] => [messageLine(id, daysAgo(28))];
  const reached = daysAgo(28.5);
  api.logFiles.push({id: 'eclf_a', end_time: daysAgo(28.9), lines: line('a')});
  api.logFiles.push({id: 'eclf_b', end_time: reached, lines: line('b')});
  api.logFiles.push({id: 'eclf_c', end_time: daysAgo(20), lines: line('c')});
  api.pageSize = 2;
  let lateMs = 0;
  Object.defineProperty(api, 'lastEndTime', {
    get: () => {
      lateMs = 15 * 86_400_000;
      api.logFiles = api.logFiles.filter(({id}) => id !== 'eclf_c');
      return undefined;
    },
  });
  const clock = {...systemClock, nowMs: () => Date.now() + lateMs};
  const read = await readSource(api, {streams, clock});
  expect(read.records('messages').map((row) => row['event_id'])).toEqual(['a', 'b', 'e1']);
  expect(toldBy(read)).toMatchObject({from: reached, to: expect.stringContaining(daysAgo(15).slice(0, 11)) as unknown});
});

test('log files that the service keeps for longer are no gap', async () => {
  for (const days of [50, 49, 48, 31, 29]) {
    api.logFiles.push({id: `eclf_${days}`, end_time: daysAgo(days), lines: [messageLine(`e-${days}`, daysAgo(days))]});
  }
  api.pageSize = 3;
  const read = await readSource(api, {streams, config: {start_date: daysAgo(60).slice(0, 10)}});
  expect(read.records('messages').length).toBe(6);
  expect(toldBy(read)).toBeNull();
});

test('files that messages named in log files which are gone are a gap of their own', async () => {
  const recent = {version: 1, last_end_time: daysAgo(40), done: []};
  const files = {version: 1, recent, backlog: [], retry: []};
  const messages = {version: 1, last_end_time: hoursAgo(3), done: []};
  const states = new Map<string, unknown>([
    ['messages', messages],
    ['files', files],
  ]);
  const selected = ['messages', 'files', 'capture_runs'];
  const read = await readSource(api, {streams: selected, states});
  const told = toldBy(read)!;
  expect(told.by_stream).toEqual({files: [`${recent.last_end_time}/${told.to}`]});
  expect(told.to.slice(0, 11)).toBe(daysAgo(30).slice(0, 11));
  const next = await readSource(api, {streams: selected, states: read.states()});
  expect(toldBy(next)).toBeNull();
});

test('files of before a first read are no gap, also where their turn comes late', async () => {
  const selected = ['messages', 'files', 'capture_runs'];
  const read = await readSource(api, {streams: selected, config: {start_date: daysAgo(90).slice(0, 10)}});
  expect(toldBy(read)).toBeNull();
});
