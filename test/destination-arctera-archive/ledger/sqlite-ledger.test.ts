// The SQLite ledger: what every ledger must do, and what the file itself refuses.
import {copyFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import Database from 'better-sqlite3';
import {describeLedger} from './ledger-contract';
import {intentOf, openLedger, temporaryFolder} from './ledger-fixture';

const newFile = (): string => join(temporaryFolder(), 'ledger.sqlite');

describeLedger('SqliteLedger', {
  place: newFile,
  open: openLedger,
  column: (file, name) => Promise.resolve(column(file, name)),
});

describe('the file', () => {
  test.each([
    ['UPDATE entries SET body = body'],
    ['DELETE FROM entries WHERE seq = 2'],
    ["INSERT OR REPLACE INTO entries VALUES (1, '', 'genesis', '{}', '')"],
  ])('refuses %s', async (sql) => {
    const file = newFile();
    const ledger = await openLedger(file);
    ledger.intend([intentOf('i1', ['r1'])]);
    ledger.close();
    const db = new Database(file);
    expect(() => db.exec(sql)).toThrow(/append-only/);
    db.close();
  });
});

test.each<[string, (file: string) => void]>([
  [
    'replaced by a copy',
    (file) => {
      copyFileSync(file, `${file}.backup`);
      renameSync(`${file}.backup`, file);
    },
  ],
  ['removed', (file) => rmSync(file)],
])('a file that is %s while it is held takes no further entry', async (_, meddle) => {
  const file = newFile();
  const ledger = await openLedger(file);
  ledger.intend([intentOf('i1', ['r1'])]);
  meddle(file);
  expect(() => ledger.delivered(['i1'])).toThrow(expect.objectContaining({code: 'ledger_damaged'}));
  expect(() => ledger.intend([intentOf('i2', ['r2'])])).toThrow(expect.objectContaining({code: 'ledger_damaged'}));
});

function column(file: string, name: 'at' | 'kind'): unknown[] {
  const db = new Database(file, {readonly: true});
  const values = db.prepare(`SELECT ${name} FROM entries ORDER BY seq`).pluck().all();
  db.close();
  return values;
}
