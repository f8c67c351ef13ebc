// Row "stdout slow or gone, stdin stalled, SIGTERM at any time": states still flow, it ends as asked, and nothing is lost.
import {expect, test} from '@jest/globals';
import {itemPaths, readOriginals} from './archive-reader';
import {messageLines, messageRow, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';
import {shiftedClock} from './shifted-clock';

const config = {hold_megabytes: 0.01};
const text = 'x'.repeat(4_000);
const names = Array.from({length: 60}, (_, index) => `e${String(index).padStart(2, '0')}`);

/** Each message with its state, which is large enough to fill the pipe with a few of them. */
function stepsOf(events: readonly string[], padding = 0): string[] {
  return events.flatMap((event) => [
    ...messageLines({event, conversation: `conv-${event}`, text}),
    stateLine('messages', {upTo: event, padding: 'p'.repeat(padding)}, 1),
  ]);
}

const whole = names.map((event) => messageRow({event, conversation: `conv-${event}`, text}).event).sort();

/** What a platform sends after what it was told. */
async function expectNextRunCompletes(path: string, {states}: DestinationProcess): Promise<void> {
  const told = (states.at(-1)?.stream.stream_state as {upTo: string} | undefined)?.upTo;
  const there = names.filter((name) => told !== undefined && name <= told);
  const originals = itemPaths(path).length === 0 ? [] : await readOriginals(path);
  for (const event of there)
    expect(originals).toContain(messageRow({event, conversation: `conv-${event}`, text}).event);
  const {exit, run} = await write({path, config}, stepsOf(names.slice(there.length)));
  expect(exit).toBe(0);
  expect(run.states).toHaveLength(names.length - there.length);
  expect(await readOriginals(path)).toEqual(whole);
  expect(await verify(path)).toBe(0);
}

test('variables that make programs tell what they do on stderr are not heard', async () => {
  const path = temporaryFolder();
  const environment = {DEBUG: '*', NODE_DEBUG: 'fs,net,stream,worker,timer'};
  const {exit, run} = await write({path, environment}, stepsOf(names.slice(0, 3)));
  expect({exit, stderr: run.stderr}).toEqual({exit: 0, stderr: ''});
});

test('a reader of stdout that stops for a while gets every state, in order', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path, config});
  run.pauseOutput();
  run.feed(stepsOf(names, 20_000)); // 1.2 MB of states, a pipe holds 64 KB
  await waitUntil(() => itemPaths(path).length > 0);
  run.resumeOutput();
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.states.map(({stream}) => (stream.stream_state as {upTo: string}).upTo)).toEqual(names);
  expect(await readOriginals(path)).toEqual(whole);
});

test.each([0, 1, 20])(
  'a reader that goes after %d states ends it quietly; the next run completes it',
  async (count) => {
    const path = temporaryFolder();
    const run = new DestinationProcess('write', {path, config});
    run.feed(stepsOf(names.slice(0, 30)));
    await run.until(() => run.states.length >= count);
    run.closeOutput();
    run.feed(stepsOf(names.slice(30)));
    run.end();
    expect(await run.ended()).toBe(1);
    await expectNextRunCompletes(path, run);
  }
);

test('with stdin open and silent, states are told when their time is over', async () => {
  const path = temporaryFolder();
  const clock = shiftedClock({jumpMs: 10 * 60_000});
  const run = new DestinationProcess('write', {path, environment: clock.environment});
  run.feed([...messageLines({event: 'e1'}), stateLine('messages', 1, 1), stateLine('users', 1)]);
  await run.until(() => run.told.includes('users:1')); // so the other one is held by now
  expect(run.told).toEqual(['users:1']);
  run.kill(clock.signal);
  await run.until(() => run.told.includes('messages:1'));
  expect(itemPaths(path)).toHaveLength(1);
  run.end();
  expect(await run.ended()).toBe(0);
});

test('with stdin open and silent, more than the memory holds is told without waiting', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path, config});
  run.feed(stepsOf(names.slice(0, 12)));
  await run.until(() => run.states.length > 0);
  run.end();
  expect(await run.ended()).toBe(0);
});

test.each([0, 1, 7, 30, 59])(
  'told to stop after %d states it ends by the signal; the next run completes it',
  async (count) => {
    const path = temporaryFolder();
    const run = new DestinationProcess('write', {path, config});
    run.feed(stepsOf(names));
    await run.until(() => run.states.length >= count);
    run.kill('SIGTERM');
    expect(await run.ended()).toBe('SIGTERM');
    await expectNextRunCompletes(path, run);
  }
);

test('told to stop while it waits for another writer, it ends by the signal', async () => {
  const path = temporaryFolder();
  const first = new DestinationProcess('write', {path, config});
  first.feed(stepsOf(names.slice(0, 10)));
  await first.until(() => first.states.length > 0);
  const second = new DestinationProcess('write', {path, config});
  second.feed([stateLine('users', 1), ...stepsOf(names)]);
  await waitUntil(() => second.isRunning);
  second.kill('SIGTERM');
  expect(await second.ended()).toBe('SIGTERM');
  first.end();
  expect(await first.ended()).toBe(0);
  await expectNextRunCompletes(path, first);
});

test('told to stop after the end of its input, while the reader is slow, it ends by the signal', async () => {
  const path = temporaryFolder();
  const run = new DestinationProcess('write', {path, config});
  run.pauseOutput();
  run.feed(stepsOf(names, 20_000));
  run.end();
  await waitUntil(() => itemPaths(path).length > 0);
  run.kill('SIGTERM');
  run.resumeOutput();
  expect(await run.ended()).toBe('SIGTERM');
  await expectNextRunCompletes(path, run);
});

async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}
