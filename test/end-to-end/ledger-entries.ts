// Reads what a ledger says, for tests of what a run has written into it.
import {join} from 'node:path';
import Database from 'better-sqlite3';

export interface LedgerEntry {
  readonly kind: string;
  readonly body: {
    readonly item_id?: string;
    readonly address?: string;
    readonly end?: string;
    readonly item_ids?: readonly string[];
    readonly sha256?: string;
    readonly receipts?: readonly {readonly target: string; readonly reply: string; readonly possibly_twice: boolean}[];
    readonly refusals?: readonly {readonly target: string; readonly words: string; readonly path: string}[];
    readonly possibly_sent?: readonly {readonly target: string}[];
  };
}

export function entriesOf(path: string): LedgerEntry[] {
  const db = new Database(join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite'), {readonly: true});
  const rows = db.prepare<[], {kind: string; body: string}>('SELECT kind, body FROM entries ORDER BY seq').all();
  db.close();
  return rows.map(({kind, body}) => ({kind, body: JSON.parse(body) as LedgerEntry['body']}));
}

export function receiptsOf(path: string): NonNullable<LedgerEntry['body']['receipts']>[number][] {
  return entriesOf(path).flatMap(({body}) => body.receipts ?? []);
}
