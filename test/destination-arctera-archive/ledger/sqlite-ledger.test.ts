// The SQLite ledger: what every ledger must do, and what the file itself refuses.
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

function column(file: string, name: 'at' | 'kind'): unknown[] {
  const db = new Database(file, {readonly: true});
  const values = db.prepare(`SELECT ${name} FROM entries ORDER BY seq`).pluck().all();
  db.close();
  return values;
}
