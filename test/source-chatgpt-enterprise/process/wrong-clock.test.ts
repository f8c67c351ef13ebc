// A read by a clock that is far ahead, and then one by a clock that is right again: nothing counts as done that was not.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {clockAhead} from './hasty-clock';
import {event, microsAgo, type Row, SourceBench} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open({events: 50, files: 12, days: 2, seed: 'owned', nowMs: Date.now() - 2 * 3_600_000});
});
afterEach(() => bench.close());

const objects = ['users', 'memories', 'automations', 'gpts', 'library_files'];
const streams = ['messages', 'files', 'file_chunks', ...objects];

const names = (rows: readonly Row[], field: string): unknown[] => rows.map((row) => row[field]).sort();

test.each(['at first', 'after a read by the right clock'])(
  'uploads and current objects that a clock a year ahead kept from view %s come with the next read',
  async (when) => {
    const whole = await bench.read({streams});
    const known = when === 'at first' ? {} : {state: whole.lastStates};
    bench.log(1.5, [event('late', {files: ['file-late']})]);
    bench.file('file-late', 'bytes');
    const wrong = await bench.read({streams, env: clockAhead(), ...known});
    expect(wrong.exitCode).toBe(when === 'at first' ? 1 : 0); // what a first read passed over would never come
    bench.log(1, [event('later', {files: ['file-later']})]);
    bench.file('file-later', 'bytes');
    const right = await bench.read({streams, state: wrong.lastStates});
    expect(right.exitCode).toBe(0);
    for (const stream of objects) expect(names(right.rows(stream), 'id')).toEqual(names(whole.rows(stream), 'id'));
    const captured = [...wrong.rows('files'), ...right.rows('files')].filter((row) => row['outcome'] === 'captured');
    expect(names(captured, 'file_id')).toEqual(expect.arrayContaining(['file-late', 'file-later']));
  }
);

describe('by a clock five days ahead', () => {
  const oldest = {streams: ['messages', 'files'], env: clockAhead(5)};
  beforeEach(() => void bench.log(27 * 24, [event('of the 27th day')]));

  test('a first read stops before it passes over what the API still has, and the next brings it', async () => {
    const wrong = await bench.read(oldest);
    expect(wrong.errors.map(({message}) => message)).toEqual([
      expect.stringContaining('The clock is 120 hours ahead of the Compliance API.'),
      expect.stringContaining('The clock is 120 hours ahead of the Compliance API.'),
    ]);
    expect(wrong.errors.map((error) => error.failure_type)).toEqual(['config_error', 'config_error']);
    expect(wrong.stateOf('messages')).toBeUndefined();
    const right = await bench.read({streams: ['messages'], state: wrong.lastStates});
    expect(names(right.rows('messages'), 'event_id')).toContain('of the 27th day');
  });

  test('a read that has a start date goes on, and so does one that has states, with a warning', async () => {
    const config = {start_date: new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10)};
    const first = await bench.read({...oldest, config});
    expect(first.exitCode).toBe(0);
    expect(names(first.rows('messages'), 'event_id')).toContain('of the 27th day');
    expect(first.logs('WARN').join()).toContain('clock_differs: The clock is 120 hours ahead of that of the API');
    bench.log(1, [event('later')]);
    const second = await bench.read({...oldest, config, state: first.lastStates});
    expect(names(second.rows('messages'), 'event_id')).toEqual(['later']);
  });
});

describe('by a clock forty days', () => {
  const reported = [...streams.slice(0, 3), 'capture_runs'];

  test('behind, no log file is ahead, and the next read by a right one neither tells a gap nor fetches anything twice', async () => {
    const wrong = await bench.read({streams: reported, env: clockAhead(-40)});
    expect(wrong.logs('WARN').join()).not.toMatch(/log_file_ahead|retention_gap/);
    expect(wrong.rows('files').length).toBeGreaterThan(0);
    const right = await bench.read({streams: reported, state: wrong.lastStates});
    expect(right.rows('capture_runs')).toMatchObject([{retention_gap: null}]);
    expect([...right.rows('messages'), ...right.rows('file_chunks')]).toEqual([]);
  });

  test('ahead, what is still listed from before has not left retention', async () => {
    const first = await bench.read({streams: reported});
    bench.log(1, [event('later')]);
    const wrong = await bench.read({streams: reported, state: first.lastStates, env: clockAhead(40)});
    expect(names(wrong.rows('messages'), 'event_id')).toEqual(['later']);
    expect(wrong.rows('capture_runs')).toMatchObject([{retention_gap: null}]);
  });
});

test('by a clock that is behind, what has left retention is told by that of the API', async () => {
  const reached = microsAgo(30 * 24 + 3);
  const state = {version: 1, last_end_time: new Date(reached / 1000).toISOString(), done: []};
  const stream = {stream_descriptor: {name: 'messages'}, stream_state: state};
  const behind = await bench.read({
    streams: ['messages', 'capture_runs'],
    state: [{type: 'STREAM', stream}],
    env: clockAhead(-0.25),
  });
  expect(behind.rows('capture_runs')[0]!['retention_gap']).toMatchObject({from: state.last_end_time});
  expect(behind.logs('WARN').join()).toContain('clock_differs: The clock is 6 hours behind that of the API');
});
