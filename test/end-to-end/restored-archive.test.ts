// An archive that is put back from a backup, ledger and all, while the platform keeps the states of the connection.
import {cpSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {afterEach, expect, test} from '@jest/globals';
import {isComplete, type SyncResult} from '../support/platform/sync';
import {readArchive} from './archive-reader';
import {temporaryFolder} from './destination-process';
import {compareWithTruth, type Difference, noDifference} from './union';
import {Workbench} from './workbench';

const benches: Workbench[] = [];
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const streams = ['users', 'messages', 'conversations', 'capture_runs'];

async function openWorkbench(): Promise<Workbench> {
  const presentMs = nowMs + 12 * 3_600_000;
  const bench = await Workbench.open({seed: 'restored', nowMs, presentMs, days: 2, events: 60, files: 0});
  benches.push(bench);
  return bench;
}

let logFiles = 0;

async function captureMore({simulator}: Workbench, sync: () => Promise<SyncResult>): Promise<SyncResult> {
  simulator.produce(10, (nowMs + ++logFiles * 60_000) * 1000);
  return sync();
}

/** Files are not selected. */
async function differenceOf({archive, simulator}: Workbench): Promise<Difference> {
  return {...compareWithTruth(simulator.truth(), await readArchive(archive)), missingFiles: []};
}

function putBack(bench: Workbench, backup: string): void {
  rmSync(bench.archive, {recursive: true});
  cpSync(backup, bench.archive, {recursive: true});
}

function savedState({statesFile}: Workbench, stream: string): unknown {
  const states = JSON.parse(readFileSync(statesFile, 'utf8')) as {stream: {stream_descriptor: {name: string}}}[];
  return states.find((state) => state.stream.stream_descriptor.name === stream);
}

test('states that are ahead of the ledger stop the run until the connection is cleared, and nothing is missed', async () => {
  const bench = await openWorkbench();
  const sync = (): Promise<SyncResult> => bench.sync({streams});
  expect(isComplete(await captureMore(bench, sync))).toBe(true);
  const backup = temporaryFolder();
  cpSync(bench.archive, backup, {recursive: true});
  expect(isComplete(await captureMore(bench, sync))).toBe(true); // of this the backup knows nothing
  putBack(bench, backup);

  const kept = savedState(bench, 'messages');
  for (const attempt of [1, 2]) {
    const {destinationEnd, errors} = await captureMore(bench, sync);
    expect([attempt, destinationEnd.code]).toEqual([attempt, 1]);
    expect(errors.destination[0]).toMatchObject({
      failure_type: 'system_error',
      message: expect.stringMatching(
        /goes on from records of stream messages that the ledger .* does not have.*clear the data/
      ),
    });
    expect(savedState(bench, 'messages')).toEqual(kept);
  }

  rmSync(bench.statesFile);
  expect(isComplete(await sync())).toBe(true);
  expect(await differenceOf(bench)).toEqual(noDifference);
  expect(bench.verify()).toBe(0);
  expect(isComplete(await captureMore(bench, sync))).toBe(true);
  expect(await differenceOf(bench)).toEqual(noDifference);
}, 600_000);

test('a backup of the present goes on, and so do states that are behind the ledger', async () => {
  const bench = await openWorkbench();
  const sync = (): Promise<SyncResult> => bench.sync({streams});
  expect(isComplete(await captureMore(bench, sync))).toBe(true);
  const backup = temporaryFolder();
  cpSync(bench.archive, backup, {recursive: true});
  putBack(bench, backup);
  expect(isComplete(await sync())).toBe(true); // nothing new
  expect(isComplete(await captureMore(bench, sync))).toBe(true);
  const states = readFileSync(bench.statesFile);
  expect(isComplete(await captureMore(bench, sync))).toBe(true);
  writeFileSync(bench.statesFile, states); // what the platform had not kept
  expect(isComplete(await captureMore(bench, sync))).toBe(true);
  expect(await differenceOf(bench)).toEqual(noDifference);
}, 600_000);

test('a new archive under states that are kept is told, and goes on', async () => {
  const bench = await openWorkbench();
  const said: string[] = [];
  const sync = (): Promise<SyncResult> =>
    bench.sync({
      streams,
      onMessage: (from, message) => {
        if (from === 'destination' && message.type === 'LOG') said.push(JSON.stringify(message));
      },
    });
  expect(isComplete(await captureMore(bench, sync))).toBe(true);
  rmSync(bench.archive, {recursive: true});
  for (const count of [1, 1]) {
    expect(isComplete(await captureMore(bench, sync))).toBe(true);
    expect(said.filter((message) => message.includes('has captured stream'))).toHaveLength(count);
  }
}, 600_000);
