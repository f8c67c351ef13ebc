// Reads the entries of a ledger back by their kind, one at a time, so that a ledger of any size fits.
import type {Database as Connection} from 'better-sqlite3';
import type {ChainedEntry} from './chain';
import {type EntryKind, parseBody, parseStatement} from './entry';
import type {LedgerEntry, ReadEntries} from './evidence';
import {holdsIn} from './holds';
import type {Hold} from './ledger';
import {openToRead} from './open-to-read';
import {onLedger} from './sqlite-error';

/** Runs and holds are few among many entries; an earlier release made ledgers without this index. */
export const entriesByKind = 'CREATE INDEX IF NOT EXISTS entries_by_kind ON entries (kind)';

/** One entry by a query of its own: no cursor stays open while the reader does something else. */
export async function* readEntries(
  db: Connection,
  kinds: readonly EntryKind[],
  begin: number
): AsyncGenerator<LedgerEntry> {
  const marks = kinds.map(() => '?').join(', ');
  const next = onLedger(() =>
    db.prepare<unknown[], ChainedEntry>(
      `SELECT seq, at, kind, body, hash FROM main.entries WHERE kind IN (${marks}) AND seq > ? ORDER BY seq LIMIT ${rowsAtOnce}`
    )
  );
  for (let after = begin; ;) {
    const rows = onLedger(() => next.all(...kinds, after));
    for (const {seq, at, kind, body, hash} of rows) yield {seq, at, hash, ...parseStatement(seq, kind, body)};
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.seq;
    await Promise.resolve();
  }
}

const rowsAtOnce = 64;

/** What people may ask of a ledger while no run holds it. */
export interface LedgerReader {
  readonly workspaceId: string;
  readonly archiveId: string;
  readonly entries: ReadEntries;
  /** Holds that nobody has released, oldest first. */
  readonly holds: readonly Hold[];
  close(): void;
}

/** Throws TransientError `ledger_locked` while a run holds it. */
export function openLedgerToRead(file: string): LedgerReader {
  return onLedger(() => {
    const db = openToRead(file);
    try {
      const first = db.prepare<[], {body: string}>('SELECT body FROM entries WHERE seq = 1').get();
      const genesis = parseBody(1, 'genesis', first?.body ?? '');
      return {
        workspaceId: genesis.workspace_id,
        archiveId: genesis.archive_id,
        holds: holdsIn(db),
        entries: (kinds, after = 0) => readEntries(db, kinds, after),
        close: () => void db.close(),
      };
    } catch (error) {
      db.close();
      throw error;
    }
  });
}
