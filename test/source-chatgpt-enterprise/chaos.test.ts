// All faults at once, by seed, with restarts from random states: nothing missing, nothing altered, nothing asked too often.
import {expect, test} from '@jest/globals';
import {runChaos} from '../../scripts/chaos/chaos-run';
import {useOf} from '../../scripts/chaos/judge-requests';
import {runKills} from '../../scripts/chaos/kill-run';

test.each(Array.from({length: 30}, (_, index) => index + 1))('seed %s leaves nothing undone', async (seed) => {
  const {faults, requests} = await runChaos(`chaos ${seed}`);
  expect(faults).toEqual([]);
  expect(requests).toBeGreaterThan(50);
});

test('a long backlog is fetched at 95% of the allowed pace or more, whatever fails', async () => {
  const {faults, stretches} = await runChaos('backlog', {events: 1_000, files: 200, days: 7});
  expect(faults).toEqual([]);
  expect(Math.max(...stretches.map(({tookMs}) => tookMs))).toBeGreaterThan(3 * 60_000);
  expect(useOf(stretches)).toBeGreaterThanOrEqual(0.95);
});

test('the same seed does the same to the very request', async () => {
  const [first, second, other] = [await runChaos('one'), await runChaos('one'), await runChaos('other')];
  expect(second).toEqual(first);
  expect(other.fingerprint).not.toBe(first.fingerprint);
});

test('the executable killed ten times brings everything in the end', async () => {
  const {kills, missing} = await runKills('ten kills', 10);
  expect(missing).toEqual([]);
  expect(kills).toBe(10);
});
