// Proves a ledger against itself and against the target, in both directions.
import {access} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import Database, {type Database as Connection} from 'better-sqlite3';
import {systemClock} from '../../core/clock';
import {ConfigError} from '../../core/errors';
import type {Target} from '../targets/target';
import {inParallel} from './in-parallel';
import {parseBody} from './entry';
import type {ItemCopy, Verification} from './ledger';
import {type LockWait, waitForLedger} from './ledger-lock';
import {Problems} from './problems';
import {compareProjections, refold} from './refold';
import {toLedgerError} from './sqlite-error';

export interface VerifyOptions extends Partial<LockWait> {
  readonly file: string;
  readonly target: Target;
}

const checksAtOnce = 8;

/** Reads only. A writer waits until it is done, so that ledger and target stand still. */
export async function verifyLedger({file, target, ...wait}: VerifyOptions): Promise<Verification> {
  await access(file).catch((error: unknown) => {
    throw new ConfigError('archive_without_ledger', 'There is no ledger to verify.', {cause: error});
  });
  const db = await waitForLedger(() => openToRead(file), {clock: systemClock, lockWaitMs: 0, ...wait});
  try {
    const problems = new Problems();
    const entries = refold(db, problems);
    compareProjections(db, problems);
    await checkItems(db, target, problems);
    await checkCopies(db, target, problems);
    await checkStrangers(db, target, problems);
    await checkSetAside(db, dirname(file), problems);
    return {
      entries,
      items: count(db, 'items'),
      records: count(db, 'records'),
      setAside: count(db, 'set_aside'),
      openIntents: count(db, 'open_intents'),
      problems: problems.texts,
      problemCount: problems.count,
    };
  } catch (error) {
    throw toLedgerError(error);
  } finally {
    db.close();
  }
}

function openToRead(file: string): Connection {
  const db = new Database(file, {readonly: true, timeout: 0});
  try {
    db.exec('BEGIN');
    db.prepare('SELECT 1 FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

async function checkItems(db: Connection, target: Target, problems: Problems): Promise<void> {
  const items = rowsOf<{entry: number; address: string; sha256: string}>(db, 'temp.items', 'entry, address, sha256');
  await inParallel(items, checksAtOnce, async ({entry, address, sha256}) => {
    const found = await target.digest(address);
    if (found === undefined) problems.add(`The item of entry ${entry} is missing: ${address}.`);
    else if (found !== sha256) problems.add(`The item of entry ${entry} differs from what was delivered: ${address}.`);
  });
}

/** What delivered items are in further formats. */
async function checkCopies(db: Connection, target: Target, problems: Problems): Promise<void> {
  const next = db.prepare<[number], {entry: number; copies: string}>(
    `SELECT i.entry, e.body ->> '$.copies' AS copies FROM temp.items i JOIN main.entries e ON e.seq = i.entry
     WHERE i.entry > ? AND e.body ->> '$.copies' IS NOT NULL ORDER BY i.entry LIMIT 1`
  );
  for (let row = next.get(0); row !== undefined; row = next.get(row.entry)) {
    for (const {address, sha256} of JSON.parse(row.copies) as ItemCopy[]) {
      const found = await target.digest(address);
      if (found === undefined) problems.add(`A copy of entry ${row.entry} is missing: ${address}.`);
      else if (found !== sha256) problems.add(`A copy of entry ${row.entry} differs: ${address}.`);
    }
  }
}

/** Items that no entry knows. Those of open intents may be there: the next run settles them. */
async function checkStrangers(db: Connection, target: Target, problems: Problems): Promise<void> {
  db.exec('CREATE INDEX temp.items_by_address ON items (address)');
  const isKnown = db.prepare<[string]>('SELECT 1 FROM temp.items WHERE address = ?');
  const open = db
    .prepare<[], {seq: number; body: string}>(
      'SELECT e.seq, e.body FROM temp.open_intents o JOIN main.entries e ON e.seq = o.entry'
    )
    .all();
  // Of all intents: a run that was cut off may have left copies of items that were given up.
  db.exec(
    `CREATE TEMP TABLE copies AS SELECT c.value ->> '$.address' AS address
     FROM main.entries e, json_each(iif(e.kind = 'intent' AND json_valid(e.body), e.body, '{}'), '$.copies') c`
  );
  db.exec('CREATE INDEX temp.copies_by_address ON copies (address)');
  const isCopy = db.prepare<[string]>('SELECT 1 FROM temp.copies WHERE address = ?');
  const intended = new Set(open.map(({seq, body}) => parseBody(seq, 'intent', body).address));
  for await (const address of target.list()) {
    if (isKnown.get(address) !== undefined || intended.has(address)) continue;
    if (isCopy.get(address) !== undefined) continue;
    problems.add(`No entry knows the item ${JSON.stringify(address)}.`);
  }
}

async function checkSetAside(db: Connection, folder: string, problems: Problems): Promise<void> {
  const copies = rowsOf<{entry: number; path: string}>(db, 'temp.set_aside', 'entry, path');
  await inParallel(copies, checksAtOnce, async ({entry, path}) => {
    await access(join(folder, path)).catch(() =>
      problems.add(`The record set aside by entry ${entry} is missing: ${path}.`)
    );
  });
}

/** One row at a time, each by a query of its own: no cursor stays open while the target answers. */
function* rowsOf<Row extends {entry: number}>(db: Connection, table: string, columns: string): Generator<Row> {
  const next = db.prepare<[number], Row>(`SELECT ${columns} FROM ${table} WHERE entry > ? ORDER BY entry LIMIT 1`);
  for (let row = next.get(0); row !== undefined; row = next.get(row.entry)) yield row;
}

function count(db: Connection, table: string): number {
  return db.prepare<[], {n: number}>(`SELECT count(*) AS n FROM temp.${table}`).get()?.n ?? 0;
}
