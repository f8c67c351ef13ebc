// Two connections of two workspaces run at the same time into one folder: both complete, and nothing is mixed.
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {readArchive, readReports} from './archive-reader';
import {compareWithTruth, noDifference} from './union';
import {Workbench} from './workbench';

const benches: Workbench[] = [];
const archive = mkdtempSync(join(tmpdir(), 'shared-archive-'));
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
  rmSync(archive, {recursive: true, force: true});
});

const formats = ['eml', 'rsmf', 'text_delimited'];

test('two workspaces are captured into one folder by two sources and two destinations at once', async () => {
  for (const seed of ['one desk', 'another desk']) {
    benches.push(
      await Workbench.open(
        {seed, events: 300, files: 20, days: 3},
        {target: {type: 'folder', path: archive}, grouping: 'conversation_day', hold_megabytes: 1, formats}
      )
    );
  }
  // No source says a word before both destinations are there.
  const started: (() => void)[] = [];
  const syncs = benches.map((bench) =>
    bench.sync({
      onStarted: (processes) => {
        processes.source.kill('SIGSTOP');
        started.push(() => processes.source.kill('SIGCONT'));
        if (started.length === benches.length) for (const goOn of started) goOn();
      },
    })
  );
  for (const {sourceEnd, destinationEnd, statesSent, statesReturned} of await Promise.all(syncs)) {
    expect([sourceEnd.code, destinationEnd.code]).toEqual([0, 0]);
    expect(statesReturned).toBe(statesSent);
  }

  const workspaces = benches.map(({simulator}) => simulator.workspaceId);
  expect(new Set(workspaces).size).toBe(2);
  const folders = readdirSync(archive, {withFileTypes: true}).flatMap((entry) =>
    entry.isDirectory() && !entry.name.startsWith('.') ? entry.name : []
  );
  expect(folders.sort()).toEqual([...workspaces].sort());
  const items = await readArchive(archive);
  for (const bench of benches) {
    const {simulator} = bench;
    const own = items.filter(({path}) => path.startsWith(`${simulator.workspaceId}/`));
    expect(compareWithTruth(simulator.truth(), own)).toEqual(noDifference);
    for (const {path} of own) {
      const head = readFileSync(join(archive, path), 'latin1').split('\r\n\r\n')[0]!;
      expect(head).toContain(`\r\nX-AI-Workspace-Id: ${simulator.workspaceId}\r\n`);
      for (const ending of ['.rsmf', '.td.zip']) {
        expect(existsSync(join(archive, path.replace(/\.eml$/, ending)))).toBe(true);
      }
    }
    expect(readReports(archive, simulator.workspaceId).map(({reconciled}) => reconciled)).toEqual([true]);
    expect(bench.verify()).toBe(0);
  }
}, 1_200_000);
