// States stay below 64 KB whatever ids, names and positions the API gives, and what a state cannot hold is read again.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {skippingClock} from './hasty-clock';
import {event, SourceBench, type SourceRun} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

const kilobytes = 64;

function expectSmallStates(run: SourceRun): void {
  for (const state of run.states) expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(kilobytes * 1024);
}

test('a position of 100 KB is not kept: the next read begins with the first page', async () => {
  const path = /\/skills$/;
  const data = [{id: 'skill-first', name: 'First'}];
  const body = {data, has_more: true, cursor: 'x'.repeat(100_000)};
  bench.simulator.interfere({path, times: 1, trouble: {kind: 'answer', body}});
  const stop = bench.simulator.interfere({path, trouble: {kind: 'refuse', status: 422}});
  const run = await bench.read({streams: ['skills']});
  expect(run.ends).toEqual({skills: 'INCOMPLETE'});
  expect(run.rows('skills')).toMatchObject([{id: 'skill-first'}]);
  expect(run.stateOf('skills')).toMatchObject({completed: null, pass: {captured_at: expect.any(String)}});
  expect(run.logs('WARN').filter((text) => text.startsWith('position_too_long: '))).toHaveLength(1);
  expectSmallStates(run);
  stop();
  const next = await bench.read({streams: ['skills'], state: run.lastStates});
  const whole = await bench.read({streams: ['skills']});
  const ids = (one: SourceRun): unknown[] => one.rows('skills').map((row) => row['id']);
  expect(ids(next)).toEqual(ids(whole));
  expect(ids(whole).length).toBeGreaterThan(1);
});

test('references with long names wait with a name that is cut; those with long ids are settled at once', async () => {
  const name = `${'n'.repeat(100_000)}.pdf`;
  for (const id of ['file-a', 'file-b']) bench.file(id, 'bytes');
  bench.log(3, [
    event('e1', {files: [{id: 'file-a', name}]}),
    event(`e${'2'.repeat(100_000)}`, {files: [{id: 'file-b', name: 'b.pdf'}]}),
  ]);
  const stop = bench.simulator.interfere({path: /\/file-[ab]$/, trouble: {kind: 'refuse', status: 503}});
  const streams = ['messages', 'files', 'file_chunks'];

  const run = await bench.read({streams, env: skippingClock().environment});
  expect(run.exitCode).toBe(0);
  expectSmallStates(run);
  expect(run.rows('files')).toMatchObject([{file_id: 'file-b', outcome: 'unavailable'}]);
  expect(run.stateOf('files')).toMatchObject({retry: [{file_id: 'file-a', event_id: 'e1'}]});
  stop();
  const next = await bench.read({streams, state: run.lastStates});
  expect(next.rows('files')).toMatchObject([{file_id: 'file-a', outcome: 'captured', name: name.slice(0, 255)}]);
});
