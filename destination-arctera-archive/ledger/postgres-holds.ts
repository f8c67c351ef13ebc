// The legal holds of a workspace, read from a ledger in PostgreSQL.
import {type HoldRow, toHold, withPeople} from './holds';
import type {Hold} from './ledger';

/** @param ask runs a query whose first parameter is the workspace */
export function readPostgresHolds(
  ask: (text: string, ...values: readonly unknown[]) => readonly HoldRow[]
): readonly Hold[] {
  const holds = ask(
    `SELECT e.seq, e.at, e.body FROM holds h JOIN entries e ON e.workspace = h.workspace AND e.seq = h.entry
     WHERE h.workspace = $1 ORDER BY e.seq`
  ).map(toHold);
  return withPeople(holds, (entry) =>
    ask(`SELECT seq, at, body FROM entries WHERE workspace = $1 AND kind = 'people' AND seq > $2 ORDER BY seq`, entry)
  );
}
