// Archives and states that earlier releases wrote: this one opens them, settles what they left open, and goes on.
import {cpSync, mkdirSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from '@jest/globals';
import Database from 'better-sqlite3';
import {isComplete, runSync, type SyncResult} from '../support/platform/sync';
import {type Simulator, startSimulator} from '../../simulator/server';
import {itemPaths, readArchive} from './archive-reader';
import {canary} from '../support/canary';
import {runExecutable} from '../support/executables';
import {temporaryFolder} from './destination-process';
import {compareWithTruth, noDifference} from './union';

const releases = resolve('test/fixtures/releases');

/** The workspace that every fixture was made from. What came after it was made is in the second log file. */
const history = {seed: 'release', nowMs: Date.parse('2026-11-20T12:00:00Z'), days: 2, events: 30, files: 3} as const;
const faults = {unreadableLines: 2};
const streams = ['users', 'messages', 'conversations', 'files', 'file_chunks', 'capture_runs'];
const laterEvents = 20;
const laterMicros = Date.parse('2026-11-20T13:00:00Z') * 1000;

async function openHistory(): Promise<Simulator> {
  return startSimulator({apiKey: canary.key, ...history, faults, presentMs: Date.parse('2026-11-20T14:00:00Z')});
}

async function sync(folder: string, simulator: Simulator, onItems?: (kill: () => void) => void): Promise<SyncResult> {
  const work = join(folder, 'work');
  mkdirSync(work, {recursive: true});
  const result = await runSync({
    workFolder: work,
    streams,
    onStarted: ({destination}) => onItems?.(() => destination.kill('SIGKILL')),
    source: {
      executable: resolve('bin/source-chatgpt-enterprise'),
      config: {
        workspace_id: simulator.workspaceId,
        api_key: simulator.apiKey,
        api_base_url: simulator.baseUrl,
        requests_per_minute: 1_000_000,
        start_date: '2026-11-01T00:00:00Z',
      },
    },
    destination: {
      executable: resolve('bin/destination-arctera-archive'),
      config: {target: {type: 'folder', path: join(folder, 'archive')}},
    },
  });
  return result;
}

function ledgerFolder(folder: string, workspaceId: string): string {
  return join(folder, 'archive', '.arctera-archive', workspaceId);
}

function hasOpenIntents(folder: string, workspaceId: string): boolean {
  const db = new Database(join(ledgerFolder(folder, workspaceId), 'ledger.sqlite'), {readonly: true});
  const open = db.prepare('SELECT 1 FROM open_intents').get();
  db.close();
  return open !== undefined;
}

/** A whole sync, and one more that is killed while the target has some items of a batch and lacks others. */
async function makeRelease(name: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const folder = temporaryFolder();
    const simulator = await openHistory();
    try {
      expect(isComplete(await sync(folder, simulator))).toBe(true);
      simulator.produce(laterEvents, laterMicros);
      const before = itemPaths(join(folder, 'archive')).length;
      await sync(folder, simulator, (kill) => {
        const timer = setInterval(() => {
          if (itemPaths(join(folder, 'archive')).length <= before) return;
          clearInterval(timer);
          kill();
        }, 1);
        timer.unref();
      });
      if (!hasOpenIntents(folder, simulator.workspaceId)) continue;
      const kept = join(releases, name);
      rmSync(kept, {recursive: true, force: true});
      rmSync(join(ledgerFolder(folder, simulator.workspaceId), 'ledger.sqlite-shm'), {force: true});
      for (const each of ['archive', 'work/states.json'])
        cpSync(join(folder, each), join(kept, each), {recursive: true});
      return;
    } finally {
      await simulator.close();
    }
  }
  throw new Error('No run was cut off between intent and outcome.');
}

const {MAKE_RELEASE: made} = process.env;
if (made !== undefined) test(`release ${made} is kept as a fixture`, () => makeRelease(made));

function verify(folder: string): {status: number | null; said: string} {
  const config = join(folder, 'work', 'destination', 'config.json');
  const run = runExecutable(resolve('bin/destination-arctera-archive'), ['verify', '--config', config]);
  return {status: run.status, said: run.stdout};
}

test.each(readdirSync(releases))('an archive of release %s, cut off in mid-run, goes on and is whole', async (name) => {
  const folder = temporaryFolder();
  cpSync(join(releases, name), folder, {recursive: true});
  const before = new Map(itemPaths(join(folder, 'archive')).map((path) => [path, itemBytes(folder, path)]));
  const simulator = await openHistory();
  try {
    expect(hasOpenIntents(folder, simulator.workspaceId)).toBe(true);
    simulator.produce(laterEvents, laterMicros);
    const result = await sync(folder, simulator);
    expect(isComplete(result)).toBe(true);
    // The state was understood: nothing is read from the beginning. Users come again when their last pass is a day old.
    expect(collectedMessages(folder, simulator.workspaceId)).toBe(laterEvents);
    // Files are not compared: by the clock of the source they have passed, and streams of objects are not selected.
    const difference = compareWithTruth(simulator.truth(), await readArchive(join(folder, 'archive')));
    expect({...difference, missingFiles: []}).toEqual(noDifference);
    for (const [path, bytes] of before) expect(itemBytes(folder, path).equals(bytes)).toBe(true);
    expect(verify(folder)).toMatchObject({status: 0});
    expect(hasOpenIntents(folder, simulator.workspaceId)).toBe(false);
  } finally {
    await simulator.close();
  }
});

/** Of the newest run. */
function collectedMessages(folder: string, workspaceId: string): number | undefined {
  const reports = join(ledgerFolder(folder, workspaceId), 'reports');
  const newest = readdirSync(reports)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1);
  const report = JSON.parse(readFileSync(join(reports, newest ?? ''), 'utf8')) as {
    streams: Readonly<Record<string, {collected: number}>>;
  };
  return report.streams['messages']?.collected;
}

function itemBytes(folder: string, path: string): Buffer {
  return readFileSync(join(folder, 'archive', path));
}
