// A service in trouble: cut downloads, server errors, ties, late and repeated events; the archive is the same in the end.
import {afterEach, expect, test} from '@jest/globals';
import {readArchive, readReports} from './archive-reader';
import {compareWithTruth, noDifference} from './union';
import {Workbench} from './workbench';

let bench: Workbench | undefined;
afterEach(() => bench?.close());

test('faults of the service leave no trace in the archive, and unreadable lines are set aside', async () => {
  bench = await Workbench.open({
    seed: 'faults',
    events: 1500,
    files: 60,
    days: 3,
    faults: {duplicates: 0.02, lateFiles: 2, ties: 4, unreadableLines: 5, cutDownloads: 9, http5xxEvery: 25},
  });
  const first = await bench.sync();
  expect([first.sourceEnd.code, first.destinationEnd.code]).toEqual([0, 0]);
  expect(first.statesReturned).toBe(first.statesSent);

  bench.simulator.produce(40); // publishes the late files too
  const second = await bench.sync();
  expect([second.sourceEnd.code, second.destinationEnd.code]).toEqual([0, 0]);

  const truth = bench.simulator.truth();
  expect(truth.unreadableLines).toHaveLength(5);
  expect(bench.setAside()).toHaveLength(5);
  expect(compareWithTruth(truth, await readArchive(bench.archive))).toEqual(noDifference);
  const reports = readReports(bench.archive, bench.simulator.workspaceId);
  expect(reports.map(({complete, reconciled}) => ({complete, reconciled}))).toEqual([
    {complete: true, reconciled: true},
    {complete: true, reconciled: true},
  ]);
  expect(bench.verify()).toBe(0);
});
