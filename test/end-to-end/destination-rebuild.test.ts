// The verb `rebuild-ledger`: a lost ledger is made anew from the items, and the next sync repeats nothing.
import {copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import Database from 'better-sqlite3';
import {sha256Hex} from '../../core/digest';
import {itemPaths, readReports} from './archive-reader';
import {
  chunkRows,
  fileRow,
  type FileSpec,
  messageLines,
  messageRow,
  rawRecordLine,
  recordLine,
  stateLine,
  unreadableRow,
  userRow,
} from './contract-rows';
import {DestinationProcess, printed, temporaryFolder, verify, write} from './destination-process';

const late: FileSpec = {file: 'file-late', event: 'e1', bytes: Buffer.alloc(300_000, 'late')};
const inTime: FileSpec = {file: 'item.json', event: 'e2', bytes: Buffer.from('an upload named like our own part')};
const stray: FileSpec = {file: 'file-stray', event: 'e9', bytes: Buffer.from('no row names it')};
const strange = 'not JSON\u0000, "quoted" \\';

function bytesOf(...specs: readonly FileSpec[]): string[] {
  return specs.flatMap((spec) => chunkRows(spec).map((chunk) => recordLine('file_chunks', chunk)));
}

/** Something of everything that an archive can hold. */
const runs: readonly (readonly string[])[] = [
  [
    recordLine('users', userRow('user-ada', 'Ada Example', 'ada@corp.test')),
    ...messageLines({event: 'e1', files: ['file-late']}, {event: 'e2', files: ['item.json'], title: 'Ünï "x"'}),
    ...messageLines({event: 'e3', conversation: null}, {event: 'e4', conversation: 'conv-\ud800', workspace: 'Ws.2'}),
    ...bytesOf(inTime),
    recordLine('files', {...fileRow(inTime), name: 'item.json'}),
    recordLine('files', fileRow({file: 'file-gone', event: 'e1', outcome: 'expired'})),
    recordLine('messages', unreadableRow('log-1', 3, Buffer.from([0xff]))),
    recordLine('messages', {...messageRow({event: 'e5'}), event: strange, event_sha256: sha256Hex(strange)}),
    recordLine('audit_logs', messageRow({event: 'e6', conversation: null})),
    rawRecordLine('invoices', '{"id":12345678901234567890,"workspace_id":"ws-1"}'),
  ],
  [
    ...bytesOf(late),
    recordLine('files', fileRow(late)),
    ...bytesOf(stray),
    ...messageLines({event: 'e7', title: 'New title'}),
  ],
];
const states = ['users', 'messages', 'files', 'file_chunks', 'audit_logs', 'invoices'].map((name) =>
  stateLine(name, 1)
);
const streams = ['users', 'messages', 'files', 'file_chunks', 'audit_logs', 'invoices'];

const tables = {
  items: 'item_id, kind, stream, address, sha256, size, conversation_id, policy_version',
  records: 'record_id, sha256, outcome',
  files: 'file_id, event_id, outcome, sha256',
  conversations: 'id, subject',
  set_aside: 'record_id, sha256, stream, code, path',
};

function ledgerOf(path: string, workspace: string): string {
  return join(path, '.arctera-archive', workspace, 'ledger.sqlite');
}

/** What a ledger knows, in an order of its own. */
function knowledge(path: string, workspace: string): Record<string, unknown[]> {
  const db = new Database(ledgerOf(path, workspace), {readonly: true});
  const entries = Object.entries(tables).map(([table, columns]): [string, unknown[]] => [
    table,
    db.prepare(`SELECT ${columns} FROM ${table} ORDER BY ${columns}`).all(),
  ]);
  db.close();
  return Object.fromEntries(entries);
}

async function rebuild(path: string): Promise<{exit: unknown; run: DestinationProcess}> {
  const run = new DestinationProcess('rebuild-ledger', {path});
  run.end();
  return {exit: await run.ended(), run};
}

function contents(path: string): Record<string, string> {
  return Object.fromEntries(itemPaths(path).map((each) => [each, sha256Hex(readFileSync(join(path, each)))]));
}

test.each(['message', 'conversation_day'])(
  'a rebuilt ledger knows the same, and the next sync repeats nothing: %s',
  async (grouping) => {
    const path = temporaryFolder();
    const settings = {path, streams, config: {grouping}};
    for (const lines of runs) expect((await write(settings, [...lines, ...states])).exit).toBe(0);
    const workspaces = readdirSync(join(path, '.arctera-archive')).sort();
    expect(workspaces).toHaveLength(2);
    const before = workspaces.map((workspace) => knowledge(path, workspace));
    const items = contents(path);
    for (const workspace of workspaces) rmSync(ledgerOf(path, workspace));

    const {exit, run} = await rebuild(path);
    expect(run.errors).toEqual([]);
    expect(exit).toBe(0);
    expect(workspaces.map((workspace) => knowledge(path, workspace))).toEqual(before);
    expect(before[1]?.['items']?.length).toBeGreaterThan(4);
    expect(before[1]?.['set_aside']).toHaveLength(1);
    expect(await verify(path)).toBe(0);

    for (const lines of runs) {
      const again = await write(settings, [...lines, ...states]);
      expect(again.exit).toBe(0);
      expect(again.run.told).toHaveLength(states.length);
      expect(readReports(path).at(-1)?.items).toEqual({});
    }
    expect(contents(path)).toEqual(items);
    expect(await verify(path)).toBe(0);
  }
);

test('what a rebuilt ledger knows is not counted for the run that comes next', async () => {
  const path = temporaryFolder();
  const broken = Array.from({length: 25}, (_, at) => unreadableRow('log-1', at, Buffer.from([0xff, at])));
  const lines = [...messageLines({event: 'e1'}), ...broken.map((row) => recordLine('messages', row))];
  expect((await write({path, config: {set_aside_percent: 100}}, lines)).exit).toBe(0);
  rmSync(ledgerOf(path, 'ws-1'));
  expect((await rebuild(path)).exit).toBe(0);
  const {exit, run} = await write({path}, [...lines, ...messageLines({event: 'e2', conversation: 'conv-2'})]);
  expect([exit, run.errors]).toEqual([0, []]);
  const {text} = await printed('report', {path, options: ['--format', 'json']});
  const {workspaces} = JSON.parse(text) as {workspaces: {runs: object[]}[]};
  expect(workspaces[0]?.runs).toMatchObject([
    {collected: null, delivered: 1, set_aside: 25},
    {collected: 27, delivered: 1, set_aside: 0},
  ]);
  const manifests = readdirSync(join(path, 'ws-1', 'manifests')).map((name) =>
    readFileSync(join(path, 'ws-1', 'manifests', name), 'utf8').split('\n')
  );
  expect(manifests.map((manifest) => manifest.filter((line) => line.startsWith('{"item"')).length)).toEqual([1, 1]);
  expect(await verify(path)).toBe(0);
});

test('a workspace of which everything is set aside has its ledger again', async () => {
  const path = temporaryFolder();
  const look = {config: {rules: [{name: 'look', disposition: 'set_aside'}]}};
  expect((await write({path, ...look}, messageLines({event: 'e1'}, {event: 'e2'}))).exit).toBe(0);
  rmSync(ledgerOf(path, 'ws-1'));
  const {exit, run} = await rebuild(path);
  expect([exit, run.logText]).toEqual([0, expect.stringContaining('0 items, 0 records, 2 set aside')]);
  expect(await verify(path)).toBe(0);
  expect((await printed('retry-set-aside', {path})).text).toContain('2 went into the archive, 0 stay set aside.');
  expect(await verify(path)).toBe(0);
});

test('items that no backup has come again after a rebuild, and all else is a duplicate', async () => {
  const path = temporaryFolder();
  const config = {grouping: 'message'};
  const lines = [
    ...messageLines({event: 'e1'}, {event: 'e2'}, {event: 'e3'}, {event: 'e4'}),
    stateLine('messages', 1, 4),
  ];
  expect((await write({path, config}, lines)).exit).toBe(0);
  const before = itemPaths(path);
  const [gone = '', changed = ''] = before;
  rmSync(join(path, gone));
  writeFileSync(join(path, changed), 'not an item any more');
  expect(await verify(path, config)).toBe(1);
  rmSync(join(path, changed));
  rmSync(join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite'));
  expect((await printed('rebuild-ledger', {path, config})).exit).toBe(0);
  const again = await write({path, config}, lines);
  expect([again.exit, again.run.told]).toEqual([0, ['messages:1']]);
  expect(itemPaths(path)).toEqual(before);
  expect(await verify(path, config)).toBe(0);
});

test('holds of before are to be added again: rebuild and verify say so, and then all is whole', async () => {
  const path = temporaryFolder();
  const hold = (...options: string[]): Promise<{exit: number | null; text: string}> =>
    printed('hold', {path, options: [...options, '--name', 'matter-17', '--reason', 'Request of counsel']});
  expect((await write({path}, messageLines({event: 'e1'}))).exit).toBe(0);
  expect((await hold('add', '--user', 'user-ada')).exit).toBe(0);
  rmSync(ledgerOf(path, 'ws-1'));
  const rebuilt = await rebuild(path);
  expect([rebuilt.exit, rebuilt.run.logText]).toEqual([0, expect.stringContaining('add those of before again')]);
  const found = await printed('verify', {path});
  expect([found.exit, found.text]).toEqual([
    1,
    expect.stringMatching(/matter-17, of which .* knows nothing.*hold add/),
  ]);
  expect((await hold('add', '--user', 'user-ada')).exit).toBe(0);
  expect(await verify(path)).toBe(0);
});

test('the error of a lost ledger names the verb, which works without the folder of the ledger too', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  rmSync(join(path, '.arctera-archive'), {recursive: true});
  const {run} = await write({path}, messageLines({event: 'e2'}));
  expect(run.errors).toMatchObject([{internal_message: 'ConfigError archive_without_ledger'}]);
  expect(run.errors[0]?.message).toContain('rebuild-ledger');
  expect((await rebuild(path)).exit).toBe(0);
  expect((await write({path}, messageLines({event: 'e1'}, {event: 'e2'}))).exit).toBe(0);
  expect(itemPaths(path)).toHaveLength(2);
  expect(await verify(path)).toBe(0);
});

test('a ledger that is there is left alone', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  const before = readFileSync(ledgerOf(path, 'ws-1'));
  const {exit, run} = await rebuild(path);
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: 'ConfigError ledger_present'}]);
  expect(readFileSync(ledgerOf(path, 'ws-1')).equals(before)).toBe(true);
});

