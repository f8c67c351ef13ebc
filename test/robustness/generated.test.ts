// Thousands of generated configurations, catalogs, states, events and inputs: nothing crashes, nothing escapes, all adds up.
import {expect, test} from '@jest/globals';
import fc from '../support/generated';
import {itemCountOf, temporaryFolder, verify, write} from '../end-to-end/destination-process';
import {faultsOfItem, readItems} from '../end-to-end/soundness';
import {deepen, goodLine, stdinLine} from './hostile-values';
import {robustness} from './properties';

const cases = 5_000;

test('the shares of the properties make up the whole', () => {
  expect(robustness.reduce((sum, {share}) => sum + share, 0)).toBeCloseTo(1);
});

test.each(robustness.map((each) => [each.title, each] as const))('%s', async (_, {property, share}) => {
  await fc.assert(property, {numRuns: Math.ceil(cases * share)});
});

test.each([1, 2, 3])('300 generated lines through a real process: one end, one reason (%d)', async (seed) => {
  const path = temporaryFolder();
  const lines = fc.sample(stdinLine, {seed, numRuns: 300}).map(deepen);
  const {exit} = await write({path}, lines);
  expect([0, 1]).toContain(exit); // that a failure says once why is held by every process test
  expect((await readItems(path)).flatMap(faultsOfItem)).toEqual([]);
});

test.each([4, 5])('300 proper rows in a generated order through a real process end well (%d)', async (seed) => {
  const path = temporaryFolder();
  const {exit, run} = await write(
    {path, config: {set_aside_percent: 100}}, // rows of one id with other bytes are conflicts, and many are made
    fc.sample(goodLine, {seed, numRuns: 300}).map(deepen)
  );
  expect(run.errors).toEqual([]);
  expect(exit).toBe(0);
  expect(itemCountOf(path)).toBeGreaterThan(0);
  expect((await readItems(path)).flatMap(faultsOfItem)).toEqual([]);
  expect(await verify(path)).toBe(0);
});
