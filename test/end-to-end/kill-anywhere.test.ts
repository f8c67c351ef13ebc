// Either process is killed at twenty moments, chosen by the items written; nothing is lost and nothing is there twice.
import {afterEach, expect, test} from '@jest/globals';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {unzipSync} from 'fflate';
import {simpleParser} from 'mailparser';
import {readArchive} from './archive-reader';
import {compareWithTruth, noDifference} from './union';
import {Workbench} from './workbench';

let bench: Workbench | undefined;
afterEach(() => bench?.close());

const kills = 20;

// A source is soon done with a small workspace, whatever the destination still has to write: it needs the larger one.
test.each([
  {victim: 'destination', events: 1000, itemsBetweenKills: 35},
  {victim: 'source', events: 2400, itemsBetweenKills: 90},
] as const)(
  `the $victim is killed ${kills} times`,
  async ({victim, events, itemsBetweenKills}) => {
    bench = await Workbench.open(
      {seed: `kill ${victim}`, events, files: events / 40, days: 3},
      {grouping: 'message', hold_megabytes: 0.05}
    );
    for (let kill = 1; kill <= kills; kill += 1) {
      const killed = await syncAndKill(bench, victim, kill * itemsBetweenKills);
      expect({kill, ...killed}).toEqual({kill, signal: 'SIGKILL'});
      expect({kill, verify: bench.verify()}).toEqual({kill, verify: 0});
    }
    const last = await bench.sync();
    expect([last.sourceEnd.code, last.destinationEnd.code]).toEqual([0, 0]);
    expect(compareWithTruth(bench.simulator.truth(), await readArchive(bench.archive))).toEqual(noDifference);
    expect(bench.verify()).toBe(0);
  },
  600_000
);

test('the destination is killed while it delivers three formats to two folders', async () => {
  const desk = mkdtempSync(join(tmpdir(), 'desk-'));
  try {
    bench = await Workbench.open(
      {seed: 'kill formats', events: 500, files: 30, days: 3},
      {
        grouping: 'message',
        hold_megabytes: 0.05,
        formats: ['eml', 'rsmf', 'text_delimited'],
        additional_targets: [{name: 'desk', target: {type: 'folder', path: desk}}],
        rules: [
          {name: 'prompts', roles: ['user'], targets: ['desk']},
          {name: 'letters', keyword_lists: ['letters'], targets: ['desk', 'default']},
        ],
        keyword_lists: [{name: 'letters', keywords: ['the', 'a', 'of']}],
        routing_mode: 'copy_per_match',
      }
    );
    for (let kill = 1; kill <= 5; kill += 1) {
      const killed = await syncAndKill(bench, 'destination', kill * 40);
      expect({kill, ...killed}).toEqual({kill, signal: 'SIGKILL'});
      expect({kill, verify: bench.verify()}).toEqual({kill, verify: 0});
    }
    const last = await bench.sync();
    expect([last.sourceEnd.code, last.destinationEnd.code]).toEqual([0, 0]);
    const items = [await readArchive(bench.archive), await readArchive(desk)];
    const byId = new Map(items.flat().map((item) => [basename(item.path), item]));
    expect(byId.size).toBeLessThan(items.flat().length); // some went to both
    expect(compareWithTruth(bench.simulator.truth(), [...byId.values()])).toEqual(noDifference);
    for (const folder of [bench.archive, desk]) {
      const names = readdirSync(join(folder, bench.simulator.workspaceId), {recursive: true, encoding: 'utf8'});
      const of = (ending: string): string[] =>
        names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
      const items = of('.eml').sort();
      // A copy may be left whose item was given up; an item is never without its copies.
      expect(of('.rsmf')).toEqual(expect.arrayContaining(items));
      expect(of('.td.zip')).toEqual(expect.arrayContaining(items));
      for (const {path, originals} of await readArchive(folder)) {
        const copy = join(folder, path.slice(0, -'.eml'.length));
        const mail = await simpleParser(readFileSync(`${copy}.rsmf`));
        for (const zip of [mail.attachments[0]!.content, readFileSync(`${copy}.td.zip`)]) {
          expect(Buffer.from(unzipSync(zip)['events.jsonl']!).toString()).toBe(`${originals.join('\n')}\n`);
        }
      }
    }
    expect(bench.verify()).toBe(0);
  } finally {
    rmSync(desk, {recursive: true, force: true});
  }
}, 1_200_000);

async function syncAndKill(
  workbench: Workbench,
  victim: 'source' | 'destination',
  atItems: number
): Promise<{signal: string | null}> {
  const folder = join(workbench.archive, workbench.simulator.workspaceId);
  let over = false;
  let watching: Promise<void> | undefined;
  const result = await workbench.sync({
    onStarted: (processes) => {
      watching = (async () => {
        while (!over && countItems(folder) < atItems) await sleep(1);
        processes[victim].kill('SIGKILL');
      })();
    },
  });
  over = true;
  await watching;
  return {signal: result[`${victim}End`].signal};
}

/** Items with their final name; the folder of a workspace has one level of folders. */
function countItems(folder: string): number {
  let count = 0;
  try {
    for (const name of readdirSync(folder)) {
      if (name.length === 2) count += readdirSync(join(folder, name)).filter((item) => item.endsWith('.eml')).length;
    }
  } catch {
    return count; // not there yet
  }
  return count;
}
