// What the destination does when it is killed, told to stop, run twice at once, or given a folder that will not do.
import {renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {itemPaths, readOriginals} from './archive-reader';
import {messageLines, messageRow, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

const text = 'x'.repeat(4_000);
const messageCount = 60;
const names = Array.from({length: messageCount}, (_, index) => `e${String(index).padStart(3, '0')}`);
const tiny = {hold_megabytes: 0.01};

/** Each message with its state: 60 conversations, so that there are as many items. */
function stepsOf(events: readonly string[]): string[] {
  return events.flatMap((event) => [
    ...messageLines({event, conversation: `conv-${event}`, text}),
    stateLine('messages', {upTo: event}, 1),
  ]);
}

function originalsOf(events: readonly string[]): string[] {
  return events.map((event) => messageRow({event, conversation: `conv-${event}`, text}).event).sort();
}

function lastTold(run: DestinationProcess): string | undefined {
  const state = run.states.at(-1)?.stream.stream_state as {upTo: string} | undefined;
  return state?.upTo;
}

/** Feeds in blocks until the archive holds that many items, then interrupts. */
async function interruptAt(itemCount: number, path: string, signal: NodeJS.Signals): Promise<DestinationProcess> {
  const run = new DestinationProcess('write', {path, config: tiny});
  const steps = stepsOf(names);
  for (let at = 0; run.isRunning && itemPaths(path).length < itemCount; at += 8) {
    if (at < steps.length) run.feed(steps.slice(at, at + 8));
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (at === steps.length + 80) run.end();
  }
  run.kill(signal);
  expect(await run.ended()).toBe(signal);
  return run;
}

test.each([0, 1, 4, 9, 16, 22, 28, 35, 41, 47])(
  'killed with %d items there, the next run completes it',
  async (count) => {
    const path = temporaryFolder();
    const run = await interruptAt(count, path, 'SIGKILL');
    const told = lastTold(run);
    const left = names.filter((name) => told === undefined || name > told);
    const there = await readOriginals(path);
    for (const original of originalsOf(names.filter((name) => !left.includes(name)))) expect(there).toContain(original);
    const next = await write({path}, stepsOf(left));
    expect(next.exit).toBe(0);
    expect(await readOriginals(path)).toEqual(originalsOf(names));
    expect(await verify(path)).toBe(0);
  }
);

test('told to stop, it ends by the signal; the next run completes it', async () => {
  const path = temporaryFolder();
  await interruptAt(10, path, 'SIGTERM');
  expect((await write({path}, stepsOf(names))).exit).toBe(0);
  expect(await readOriginals(path)).toEqual(originalsOf(names));
  expect(await verify(path)).toBe(0);
});

test('two writers of one workspace wait for each other; nothing is there twice', async () => {
  const path = temporaryFolder();
  const both = await Promise.all([write({path}, stepsOf(names)), write({path}, stepsOf(names))]);
  expect(both.map(({exit}) => exit)).toEqual([0, 0]);
  for (const {run} of both) expect(run.states).toHaveLength(messageCount);
  expect(await readOriginals(path)).toEqual(originalsOf(names));
  expect(await verify(path)).toBe(0);
});

test('writers that begin a new archive at the same time do not disturb each other', async () => {
  for (let time = 0; time < 3; time += 1) {
    const path = join(temporaryFolder(), 'new', 'archive');
    const lines = (first: string): string[] =>
      messageLines({event: first, workspace: 'default'}, {event: 'shared', workspace: 'default'});
    const all = await Promise.all(['a', 'b', 'c'].map((first) => write({path}, lines(first))));
    expect(all.map(({exit}) => exit)).toEqual([0, 0, 0]);
    expect(await readOriginals(path)).toHaveLength(4);
    expect(await verify(path)).toBe(0);
  }
});

test('a ledger folder that cannot be made is a matter of configuration', async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, '.arctera-archive'), 'a file');
  const {exit, run} = await write({path}, messageLines({event: 'e1'}));
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error'}]);
});

test.each([
  ['ledger', join('.arctera-archive', 'ws-1', 'ledger.sqlite'), 'archive_without_ledger'],
  ['folder of the ledger', '.arctera-archive', 'archive_without_ledger'],
  ['archive', 'ws-1', 'ledger_without_archive'],
])('a missing %s stops it, each time; once it is back, the next run completes', async (_, missing, code) => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  const backup = join(temporaryFolder(), 'backup');
  renameSync(join(path, missing), backup);
  for (const event of ['e2', 'e3']) {
    const {exit, run} = await write({path}, [...messageLines({event}), stateLine('messages', 1, 1)]);
    expect(exit).toBe(1);
    expect(run.told).toEqual([]);
    expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: `ConfigError ${code}`}]);
    expect(run.errors[0]?.message).toContain('backup');
  }
  rmSync(join(path, missing), {recursive: true, force: true});
  renameSync(backup, join(path, missing));
  const {exit, run} = await write({path}, [...messageLines({event: 'e2'}), stateLine('messages', 1, 1)]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1']);
  expect(await readOriginals(path)).toEqual(['e1', 'e2'].map((event) => messageRow({event}).event));
  expect(await verify(path)).toBe(0);
});

test.each([
  ['the folder', ''],
  ['a folder above it', 'archive'],
])('a file in the place of %s fails check and write', async (_, below) => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, 'not a folder');
  const path = join(file, below);
  const check = new DestinationProcess('check', {path});
  await check.ended();
  expect(check.status?.status).toBe('FAILED');
  const {exit, run} = await write({path}, []);
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error'}]);
  expect(run.errors[0]?.internal_message).toContain('target_not_writable');
});

test("the container's own disk is refused under Kubernetes, unless it is allowed", async () => {
  const path = temporaryFolder();
  const environment = {KUBERNETES_SERVICE_HOST: '10.0.0.1'};
  const refused = await write({path, environment}, messageLines({event: 'e1'}));
  expect(refused.exit).toBe(1);
  expect(refused.run.errors).toMatchObject([
    {failure_type: 'config_error', internal_message: 'ConfigError target_ephemeral'},
  ]);
  const allowed = await write({path, environment, allowEphemeral: true}, messageLines({event: 'e1'}));
  expect(allowed.exit).toBe(0);
  expect(itemPaths(path)).toHaveLength(1);
});
