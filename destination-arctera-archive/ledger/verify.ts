// Proves a ledger against itself and against the target, in both directions.
import {access} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Database as Connection} from 'better-sqlite3';
import {systemClock} from '../../core/clock';
import {ConfigError, systemCode} from '../../core/errors';
import type {FalseSidecar, Target} from '../targets/target';
import {parseBody, toIntent} from './entry';
import {holdsIn, holdsOn} from './holds';
import {inParallel} from './in-parallel';
import type {Verification} from './ledger';
import {type LockWait, waitForLedger} from './ledger-lock';
import {placeIn} from './intent-place';
import {KeptFiles} from './kept-files';
import {openToRead} from './open-to-read';
import {Problems} from './problems';
import {compareProjections, refold} from './refold';
import {checkRefusals, checkSetAside} from './set-aside-proof';
import {isDatabaseError, toLedgerError} from './sqlite-error';

export interface VerifyOptions extends Partial<LockWait> {
  readonly file: string;
  /** By name, the archive target as `default`. */
  readonly targets: ReadonlyMap<string, Target>;
  /** What the ledger knows an untrusted id by. */
  readonly key?: (id: string) => string;
}

const checksAtOnce = 8;

/** Reads only. A writer waits until it is done, so that ledger and target stand still. */
export async function verifyLedger({file, targets, key, ...wait}: VerifyOptions): Promise<Verification> {
  await access(file).catch((error: unknown) => {
    throw new ConfigError('archive_without_ledger', 'There is no ledger to verify.', {cause: error});
  });
  const db = await waitForLedger(() => openAtOneMoment(file), {clock: systemClock, lockWaitMs: 0, ...wait});
  try {
    const parts: Problems[] = [];
    const part = (): Problems => {
      const problems = new Problems();
      parts.push(problems);
      return problems;
    };
    const entries = refold(db, part(), key);
    compareProjections(db, part());
    const held = await checkItems(db, targets, part());
    await checkStrangers(db, [...targets.values()], part());
    const kept = new KeptFiles(dirname(file));
    await checkSetAside(db, kept, part());
    await checkRefusals(db, kept, part());
    const problems = Problems.joined(parts);
    return {
      entries,
      items: count(db, 'items'),
      records: count(db, 'records'),
      setAside: count(db, 'set_aside'),
      openIntents: count(db, 'open_intents'),
      held,
      problems: problems.texts,
      problemCount: problems.count,
    };
  } catch (error) {
    throw toVerifyError(error);
  } finally {
    db.close();
  }
}

/**
 * The ledger is open by then: what cannot be opened is a file for the temporary tables, where they leave the memory. A
 * system error is one of the files beside it, which whoever knows the folder tells.
 */
function toVerifyError(error: unknown): unknown {
  if (/^E[A-Z0-9]+$/.test(systemCode(error) ?? '')) return error;
  if (!isDatabaseError(error, 'SQLITE_CANTOPEN')) return toLedgerError(error);
  const detail = 'There is no folder for temporary files that can be written, and a ledger of this size needs one.';
  return new ConfigError('target_not_writable', detail, {cause: error});
}

