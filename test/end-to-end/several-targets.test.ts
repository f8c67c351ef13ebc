// Targets of different kinds in one run: each has its own outcome, and one that is down holds only what is its own.
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {itemPaths} from './archive-reader';
import {chunkRows, fileRow, messageLines, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from './destination-process';
import {openMailServer, toJournal} from './mail-server';
import {type ObjectStore, openObjectStore, toBucket} from './object-store';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

test('a store that is down holds its own items and the states behind them, and gets them in the next run', async () => {
  const store = await openObjectStore();
  const server = await openMailServer();
  cleanUps.push(
    () => store.close(),
    () => server.close()
  );
  const path = temporaryFolder();
  const config = {
    grouping: 'message',
    ca_certificate: server.certificate,
    additional_targets: [
      {name: 'bucket', target: toBucket(store)},
      {name: 'journal', target: toJournal(server)},
    ],
    rules: [
      {name: 'deals', patterns: ['deal'], targets: ['bucket', 'journal']},
      {name: 'suits', patterns: ['lawsuit'], targets: ['journal']},
    ],
    routing_mode: 'copy_per_match',
    routing_no_match: 'default_target',
  };
  const lines = [
    recordLine('unheard_of', {id: 1, text: 'plain'}),
    stateLine('unheard_of', {at: 1}, 1),
    ...messageLines(
      {event: 'e1', conversation: 'c1', text: 'a deal'},
      {event: 'e2', conversation: 'c2', text: 'a lawsuit'},
      {event: 'e3', conversation: 'c3', text: 'nothing of note'}
    ),
    stateLine('messages', {at: 1}, 3),
  ];
  const streams = ['messages', 'unheard_of'];
  store.trouble = (method, key) =>
    method === 'PUT' && key.endsWith('.eml') ? {status: 507, code: 'InsufficientStorage'} : undefined;
  const first = await write({path, config, streams}, lines);
  expect([first.exit, first.run.told]).toEqual([1, ['unheard_of:{"at":1}']]);
  expect(first.run.errors[0]?.failure_type).toBe('transient_error');
  expect([itemPaths(path).length, server.mails.length, storedItems(store)]).toEqual([2, 2, 0]);
  store.trouble = () => undefined;
  const second = await write({path, config, streams}, lines);
  expect([second.exit, second.run.told]).toEqual([0, ['unheard_of:{"at":1}', 'messages:{"at":1}']]);
  const keys = [...store.objects.keys()].filter((key) => key.endsWith('.eml'));
  expect([itemPaths(path).length, keys.length]).toEqual([2, 1]);
  // The mail that belongs to both went out twice under one Message-ID: a mail server cannot be asked.
  expect(server.mails.length).toBeLessThanOrEqual(4);
  expect(await verify(path, config)).toBe(0);
});

test.each(['default', 'second'])('a folder that is unmounted in mid-run is not made anew: %s', async (name) => {
  const {base, path, second, config} = await openTwoFolders();
  const run = new DestinationProcess('write', {path, config});
  const rest = [...messageLines({event: 'e2', conversation: 'c2'}), stateLine('messages', {at: 2}, 1)];
  run.feed([...rest.slice(0, 1), stateLine('users', {at: 1})]);
  await run.until(() => run.told.length > 0);
  // A ledger that is gone too is told of by itself.
  const mounted = name === 'second' ? second : join(path, 'ws-1');
  const elsewhere = join(base, 'elsewhere');
  renameSync(mounted, elsewhere);
  if (name === 'second') mkdirSync(mounted);
  run.feed(rest.slice(1));
  run.end();
  expect(await run.ended()).toBe(1);
  expect(run.told).toEqual(['users:{"at":1}']);
  expect(run.errors).toMatchObject([
    {failure_type: 'config_error', message: expect.stringContaining('is not mounted')},
  ]);
  rmSync(mounted, {recursive: true, force: true});
  renameSync(elsewhere, mounted);
  const next = await write({path, config}, rest);
  expect([next.exit, next.run.told]).toEqual([0, ['messages:{"at":2}']]);
  expect([path, second].map((each) => itemPaths(each).length)).toEqual([2, 2]);
  expect(await verify(path, config)).toBe(0);
});

test('a folder that is not mounted when a run begins is not begun anew: the run stops, and goes on once it is back', async () => {
  const {base, path, second, config} = await openTwoFolders();
  const idOf = (folder: string): string => readFileSync(join(folder, 'ws-1', 'archive-id'), 'utf8');
  expect(idOf(second)).toBe(idOf(path));
  // As an earlier release left it, and below the mount point nothing but an empty folder.
  rmSync(join(second, 'ws-1', 'archive-id'));
  const elsewhere = join(base, 'elsewhere');
  renameSync(second, elsewhere);
  mkdirSync(second);
  const rest = [...messageLines({event: 'e2', conversation: 'c2'}), stateLine('messages', {at: 2}, 1)];
  const unmounted = await write({path, config}, rest);
  expect([unmounted.exit, unmounted.run.told, readdirSync(second)]).toEqual([1, [], []]);
  expect(unmounted.run.errors).toMatchObject([
    {failure_type: 'config_error', message: expect.stringContaining('additional target "second"')},
  ]);
  rmSync(second, {recursive: true});
  renameSync(elsewhere, second);
  const next = await write({path, config}, rest);
  expect([next.exit, next.run.told]).toEqual([0, ['messages:{"at":2}']]);
  expect([path, second].map((each) => itemPaths(each).length)).toEqual([2, 2]);
  expect(idOf(second)).toBe(idOf(path));
  expect(await verify(path, config)).toBe(0);
});

test('a folder that belongs to another archive is not taken for an additional target, and verify tells it', async () => {
  const {base, path, config} = await openTwoFolders();
  const other = join(base, 'other');
  const rest = [...messageLines({event: 'e2', conversation: 'c2'}), stateLine('messages', {at: 2}, 1)];
  expect((await write({path: other}, rest)).exit).toBe(0);
  const moved = {...config, additional_targets: [{name: 'second', target: {type: 'folder', path: other}}]};
  const {exit, run} = await write({path, config: moved}, rest);
  expect([exit, run.told, itemPaths(other).length, itemPaths(path).length]).toEqual([1, [], 1, 1]);
  expect(run.errors).toMatchObject([
    {failure_type: 'config_error', message: expect.stringContaining('"second" carries the id of another archive')},
  ]);
  expect(await verify(path, moved)).toBe(1);
  expect(await verify(other)).toBe(0);
  const next = await write({path, config}, rest);
  expect([next.exit, next.run.told]).toEqual([0, ['messages:{"at":2}']]);
  expect(await verify(path, config)).toBe(0);
});

test('a ledger that is made anew without the archive target is that of the archive which the other targets belong to', async () => {
  const {path, second, config} = await openTwoFolders();
  const idOf = (folder: string): string => readFileSync(join(folder, 'ws-1', 'archive-id'), 'utf8');
  rmSync(path, {recursive: true});
  const began = await write({path, config}, [...messageLines({event: 'e2'}), stateLine('messages', {at: 2}, 1)]);
  expect([began.exit, began.run.told]).toEqual([1, []]); // nothing is begun beside what is left
  expect(began.run.errors).toMatchObject([{message: expect.stringContaining('and there is no ledger')}]);
  const run = new DestinationProcess('rebuild-ledger', {path, config});
  run.end();
  expect(await run.ended()).toBe(0);
  expect(idOf(path)).toBe(idOf(second));
  const next = await write({path, config}, [...messageLines({event: 'e2'}), stateLine('messages', {at: 2}, 1)]);
  expect(next.exit).toBe(0);
});

test('an additional folder that is lost for good gets its id back: runs go on, and what is lost is named', async () => {
  const {base, path, second, config} = await openTwoFolders();
  rmSync(second, {recursive: true});
  const row = {file: 'late', event: 'e1', bytes: Buffer.from('late bytes')};
  const rest = [
    ...messageLines({event: 'e2', conversation: 'c2'}),
    stateLine('messages', {at: 2}, 1),
    recordLine('files', fileRow(row)),
    ...chunkRows(row).map((chunk) => recordLine('file_chunks', chunk)),
    stateLine('files', {at: 1}, 1),
  ];
  const anew = {name: 'third', target: {type: 'folder', path: join(base, 'third')}};
  const rules = [{...config.rules[0], targets: ['default', 'third']}];
  const renamed = await write({path, config: {...config, rules, additional_targets: [anew]}}, rest);
  expect(renamed.run.errors).toMatchObject([{message: expect.stringContaining('put it back into additional_targets')}]);
  const both = {...config, rules, additional_targets: [...config.additional_targets, anew]};
  const empty = await write({path, config: both}, rest);
  const said = /not even (\S+), which says (\S+)\. /.exec(empty.run.errors[0]?.message ?? '');
  const [, mark = '', id = ''] = said ?? [];
  mkdirSync(join(second, dirname(mark)), {recursive: true});
  writeFileSync(join(second, mark), id);
  const next = await write({path, config: both}, rest);
  expect([next.exit, next.run.told]).toEqual([0, ['messages:{"at":2}', 'files:{"at":1}']]);
  expect([path, second, join(base, 'third')].map((each) => itemPaths(each).length)).toEqual([3, 1, 1]);
  expect(await verify(path, both)).toBe(1);
});

/** An archive and a second folder that gets a copy of each item; one lies in both. */
async function openTwoFolders() {
  const base = temporaryFolder();
  const [path, second] = [join(base, 'archive'), join(base, 'second')];
  const config = {
    additional_targets: [{name: 'second', target: {type: 'folder', path: second}}],
    rules: [{name: 'all', patterns: ['text of'], targets: ['default', 'second']}],
    routing_mode: 'copy_per_match',
  };
  const lines = [...messageLines({event: 'e1'}), stateLine('messages', {at: 1}, 1)];
  expect((await write({path, config}, lines)).exit).toBe(0);
  return {base, path, second, config};
}

/** Items in the store, without the manifests of runs. */
function storedItems(store: ObjectStore): number {
  return [...store.objects.keys()].filter((key) => key.endsWith('.eml')).length;
}
