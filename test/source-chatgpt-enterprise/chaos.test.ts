// All faults at once, by seed, with restarts from random states: nothing missing, nothing altered, nothing asked too often.
import {expect, test} from '@jest/globals';
import {runChaos} from '../../scripts/chaos/chaos-run';
import {runKills} from '../../scripts/chaos/kill-run';

test.each(Array.from({length: 30}, (_, index) => index + 1))('seed %s leaves nothing undone', async (seed) => {
  const {faults, requests} = await runChaos(`chaos ${seed}`);
  expect(faults).toEqual([]);
  expect(requests).toBeGreaterThan(50);
});

test('the executable killed ten times brings everything in the end', async () => {
  const {kills, missing} = await runKills('ten kills', 10);
  expect(missing).toEqual([]);
  expect(kills).toBeGreaterThan(5);
});
