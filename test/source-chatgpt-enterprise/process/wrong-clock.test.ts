// A read by a clock that is far ahead, and then one by a clock that is right again: nothing counts as done that was not.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {clockAhead} from './hasty-clock';
import {event, type Row, SourceBench} from './source-bench';

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
    expect(wrong.exitCode).toBe(0);
    bench.log(1, [event('later', {files: ['file-later']})]);
    bench.file('file-later', 'bytes');
    const right = await bench.read({streams, state: wrong.lastStates});
    expect(right.exitCode).toBe(0);
    for (const stream of objects) expect(names(right.rows(stream), 'id')).toEqual(names(whole.rows(stream), 'id'));
    const captured = [...wrong.rows('files'), ...right.rows('files')].filter((row) => row['outcome'] === 'captured');
    expect(names(captured, 'file_id')).toEqual(expect.arrayContaining(['file-late', 'file-later']));
  }
);
