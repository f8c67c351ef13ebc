// Row "ledger damaged, ledger or archive without the other, clock set back": it stops, changes nothing, and says what to do.
import {copyFileSync, cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import Database from 'better-sqlite3';
import {expect, test} from '@jest/globals';
import {itemPaths, readOriginals} from './archive-reader';
import {chunkRows, fileRow, messageLines, messageRow, recordLine, stateLine} from './contract-rows';
import {DestinationProcess, itemCountOf, temporaryFolder, verify, write} from './destination-process';
import {shiftedClock} from './shifted-clock';

const names = Array.from({length: 12}, (_, index) => `e${index}`);
const before = messageLines(...names.map((event) => ({event, conversation: `conv-${event}`})));
const after = [...messageLines({event: 'later'}), stateLine('messages', 2, 1)];
const damaged = {failure_type: 'system_error', internal_message: 'IntegrityError ledger_damaged'};

function onDatabase(ledger: string, sql: string): void {
  const db = new Database(ledger);
  db.exec(sql);
  db.close();
}

const dropGuards = 'DROP TRIGGER entries_are_not_updated; DROP TRIGGER entries_are_not_deleted;';

test.each<[title: string, damage: (ledger: string) => void]>([
  ['is no database', (ledger) => writeFileSync(ledger, 'x'.repeat(20_000))],
  [
    'is another database',
    (ledger) => {
      rmSync(ledger);
      onDatabase(ledger, 'PRAGMA journal_mode = WAL; CREATE TABLE invoices (id INTEGER)');
    },
  ],
  ['is cut to half', (ledger) => truncateSync(ledger, Math.floor(statSync(ledger).size / 8192) * 4096)],
  ['has a first page of zeros', (ledger) => overwrite(ledger, 0, Buffer.alloc(4096))],
  [
    'has other bytes in all its pages but the first',
    (ledger) => {
      overwrite(ledger, 4096, Buffer.alloc(statSync(ledger).size - 4096, 'x'));
    },
  ],
  [
    'lacks its last entry',
    (ledger) =>
      onDatabase(ledger, `${dropGuards} UPDATE entries SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM entries)`),
  ],
  [
    'has an altered last entry',
    (ledger) =>
      onDatabase(
        ledger,
        `${dropGuards} UPDATE entries SET body = '{"item_ids":[]}' WHERE seq = (SELECT max(seq) FROM entries)`
      ),
  ],
  [
    'has another hash at its end',
    (ledger) =>
      onDatabase(ledger, `${dropGuards} UPDATE entries SET hash = 'x' WHERE seq = (SELECT max(seq) FROM entries)`),
  ],
  [
    'has an altered first entry',
    (ledger) => onDatabase(ledger, `${dropGuards} UPDATE entries SET body = 'x' WHERE seq = 1`),
  ],
  ['has no entries', (ledger) => onDatabase(ledger, `${dropGuards} DELETE FROM entries`)],
  ['has no table of entries', (ledger) => onDatabase(ledger, 'DROP TABLE entries')],
  ['has no table of records', (ledger) => onDatabase(ledger, 'DROP TABLE records')],
  ['has no table of open intents', (ledger) => onDatabase(ledger, 'DROP TABLE open_intents')],
])('a ledger that %s stops every run, and a restored one goes on', async (_, damage) => {
  const path = temporaryFolder();
  expect((await write({path}, before)).exit).toBe(0);
  const items = itemPaths(path);
  const ledger = join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite');
  const backup = join(temporaryFolder(), 'backup.sqlite');
  copyFileSync(ledger, backup);
  damage(ledger);
  const bytes = readFileSync(ledger);
  for (let time = 0; time < 2; time += 1) {
    const {exit, run} = await write({path}, after);
    expect(run.errors).toMatchObject([damaged]);
    expect(run.errors[0]!.message).toMatch(/rebuild-ledger, or restore it from a backup/);
    expect(exit).toBe(1);
    expect(run.told).toEqual([]);
  }
  expect(itemPaths(path)).toEqual(items);
  expect(readFileSync(ledger).equals(bytes)).toBe(true); // kept as evidence
  expect(await verify(path)).toBe(1);
  for (const ending of ['', '-wal', '-shm']) rmSync(`${ledger}${ending}`, {force: true});
  copyFileSync(backup, ledger);
  expect((await write({path}, [...before, ...after])).exit).toBe(0);
  expect(await readOriginals(path)).toHaveLength(names.length + 1);
  expect(await verify(path)).toBe(0);
});

test('an entry altered in the middle is found by verify', async () => {
  const path = temporaryFolder();
  for (const event of ['e1', 'e2', 'e3']) await write({path}, messageLines({event}));
  const ledger = join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite');
  onDatabase(ledger, `${dropGuards} UPDATE entries SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 3`);
  expect(await verify(path)).toBe(1);
});

test('a ledger that a newer version wrote is not touched', async () => {
  const path = temporaryFolder();
  await write({path}, before);
  const ledger = join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite');
  onDatabase(ledger, `${dropGuards} UPDATE entries SET body = json_set(body, '$.format', 99) WHERE seq = 1`);
  const {exit, run} = await write({path}, after);
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: 'ConfigError ledger_newer'}]);
});