function openAtOneMoment(file: string): Connection {
  const db = openToRead(file);
  try {
    db.exec('BEGIN');
    db.prepare('SELECT 1 FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Delivered items and their copies in further formats, in every target that they went to. */
async function checkItems(db: Connection, targets: ReadonlyMap<string, Target>, problems: Problems): Promise<number> {
  const holds = holdsIn(db);
  let held = 0;
  const bodyOf = db.prepare<[number], {body: string}>('SELECT body FROM main.entries WHERE seq = ?');
  const isRefused = db.prepare<[string, string]>('SELECT 1 FROM temp.refusals WHERE item_id = ? AND target = ?');
  const items = rowsOf<{entry: number; sha256: string}>(db, 'temp.items', 'entry, sha256');
  await inParallel(items, checksAtOnce, async ({entry, sha256}) => {
    const intent = toIntent(parseBody(entry, 'intent', bodyOf.get(entry)?.body ?? ''));
    const {decision} = intent;
    const names = holdsOn(intent, holds);
    if (names.length > 0) held += 1;
    for (const name of intent.targets) {
      const target = targets.get(name);
      if (target === undefined) {
        problems.add(`The item of entry ${entry} lies in a target that is not configured: ${name}.`);
        continue;
      }
      if (!target.isReadable) continue; // nobody can ask it
      if (isRefused.get(intent.itemId, name) !== undefined) continue; // its bytes are set aside
      const {address, copies} = placeIn(intent, name);
      const placeOf = (at: string): string => (name === 'default' ? at : `${at} in target ${name}`);
      const found = await target.digest(address);
      if (found === undefined) problems.add(`The item of entry ${entry} is missing: ${placeOf(address)}.`);
      else if (found !== sha256) {
        problems.add(`The item of entry ${entry} differs from what was delivered: ${placeOf(address)}.`);
      }
      for (const copy of copies) {
        const digest = await target.digest(copy.address);
        if (digest === undefined) problems.add(`A copy of entry ${entry} is missing: ${placeOf(copy.address)}.`);
        else if (digest !== copy.sha256) problems.add(`A copy of entry ${entry} differs: ${placeOf(copy.address)}.`);
      }
      for (const at of [{address, sha256}, ...copies]) {
        const facts = {
          itemId: intent.itemId,
          sha256: at.sha256,
          dateMs: toMs(intent.date),
          heldFor: names,
          ...decision,
        };
        for (const beside of (await target.findFalseSidecars?.(at.address, facts)) ?? []) {
          problems.add(describeFalse(entry, beside, placeOf));
        }
      }
      const meant = target.holds?.placesPolicyHold === true ? [...names, ...[decision?.legalHold ?? []].flat()] : names;
      if (found === undefined || meant.length === 0 || target.holds === undefined) continue;
      for (const at of [address, ...copies.map((copy) => copy.address)]) {
        if (await target.holds.isHeld(at, meant)) continue;
        problems.add(`The item of entry ${entry} is not held for ${meant.join(', ')}: ${placeOf(at)}.`);
      }
    }
  });
  return held;
}

function describeFalse(entry: number, {address, strayHolds}: FalseSidecar, placeOf: (at: string) => string): string {
  const what = `What lies beside the item of entry ${entry} is not what the ledger says: ${placeOf(address)}.`;
  if (strayHolds.length === 0) return what;
  return `${what} It holds the item for ${strayHolds.join(', ')}, of which the ledger knows nothing. Where the ledger was made anew, add such a hold again with hold add, and release it then if it is over.`;
}

function toMs(date: string | undefined): number | undefined {
  const dateMs = Date.parse(date ?? '');
  return Number.isNaN(dateMs) ? undefined : dateMs;
}

/** Items that no entry knows. Those of open intents may be there: the next run settles them. */
async function checkStrangers(db: Connection, targets: readonly Target[], problems: Problems): Promise<void> {
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
  db.exec(
    `CREATE TEMP TABLE places AS SELECT p.value ->> '$.address' AS address
     FROM main.entries e, json_each(iif(e.kind = 'intent' AND json_valid(e.body), e.body, '{}'), '$.places') p
     UNION SELECT c.value
     FROM main.entries e, json_each(iif(e.kind = 'intent' AND json_valid(e.body), e.body, '{}'), '$.places') p,
       json_each(p.value, '$.copies') c`
  );
  const isPlaced = db.prepare<[string]>('SELECT 1 FROM temp.places WHERE address = ?');
  const intended = new Set(open.map(({seq, body}) => parseBody(seq, 'intent', body).address));
  for (const target of targets) {
    for await (const address of target.list?.() ?? []) {
      if (isKnown.get(address) !== undefined || intended.has(address)) continue;
      if (isCopy.get(address) !== undefined || isPlaced.get(address) !== undefined) continue;
      problems.add(`No entry knows the item ${JSON.stringify(address)}.`);
    }
  }
}

/** One row at a time, each by a query of its own: no cursor stays open while the target answers. */
function* rowsOf<Row extends {entry: number}>(db: Connection, table: string, columns: string): Generator<Row> {
  const next = db.prepare<[number], Row>(`SELECT ${columns} FROM ${table} WHERE entry > ? ORDER BY entry LIMIT 1`);
  for (let row = next.get(0); row !== undefined; row = next.get(row.entry)) yield row;
}

function count(db: Connection, table: string): number {
  return db.prepare<[], {n: number}>(`SELECT count(*) AS n FROM temp.${table}`).get()?.n ?? 0;
}
