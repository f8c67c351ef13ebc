// The same seed and the same present give the same workspace, byte for byte; another seed gives another.
import {expect, it} from '@jest/globals';
import {startSimulator} from '../../simulator/server';
import {listAll, nowMs} from './client';

async function describeWorkspace(seed: string): Promise<string> {
  const simulator = await startSimulator({seed, nowMs, events: 400, files: 20, faults: {unreadableLines: 3, ties: 1}});
  const listed = await listAll(simulator);
  const truth = simulator.truth();
  await simulator.close();
  return JSON.stringify({listed, truth});
}

it('repeats itself for a seed, and only for that seed', async () => {
  const first = await describeWorkspace('one');
  expect(await describeWorkspace('one')).toBe(first);
  expect(await describeWorkspace('two')).not.toBe(first);
});

it('makes a large workspace with enough files to capture, quickly', async () => {
  const startedMs = Date.now();
  const simulator = await startSimulator({nowMs, events: 20_000, files: 500});
  const elapsedMs = Date.now() - startedMs;
  const {events, files} = simulator.truth();
  await simulator.close();
  expect(events.length).toBeGreaterThanOrEqual(20_000);
  expect(
    new Set(files.filter(({outcome}) => outcome === 'captured').map(({fileId}) => fileId)).size
  ).toBeGreaterThanOrEqual(500);
  expect(elapsedMs).toBeLessThan(15_000);
});