test('a clock that was set back between runs changes nothing but dates', async () => {
  const path = temporaryFolder();
  const ahead = shiftedClock({startMs: 30 * 86_400_000});
  expect((await write({path, environment: ahead.environment}, before)).exit).toBe(0);
  const {exit, run} = await write({path}, [
    ...before,
    ...after.slice(0, 1),
    stateLine('messages', 2, names.length + 1),
  ]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:2']);
  const expected = [
    ...names.map((event) => messageRow({event, conversation: `conv-${event}`})),
    messageRow({event: 'later'}),
  ];
  expect(await readOriginals(path)).toEqual(expected.map(({event}) => event).sort());
  expect(await verify(path)).toBe(0);
});

test('a clock that is set back while a state waits does not make it wait longer', async () => {
  const path = temporaryFolder();
  const clock = shiftedClock({jumpMs: -86_400_000});
  const run = new DestinationProcess('write', {path, environment: clock.environment});
  run.feed([...messageLines({event: 'e1'}), stateLine('messages', 1, 1), stateLine('users', 1)]);
  await run.until(() => run.told.includes('users:1')); // so the other one is held by now
  run.kill(clock.signal);
  await run.until(() => run.told.includes('messages:1'));
  run.end();
  expect(await run.ended()).toBe(0);
  expect(await verify(path)).toBe(0);
});

test('a clock that is set back while a file is on its way leaves conversations whole', async () => {
  const path = temporaryFolder();
  const clock = shiftedClock({jumpMs: -3_600_000});
  const upload = {file: 'f1', event: 'k1', bytes: Buffer.alloc(400 * 1024, 'x')};
  const [first = '', ...rest] = chunkRows(upload).map((row) => recordLine('file_chunks', row));
  const run = new DestinationProcess('write', {path, environment: clock.environment});
  run.feed([...messageLines({event: 'k1', files: ['f1']}), recordLine('files', fileRow(upload)), first]);
  run.feed([stateLine('messages', 1), stateLine('file_chunks', 1), stateLine('users', 1)]);
  await run.until(() => run.told.includes('users:1'));
  run.kill(clock.signal);
  await run.until(() => run.told.includes('messages:1'));
  const before = itemCountOf(path);
  for (const event of ['e1', 'e2', 'e3']) {
    run.feed(messageLines({event, conversation: 'conv-2'}));
    await sleep(100); // each in a block of its own
  }
  run.feed([...rest, stateLine('messages', 2), stateLine('file_chunks', 2)]);
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.told).toContain('file_chunks:2');
  expect(itemCountOf(path) - before).toBe(2); // the conversation, and the file that came late
  expect(await verify(path)).toBe(0);
});

function overwrite(file: string, at: number, bytes: Buffer): void {
  const content = readFileSync(file);
  bytes.copy(content, at);
  writeFileSync(file, content);
}

test('an older copy of the ledger that is put back stops every run, and one made anew goes on', async () => {
  const path = temporaryFolder();
  const ledger = join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite');
  expect((await write({path}, before)).exit).toBe(0);
  const older = readFileSync(ledger);
  expect((await write({path}, messageLines({event: 'between'}))).exit).toBe(0);
  const items = itemPaths(path);
  const newer = readFileSync(ledger);
  writeFileSync(ledger, older);
  const stopped = await write({path}, [...messageLines({event: 'between'}), stateLine('messages', 2, 1)]);
  expect([stopped.exit, stopped.run.told]).toEqual([1, []]);
  expect(stopped.run.errors).toMatchObject([damaged]);
  expect(stopped.run.errors[0]!.message).toContain('it is older than the archive');
  expect(itemPaths(path)).toEqual(items);
  expect(readFileSync(ledger)).toEqual(older);

  writeFileSync(ledger, newer); // the right one
  expect((await write({path}, after)).exit).toBe(0);
  rmSync(ledger);
  const rebuild = new DestinationProcess('rebuild-ledger', {path});
  expect(await rebuild.ended()).toBe(0);
  const {exit, run} = await write({path}, [...messageLines({event: 'between'}, {event: 'last'}), ...after]);
  expect([exit, run.told]).toEqual([0, ['messages:2']]);
  expect(await readOriginals(path)).toHaveLength(names.length + 3);
  expect(await verify(path)).toBe(0);
});

test('a week-old copy of all that lies beside the items is put back: every run stops, what was archived since is not archived again', async () => {
  const path = temporaryFolder();
  const beside = join(path, '.arctera-archive');
  const copy = join(temporaryFolder(), 'copy');
  expect((await write({path}, before)).exit).toBe(0);
  cpSync(beside, copy, {recursive: true});
  expect((await write({path}, messageLines({event: 'between'}))).exit).toBe(0);
  const items = itemPaths(path);
  rmSync(beside, {recursive: true});
  cpSync(copy, beside, {recursive: true});
  const lines = [...messageLines({event: 'between'}, {event: 'last'}), stateLine('messages', 2, 2)];
  const stopped = await write({path}, lines);
  expect([stopped.exit, stopped.run.told]).toEqual([1, []]);
  expect(stopped.run.errors).toMatchObject([damaged]);
  expect(stopped.run.errors[0]!.message).toMatch(/which left a manifest at .* it is older than the archive/);
  expect(itemPaths(path)).toEqual(items);

  rmSync(beside, {recursive: true});
  expect(await new DestinationProcess('rebuild-ledger', {path}).ended()).toBe(0);
  for (const again of [lines, lines]) {
    const {exit, run} = await write({path}, again);
    expect([exit, run.told]).toEqual([0, ['messages:2']]);
  }
  expect(await readOriginals(path)).toHaveLength(names.length + 2);
  expect(await verify(path)).toBe(0);
});
