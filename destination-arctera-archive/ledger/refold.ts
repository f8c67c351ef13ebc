// Folds the entries of a ledger anew into temporary tables, which SQLite keeps out of memory, and compares them.
import type {Database} from 'better-sqlite3';
import {ConnectorError} from '../../core/errors';
import {chainStart, type ChainedEntry, type ChainHead, describeBreak} from './chain';
import {parseStatement} from './entry';
import type {Problems} from './problems';
import {Projection} from './projection';
import {projectionSchema, type ProjectionTable, projectionTables} from './schema';
import {isDatabaseError} from './sqlite-error';

/** Recomputes the chain and refolds the projections as temporary tables. Returns the number of entries. */
export function refold(db: Database, problems: Problems, key?: (id: string) => string): number {
  db.exec(projectionSchema('CREATE TEMP TABLE'));
  db.exec('CREATE INDEX temp.set_aside_by_entry ON set_aside (entry)');
  const projection = new Projection(db, key); // temporary tables hide those of the ledger
  const next = db.prepare<[number], ChainedEntry>(
    'SELECT seq, at, kind, body, hash FROM main.entries WHERE seq > ? ORDER BY seq LIMIT 1'
  );
  let head: ChainHead = chainStart;
  let entries = 0;
  for (let entry = next.get(0); entry !== undefined; entry = next.get(entry.seq)) {
    const broken = describeBreak(head, entry);
    if (broken !== undefined) problems.add(broken);
    if ((entry.kind === 'genesis') !== (entry.seq === 1)) problems.add(`Entry ${entry.seq} cannot be of its kind.`);
    apply(projection, entry, problems);
    head = entry;
    entries += 1;
  }
  if (entries === 0) problems.add('The ledger has no entries.');
  return entries;
}

function apply(projection: Projection, {seq, kind, body}: ChainedEntry, problems: Problems): void {
  try {
    projection.apply(seq, parseStatement(seq, kind, body));
  } catch (error) {
    // An altered entry can contradict the others; the rest is verified all the same.
    if (isDatabaseError(error, 'SQLITE_CONSTRAINT')) problems.add(`Entry ${seq} repeats what another entry says.`);
    else if (error instanceof ConnectorError) problems.add(`Entry ${seq} cannot be applied.`);
    else throw error;
  }
}

/** Compares each projection of the ledger with its temporary twin. */
export function compareProjections(db: Database, problems: Problems): void {
  const version = Number(db.pragma('user_version', {simple: true}));
  for (const table of projectionTables) {
    if ((table.since ?? 0) > version) continue; // the next run adds it
    const isThere = db.prepare('SELECT 1 FROM main.sqlite_schema WHERE name = ?').get(table.name) !== undefined;
    if (!isThere) {
      problems.add(`Table ${table.name} is missing.`);
      continue;
    }
    report(db, table, 'main', 'temp', 'does not follow from the entries', problems);
    report(db, table, 'temp', 'main', 'is missing or differs', problems);
  }
}

function report(
  db: Database,
  {name, key, columns}: ProjectionTable,
  from: string,
  to: string,
  finding: string,
  problems: Problems
): void {
  const isSame = [...key, ...columns].map((column) => `b.${column} IS a.${column}`).join(' AND ');
  // The key is compared with `=` too, because IS alone would not use the index.
  const isAt = key.map((column) => `b.${column} = a.${column}`).join(' AND ');
  const rows = db
    .prepare<[], {key: string}>(
      `SELECT ${key.map((column) => `a.${column}`).join(` || ' ' || `)} AS key FROM ${from}.${name} a
       WHERE NOT EXISTS (SELECT 1 FROM ${to}.${name} b WHERE ${isAt} AND ${isSame})`
    )
    .iterate();
  for (const row of rows) problems.add(`A row of ${name} ${finding}: ${row.key}.`);
}
