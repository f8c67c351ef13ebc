// Opening a ledger: whose it is, whether it is whole, and who holds it.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import Database from 'better-sqlite3';
import {root} from '../../source-files';
import {verifyLedger} from '../../../destination-arctera-archive/ledger/verify';
import {HandClock, holding, intentOf, onEnd, openLedger, targetOf, temporaryFolder} from './ledger-fixture';

async function existingLedger(): Promise<string> {
  const file = join(temporaryFolder(), 'ledger.sqlite');
  const ledger = await openLedger(file);
  ledger.intend([intentOf('i1', ['r1'])]);
  ledger.delivered(['i1']);
  ledger.close();
  return file;
}

const holder = `
  const db = new (require('better-sqlite3'))(process.argv[1], {timeout: 0});
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.exec('BEGIN IMMEDIATE; COMMIT');
  console.log('holding');
  setInterval(() => {}, 1000);
`;

async function holdInOtherProcess(file: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', holder, file], {stdio: ['ignore', 'pipe', 'inherit']});
  onEnd(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

describe('openSqliteLedger', () => {
  test.each([
    ['another archive', {archiveId: 'other'}],
    ['another workspace', {workspaceId: 'other'}],
  ])('refuses the ledger of %s', async (_, options) => {
    const file = await existingLedger();
    await expect(openLedger(file, options)).rejects.toMatchObject({code: 'ledger_without_archive', recovery: 'config'});
  });

  test('refuses a ledger of a newer format', async () => {
    const file = await existingLedger();
    edit(file, `UPDATE entries SET body = json_set(body, '$.format', 2) WHERE seq = 1`);
    await expect(openLedger(file)).rejects.toMatchObject({code: 'ledger_newer', recovery: 'config'});
  });

  test.each<[string, (file: string) => void]>([
    ['is not a database', (file) => writeFileSync(file, 'x'.repeat(5000))],
    ['is another database', (file) => edit(file, 'DROP TABLE entries')],
    ['has an altered last entry', (file) => edit(file, 'UPDATE entries SET body = body || char(32) WHERE seq = 3')],
    ['lost the entry before the last', (file) => edit(file, 'DELETE FROM entries WHERE seq = 2')],
    ['lost all entries', (file) => edit(file, 'DELETE FROM entries')],
    ['has scrambled pages', (file) => writeFileSync(file, readFileSync(file).fill(0xa5, 200, 16_384))],
  ])('refuses a file that %s', async (_, damage) => {
    const file = await existingLedger();
    damage(file);
    await expect(openLedger(file)).rejects.toMatchObject({code: 'ledger_damaged', recovery: 'integrity'});
  });

  test('gives up on a ledger that another process holds, after the time it may wait', async () => {
    const file = await existingLedger();
    await holdInOtherProcess(file);
    const clock = new HandClock();
    const opening = openLedger(file, {clock, lockWaitMs: 2_000});
    await expect(opening).rejects.toMatchObject({code: 'ledger_locked', recovery: 'transient'});
    expect(clock.sleeps).toBe(4);
    const verifying = verifyLedger({file, targets: new Map([['default', targetOf(new Map())]])});
    await expect(verifying).rejects.toMatchObject({code: 'ledger_locked', recovery: 'transient'});
  });

  test('stops waiting when called off', async () => {
    const file = await existingLedger();
    await holdInOtherProcess(file);
    const opening = openLedger(file, {lockWaitMs: 900_000, signal: AbortSignal.timeout(100)});
    await expect(opening).rejects.toMatchObject({code: 'ledger_locked'});
  });

  test('gets the ledger as soon as its holder is killed', async () => {
    const file = await existingLedger();
    const child = await holdInOtherProcess(file);
    const opening = openLedger(file, {lockWaitMs: 900_000});
    setTimeout(() => child.kill('SIGKILL'), 200);
    expect((await opening).findRecord('r1')?.outcome).toBe('delivered');
  });

  test('holds it against a second writer, in the same process too', async () => {
    const file = join(temporaryFolder(), 'ledger.sqlite');
    const ledger = await openLedger(file);
    await expect(openLedger(file)).rejects.toMatchObject({code: 'ledger_locked'});
    const other = spawn(process.execPath, ['-e', holder, file], {stdio: 'ignore'});
    expect(await once(other, 'exit')).toEqual([1, null]);
    ledger.close();
    await openLedger(file);
  });

  test('lets a ledger be verified whose writer was killed before it could tidy up', async () => {
    const file = await existingLedger();
    const child = await holdInOtherProcess(file);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await verifyLedger({file, targets: new Map([['default', targetOf(holding('i1'))]])})).toMatchObject({
      problems: [],
      items: 1,
    });
  });
});

/** Alters a closed ledger as someone with an SQLite shell could. */
function edit(file: string, sql: string): void {
  const db = new Database(file);
  for (const name of ['updated', 'deleted', 'replaced']) db.exec(`DROP TRIGGER entries_are_not_${name}`);
  db.exec(sql);
  db.close();
}

test('continues a ledger that version 0.1.0 wrote, and verifies it before and after', async () => {
  const file = join(temporaryFolder(), 'ledger.sqlite');
  copyFileSync(join(root, 'test', 'fixtures', 'ledgers', '0.1.0.sqlite'), file);
  const targets = new Map([
    ['default', targetOf(holding('i1', 'i2', 'i3'))],
    ['journal', {...targetOf(new Map()), isReadable: false}],
  ]);
  // It names a copy by a hash that none has.
  const told = ['The record set aside by entry 7 is missing: set-aside/x.json.'];
  expect((await verifyLedger({file, targets})).problems).toEqual(told);
  const ledger = await openLedger(file);
  expect(ledger.findRecord('r3')?.itemId).toBe('i2');
  expect([ledger.isTaken('i3', 'journal'), ledger.isPossiblySent('r4', 'journal')]).toEqual([false, false]);
  ledger.voided(['i3'], [{itemId: 'i3', target: 'journal'}]);
  expect(ledger.isPossiblySent('r4', 'journal')).toBe(true);
  const scope = {users: ['u'], conversations: [], from: null, until: null};
  await ledger.note({kind: 'hold_added', body: {name: 'matter', reason: 'why', ...scope}});
  expect(ledger.holds()).toMatchObject([{name: 'matter', users: ['u']}]);
  ledger.close();
  expect(
    (await verifyLedger({file, targets: new Map([...targets, ['default', targetOf(holding('i1', 'i2'))]])})).problems
  ).toEqual(told);
});