test('only the ledgers that are lost are made', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}, {event: 'e2', workspace: 'ws-2'}));
  const before = readFileSync(ledgerOf(path, 'ws-1'));
  rmSync(ledgerOf(path, 'ws-2'));
  expect((await rebuild(path)).exit).toBe(0);
  expect(readFileSync(ledgerOf(path, 'ws-1')).equals(before)).toBe(true);
  expect(await verify(path)).toBe(0);
});

test('files that are no items of the workspace are named and left out', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}, {event: 'e2', conversation: 'conv-2'}));
  const [first = '', second = ''] = itemPaths(path);
  rmSync(ledgerOf(path, 'ws-1'));
  copyFileSync(join(path, first), join(path, 'ws-1', 'copy.eml'));
  writeFileSync(join(path, second), readFileSync(join(path, second)).subarray(0, -1_000)); // cut off
  mkdirSync(join(path, 'other'));
  writeFileSync(join(path, 'other', 'mail.eml'), 'Subject: something else\r\n\r\nhello\r\n');
  const {exit, run} = await rebuild(path);
  expect(exit).toBe(1);
  expect(run.logText).toContain('"copy.eml"');
  expect(run.logText).toContain(JSON.stringify(second.replace('ws-1/', '')));
  expect(run.logText).toContain('2 files were not taken in');
  expect(run.logText).toContain('1 items, 1 records');
  expect(await verify(path)).toBe(1);
  rmSync(join(path, 'other'), {recursive: true});
  rmSync(join(path, 'ws-1', 'copy.eml'));
  await write({path}, messageLines({event: 'e1'}, {event: 'e2', conversation: 'conv-2'})); // mends the one cut off
  expect(await verify(path)).toBe(0);
});

test('what a killed writer left beside a lost ledger does not reach the new one', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}));
  const ledger = ledgerOf(path, 'ws-1');
  const db = new Database(ledger);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE intruder (x)');
  copyFileSync(`${ledger}-wal`, `${ledger}-kept`);
  db.close();
  rmSync(ledger);
  copyFileSync(`${ledger}-kept`, `${ledger}-wal`);
  expect((await rebuild(path)).exit).toBe(0);
  expect(existsSync(`${ledger}-wal`)).toBe(false);
  expect(existsSync(`${ledger}-wal.lost`)).toBe(true);
  expect(await verify(path)).toBe(0);
});
