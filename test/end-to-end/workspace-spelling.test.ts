// A workspace whose id comes in another case is the same one: it has one ledger, and nothing of it is archived again.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {readArchive} from './archive-reader';
import {messageLines, recordLine, stateLine, userRow} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';

const lower = '4f0e3c1e-5c5b-4b0a-9f53-7d2c0a8e1b22';
const upper = lower.toUpperCase();

function linesOf(workspace: string, ...events: readonly string[]): string[] {
  const memory = {
    ...userRow('user-ada', 'Ada', 'ada@corp.test'),
    workspace_id: workspace,
    memory_contexts: [],
    object_json: '{"id": "user-ada"}',
  };
  return [
    ...messageLines(...events.map((event) => ({event, workspace}))),
    stateLine('messages', 1, events.length),
    recordLine('memories', memory),
    stateLine('memories', 1, 1),
  ];
}

function workspacesOf(path: string): string[] {
  return readdirSync(join(path, '.arctera-archive'));
}

test.each([
  ['upper after lower', lower, upper],
  ['lower after upper', upper, lower],
])('%s', async (_, first, second) => {
  const path = temporaryFolder();
  expect((await write({path, streams: ['messages', 'memories']}, linesOf(first, 'e1'))).exit).toBe(0);
  const before = (await readArchive(path)).length;
  const {exit, run} = await write({path, streams: ['messages', 'memories']}, linesOf(second, 'e1'));
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1', 'memories:1']);
  expect(workspacesOf(path)).toHaveLength(1);
  expect(await readArchive(path)).toHaveLength(before);
  expect(await verify(path)).toBe(0);
});

test('both in one run', async () => {
  const path = temporaryFolder();
  const {exit} = await write({path, streams: ['messages', 'memories']}, [
    ...linesOf(lower, 'e1', 'e2'),
    ...linesOf(upper, 'e2', 'e3'),
  ]);
  expect(exit).toBe(0);
  expect(workspacesOf(path)).toHaveLength(1);
  const items = await readArchive(path);
  expect(items.filter(({kind}) => kind === 'messages')).toHaveLength(1);
  expect(await verify(path)).toBe(0);
});

test('what was set aside of the workspace in another case is retried into its ledger', async () => {
  const path = temporaryFolder();
  const config = {set_aside_percent: 100, rules: [{name: 'review', streams: ['memories'], disposition: 'set_aside'}]};
  const streams = ['messages', 'memories'];
  expect((await write({path, streams}, linesOf(lower, 'e1'))).exit).toBe(0);
  const [memory] = linesOf(upper).filter((line) => line.includes('object_json'));
  const other = (memory ?? '').replaceAll('user-ada', 'user-bob');
  expect((await write({path, streams, config}, [other])).exit).toBe(0);
  const retry = new DestinationProcess('retry-set-aside', {path});
  expect(await retry.ended()).toBe(0);
  expect(workspacesOf(path)).toHaveLength(1);
  expect((await readArchive(path)).filter(({kind}) => kind === 'document')).toHaveLength(2);
  expect(await verify(path)).toBe(0);
});

test('an id that is no UUID is taken as it is written', async () => {
  const path = temporaryFolder();
  for (const workspace of ['ws-one', 'WS-one']) {
    expect((await write({path, streams: ['messages', 'memories']}, linesOf(workspace, 'e1'))).exit).toBe(0);
  }
  expect(workspacesOf(path)).toHaveLength(2);
});

test('policy-test knows what the archive holds of the workspace in another case, and what came before', async () => {
  const path = temporaryFolder();
  const streams = ['messages', 'memories'];
  expect((await write({path, streams}, linesOf(lower, 'e1'))).exit).toBe(0);
  for (const [options, lines, counts] of [
    [['--ledger', 'read'], linesOf(upper, 'e1'), '0 archive, 0 exclude, 0 set aside, 2 duplicate'],
    [[], [...linesOf(lower, 'e1'), ...linesOf(upper, 'e1')], '2 archive, 0 exclude, 0 set aside, 2 duplicate'],
  ] as const) {
    const run = new DestinationProcess('policy-test', {path, streams, options});
    run.feed(lines);
    run.end();
    expect(await run.ended()).toBe(0);
    expect(run.logText).toContain(counts);
  }
});
