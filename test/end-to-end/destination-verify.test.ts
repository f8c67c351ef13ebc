// The verb `verify` through the real executable: what it calls whole, and what it finds.
import {copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from '@jest/globals';
import {itemPaths} from './archive-reader';
import {messageLines} from './contract-rows';
import {DestinationProcess, printed, temporaryFolder, write} from './destination-process';

async function verify(path: string, config: object = {}): Promise<{exit: unknown; log: string}> {
  const run = new DestinationProcess('verify', {path, config: {...config}});
  run.end();
  const exit = await run.ended();
  return {exit, log: run.logText};
}

async function archiveOfOne(): Promise<{path: string; item: string}> {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  return {path, item: join(path, itemPaths(path)[0] ?? '')};
}

test.each([
  ['no ledger', undefined],
  ['an empty file for a ledger', ''],
])('a workspace whose first run was cut off with %s is whole: nothing is archived yet', async (_, ledger) => {
  const {path} = await archiveOfOne();
  const cutOff = join(path, '.arctera-archive', 'ws-2');
  mkdirSync(join(cutOff, 'tmp'), {recursive: true});
  mkdirSync(join(path, 'ws-2'));
  writeFileSync(join(path, 'ws-2', 'archive-id'), 'an id\n');
  if (ledger !== undefined) writeFileSync(join(cutOff, 'ledger.sqlite'), ledger);
  const {exit, log} = await verify(path);
  expect(log).toContain('Workspace ws-2 is whole: nothing has been archived yet.');
  expect(log).toContain('Workspace ws-1 is whole: 7 ledger entries, 1 items');
  expect(exit).toBe(0);
});

test.each([
  ['beside the items', 'ws-1/strange.eml'],
  ['deep below them', 'ws-1/ab/more/STRANGE.EML'],
  ['in another format', 'ws-1/strange.rsmf'],
  ['in a folder no ledger knows', 'copies/2026/strange.eml'],
  ['in no folder at all', 'strange.eml'],
])('an item that only the folder knows is found %s', async (_, place) => {
  const {path, item} = await archiveOfOne();
  mkdirSync(dirname(join(path, place)), {recursive: true});
  copyFileSync(item, join(path, place));
  const {exit, log} = await verify(path);
  expect(exit).toBe(1);
  expect(log).toContain(JSON.stringify(place.replace(/^ws-1\//, '')));
});

test.each([
  ['a folder', mkdirSync],
  ['a device without end', (path: string) => symlinkSync('/dev/zero', path)],
])('%s in the place of an item is a missing item, and the others are looked at all the same', async (_, put) => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1', conversation: 'c1'}, {event: 'e2', conversation: 'c2'}));
  const [first = '', second = ''] = itemPaths(path);
  rmSync(join(path, first));
  put(join(path, first));
  rmSync(join(path, second));
  const {exit, log} = await verify(path);
  expect(exit).toBe(1);
  for (const item of [first, second]) expect(log).toMatch(new RegExp(`is missing: ${item.replace('ws-1/', '')}`));
});

test('a folder in the place of what says that an item is held is told as that', async () => {
  const {path, item} = await archiveOfOne();
  const options = ['add', '--name', 'M1', '--reason', 'as asked', '--conversation', 'conv-1'];
  expect((await printed('hold', {path, options})).exit).toBe(0);
  rmSync(`${item}.hold.json`);
  mkdirSync(`${item}.hold.json`);
  const {exit, log} = await verify(path);
  expect([exit, log]).toEqual([1, expect.stringContaining('is not held for M1')]);
});

test('strange items are all counted, and the first ones named', async () => {
  const {path} = await archiveOfOne();
  for (let index = 100; index < 250; index += 1) writeFileSync(join(path, 'ws-1', `s${index}.eml`), '');
  const {exit, log} = await verify(path);
  expect(exit).toBe(1);
  expect(log).toContain('"s100.eml"');
  expect(log).not.toContain('"s249.eml"');
  expect(log).toContain('150 problems');
});

test('items whose ledger is gone are found', async () => {
  const {path} = await archiveOfOne();
  rmSync(join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite'));
  const {exit, log} = await verify(path);
  expect(exit).toBe(1);
  expect(log).toContain(itemPaths(path)[0]);
});

test('a target whose folder lies in that of the archive is no stranger in it, but what lies beside it is', async () => {
  const path = temporaryFolder();
  const config = {
    additional_targets: [{name: 'trading', target: {type: 'folder', path: join(path, 'desks', 'trading')}}],
    rules: [{name: 'all', patterns: ['text'], targets: ['default', 'trading']}],
    routing_mode: 'copy_per_match',
  };
  expect((await write({path, config}, messageLines({event: 'e1'}))).exit).toBe(0);
  const [item = ''] = itemPaths(join(path, 'desks', 'trading'));
  expect(await verify(path, config)).toMatchObject({exit: 0});
  copyFileSync(join(path, 'desks', 'trading', item), join(path, 'desks', 'strange.eml'));
  const {exit, log} = await verify(path, config);
  expect([exit, log]).toEqual([1, expect.stringContaining('"desks/strange.eml"')]);
});

test.each([
  ['is gone', undefined, 'has no archive-id'],
  ['is of another archive', '00000000-0000-4000-8000-000000000000\n', 'has the archive-id of another archive'],
])('an archive-id that %s, with which no run goes on, is found and told', async (_, text, words) => {
  const {path} = await archiveOfOne();
  const file = join(path, 'ws-1', 'archive-id');
  const before = readFileSync(file, 'utf8');
  rmSync(file);
  if (text !== undefined) writeFileSync(file, text);
  expect((await write({path}, messageLines({event: 'e9'}))).exit).toBe(1);
  const {exit, log} = await verify(path);
  expect([exit, log]).toEqual([1, expect.stringContaining(words)]);
  expect(log).toContain(`The one that belongs to the ledger is ${before.trim()}.`);
  rmSync(file, {force: true});
  writeFileSync(file, before);
  expect((await verify(path)).exit).toBe(0);
});

test('what is no item is no concern of it', async () => {
  const {path} = await archiveOfOne();
  for (const name of ['desktop.ini', join('ws-1', '.DS_Store'), join('ws-1', 'notes.txt')]) {
    writeFileSync(join(path, name), 'x');
  }
  mkdirSync(join(path, '.snapshot', 'ws-1'), {recursive: true});
  writeFileSync(join(path, '.snapshot', 'ws-1', 'copy.eml'), 'x');
  expect((await verify(path)).exit).toBe(0);
});
