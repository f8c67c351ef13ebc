// The ledger in an SQLite file that one writer holds for as long as it is open.
import {randomUUID} from 'node:crypto';
import {closeSync, fdatasync, openSync, statSync} from 'node:fs';
import {promisify} from 'node:util';
import Database, {type Database as Connection, type Statement as Prepared} from 'better-sqlite3';
import {BugError, ConfigError, IntegrityError} from '../../core/errors';
import {chainStart, type ChainedEntry, type ChainHead, describeBreak, toNextEntry} from './chain';
import {
  ledgerFormat,
  parseBody,
  type Statement,
  toIntent,
  toIntentBody,
  toExcludedBody,
  toPeopleBody,
  toReason,
  toSetAsideBody,
  toDeliveredBody,
  toTakenBody,
  toVoidedBody,
} from './entry';
import type {EvidenceLedger, Note, ReadEntries} from './evidence';
import {holdsIn} from './holds';
import type {Hold} from './ledger';
import type {
  Exclusion,
  Intent,
  ItemAt,
  KnownFile,
  KnownRecord,
  Person,
  PolicyReason,
  SetAside,
  TargetReceipt,
  TargetsSaid,
} from './ledger';
import {type LockWait, waitForLedger} from './ledger-lock';
import {Projection, toKey} from './projection';
import {entriesByKind, readEntries} from './read-entries';
import {
  documentsByThread,
  entriesSchema,
  migrationFrom,
  newestDocument,
  projectionSchema,
  schemaVersion,
} from './schema';
import {onLedger, toFlushError} from './sqlite-error';

const flushFile = promisify(fdatasync);

export interface SqliteLedgerOptions extends LockWait {
  /** Its folder must exist. */
  readonly file: string;
  readonly workspaceId: string;
  /** The id that the target carries. */
  readonly archiveId: string;
}

/** Asked under the lock, when it is certain whether the ledger was begun: of two first writers one creates the id. */
export type AskArchiveId = (isBegun: boolean) => Promise<string | undefined>;

/**
 * Opens the ledger, or begins it. The operating system frees the lock however the process ends.
 * Nobody else in the process may open and close the file: that would drop the lock (a rule of POSIX).
 */
export async function openSqliteLedger(
  options: Omit<SqliteLedgerOptions, 'archiveId'> & {readonly archiveId: string | AskArchiveId}
): Promise<EvidenceLedger> {
  const db = await waitForLedger(() => hold(options.file), options);
  try {
    const given = options.archiveId;
    const asked = typeof given === 'string' ? given : await given(onLedger(() => isBegun(db)));
    const archiveId = asked ?? onLedger(() => ownArchiveId(db)) ?? randomUUID();
    return onLedger(() => new SqliteLedger(db, {...options, archiveId}));
  } catch (error) {
    db.close();
    throw error;
  }
}

function hold(file: string): Connection {
  const db = new Database(file, {timeout: 0});
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('cache_size = -8192'); // KiB; what leaves it is still in the system's cache
    db.pragma('wal_autocheckpoint = 16384'); // pages: record ids are random, so most batches touch most pages
    db.exec('BEGIN IMMEDIATE; COMMIT;'); // takes the lock, which EXCLUSIVE then keeps
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function isBegun(db: Connection): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined;
}

class SqliteLedger implements EvidenceLedger {
  readonly archiveId: string;
  readonly entries: ReadEntries = (kinds, after = 0) => readEntries(this.#db, kinds, after);
  readonly #db: Connection;
  readonly #options: SqliteLedgerOptions;
  readonly #identity: string | undefined;
  readonly #projection: Projection;
  readonly #appendEntry: Prepared<[ChainedEntry]>;
  readonly #findRecord: Prepared<[string], {sha256: string; outcome: KnownRecord['outcome']; itemId: string | null}>;
  readonly #findItemOf: Prepared<[string], {seq: number; body: string}>;
  readonly #findDocument: Prepared<[string], {seq: number; body: string}>;
  readonly #findExclusion: Prepared<[string], {seq: number; body: string}>;
  readonly #findFile: Prepared<
    [string, string],
    {outcome: KnownFile['outcome']; sha256: string | null; itemId: string}
  >;
  readonly #findBytes: Prepared<
    [string, string],
    {outcome: KnownFile['outcome']; sha256: string | null; itemId: string}
  >;
  readonly #findSubject: Prepared<[string], {subject: string}>;
  readonly #findPerson: Prepared<[string], {email: string | null; name: string | null}>;
  readonly #findSetAside: Prepared<[string, string]>;
  readonly #findItem: Prepared<[{itemId: string}]>;
  readonly #isTaken: Prepared<[string, string]>;
  readonly #isPossiblySent: Prepared<[string, string]>;
  readonly #findReached: Prepared<[string], {reached: number}>;
  readonly #openIntents: Prepared<[], {seq: number; body: string}>;
  /** Records of open intents: a record lies in one item, so no second intent may name it. */
  readonly #intended = new Map<string, readonly string[]>();
  readonly #intendedRecords = new Set<string>();
  #head: ChainHead;
  /** Of the file that SQLite appends to; open from the first time that its flush is waited for. */
  #log: number | undefined;
  #holds: readonly Hold[] | undefined;

  constructor(db: Connection, options: SqliteLedgerOptions) {
    this.#db = db;
    this.#options = options;
    this.#identity = identityOf(options.file);
    const isNew = !isBegun(db);
    if (!isNew) checkGenesis(db, options);
    this.#head = isNew ? chainStart : readHead(db);
    if (isNew) db.exec(`BEGIN; ${entriesSchema} ${projectionSchema('CREATE TABLE')}`);
    else migrate(db);
    db.exec(`${entriesByKind}; ${documentsByThread}`);
    this.#projection = new Projection(db);
    this.#appendEntry = db.prepare(
      'INSERT INTO entries (seq, at, kind, body, hash) VALUES (:seq, :at, :kind, :body, :hash)'
    );
    if (isNew) {
      const {archiveId, workspaceId} = options;
      this.#append({
        kind: 'genesis',
        body: {archive_id: archiveId, workspace_id: workspaceId, format: ledgerFormat},
      });
      db.exec('COMMIT');
    }
    this.archiveId = options.archiveId;
    this.#findRecord = db.prepare(
      `SELECT r.sha256, r.outcome, i.item_id AS itemId FROM records r
       LEFT JOIN items i ON i.entry = r.entry WHERE r.record_id = ?`
    );
    this.#findItemOf = db.prepare(
      `SELECT e.seq, e.body FROM records r JOIN entries e ON e.seq = r.entry
       WHERE r.record_id = ? AND r.outcome = 'delivered'`
    );
    this.#findDocument = db.prepare(`SELECT e.seq, e.body ${newestDocument}`);
    this.#findExclusion = db.prepare(
      `SELECT e.seq, e.body FROM records r JOIN entries e ON e.seq = r.entry
       WHERE r.record_id = ? AND r.outcome = 'excluded'`
    );
    this.#findFile = db.prepare(
      `SELECT f.outcome, f.sha256, i.item_id AS itemId FROM files f
       JOIN items i ON i.entry = f.entry WHERE f.file_id = ? AND f.event_id = ?`
    );
    this.#findBytes = db.prepare(
      `SELECT f.outcome, f.sha256, i.item_id AS itemId FROM files f
       JOIN items i ON i.entry = f.entry WHERE f.file_id = ? AND f.sha256 = ? AND f.outcome = 'captured'
       ORDER BY f.entry LIMIT 1`
    );
    this.#findSubject = db.prepare('SELECT subject FROM conversations WHERE id = ?');
    this.#findPerson = db.prepare('SELECT email, name FROM people WHERE id = ?');
    this.#findSetAside = db.prepare('SELECT 1 FROM set_aside WHERE record_id = ? AND sha256 = ?');
    this.#findItem = db.prepare(
      `SELECT 1 FROM items WHERE item_id = :itemId UNION ALL SELECT 1 FROM open_intents WHERE item_id = :itemId`
    );
    this.#isTaken = db.prepare('SELECT 1 FROM taken WHERE item_id = ? AND target = ?');
    this.#isPossiblySent = db.prepare('SELECT 1 FROM possibly_sent WHERE record_id = ? AND target = ?');
    this.#findReached = db.prepare('SELECT reached FROM states WHERE lineage = ?');
    this.#openIntents = db.prepare(
      'SELECT e.seq, e.body FROM open_intents o JOIN entries e ON e.seq = o.entry ORDER BY e.seq'
    );
    for (const intent of this.openIntents()) this.#noteIntent(intent);
  }

  findRecord(recordId: string): KnownRecord | undefined {
    const row = onLedger(() => this.#findRecord.get(toKey(recordId)));
    return row === undefined ? undefined : {...row, itemId: row.itemId ?? undefined};
  }

  findItemOf(recordId: string): Intent | undefined {
    const row = onLedger(() => this.#findItemOf.get(toKey(recordId)));
    return row === undefined ? undefined : toIntent(parseBody(row.seq, 'intent', row.body));
  }

  findDocument(objectId: string): Intent | undefined {
    const row = onLedger(() => this.#findDocument.get(toKey(objectId)));
    return row === undefined ? undefined : toIntent(parseBody(row.seq, 'intent', row.body));
  }

  findExclusion(recordId: string): PolicyReason | undefined {
    const row = onLedger(() => this.#findExclusion.get(toKey(recordId)));
    return row === undefined ? undefined : toReason(parseBody(row.seq, 'excluded', row.body).why);
  }

  findFile(fileId: string, eventId: string): KnownFile | undefined {
    const row = onLedger(() => this.#findFile.get(toKey(fileId), toKey(eventId)));
    return row === undefined ? undefined : {...row, sha256: row.sha256 ?? undefined};
  }

  findBytes(fileId: string, sha256: string): KnownFile | undefined {
    const row = onLedger(() => this.#findBytes.get(toKey(fileId), sha256));
    return row === undefined ? undefined : {...row, sha256: row.sha256 ?? undefined};
  }

  findSubject(conversationId: string): string | undefined {
    return onLedger(() => this.#findSubject.get(toKey(conversationId)))?.subject;
  }

  findPerson(userId: string): Person | undefined {
    const row = onLedger(() => this.#findPerson.get(toKey(userId)));
    return row === undefined ? undefined : {id: userId, email: row.email ?? undefined, name: row.name ?? undefined};
  }

  findReached(lineage: string): number | undefined {
    return onLedger(() => this.#findReached.get(toKey(lineage)))?.reached;
  }

  openIntents(): readonly Intent[] {
    return onLedger(() => this.#openIntents.all().map(({seq, body}) => toIntent(parseBody(seq, 'intent', body))));
  }

  intend(intents: readonly Intent[]): void {
    try {
      this.#write(() => {
        for (const intent of intents) {
          this.#checkIntent(intent);
          this.#noteIntent(intent);
          this.#append({kind: 'intent', body: toIntentBody(intent)});
        }
      });
    } catch (error) {
      this.#intended.clear();
      this.#intendedRecords.clear();
      for (const intent of this.openIntents()) this.#noteIntent(intent);
      throw error;
    }
  }

  delivered(itemIds: readonly string[], {receipts = [], refusals = []}: TargetsSaid = {}): void {
    this.#settle({kind: 'delivered', body: toDeliveredBody(itemIds, receipts, refusals)});
  }

  async durably(work: () => void): Promise<void> {
    onLedger(() => this.#db.pragma('synchronous = NORMAL')); // SQLite flushes no commit, only what it is about to write over
    try {
      work();
    } finally {
      onLedger(() => this.#db.pragma('synchronous = FULL'));
    }
    try {
      this.#log ??= openSync(`${this.#options.file}-wal`, 'r+');
      await flushFile(this.#log);
    } catch (error) {
      throw toFlushError(error);
    }
  }

  taken(items: readonly ItemAt[], receipts: readonly TargetReceipt[] = []): void {
    if (items.length > 0) this.#write(() => this.#append({kind: 'taken', body: toTakenBody(items, receipts)}));
  }

  isTaken(itemId: string, target: string): boolean {
    return onLedger(() => this.#isTaken.get(itemId, target)) !== undefined;
  }

  voided(itemIds: readonly string[], possiblySent: readonly ItemAt[] = []): void {
    this.#settle({kind: 'voided', body: toVoidedBody(itemIds, possiblySent)});
  }

  isPossiblySent(recordId: string, target: string): boolean {
    return onLedger(() => this.#isPossiblySent.get(toKey(recordId), target)) !== undefined;
  }

  isIntended(recordId: string): boolean {
    return this.#intendedRecords.has(recordId);
  }

  setAside(records: readonly SetAside[]): void {
    this.#write(() => {
      for (const each of records) {
        const isKnown = this.#findSetAside.get(toKey(each.record.recordId), each.record.sha256) !== undefined;
        if (!isKnown) this.#append({kind: 'set_aside', body: toSetAsideBody(each)});
      }
    });
  }

  excluded(exclusions: readonly Exclusion[]): void {
    if (exclusions.length === 0) return;
    this.#write(() => {
      for (const each of exclusions) this.#append({kind: 'excluded', body: toExcludedBody(each)});
    });
  }

  remember(people: readonly Person[]): void {
    const changed = people.filter((person) => {
      const known = this.findPerson(person.id);
      return known === undefined || known.email !== person.email || known.name !== person.name;
    });
    if (changed.length === 0) return;
    this.#write(() => this.#append({kind: 'people', body: toPeopleBody(changed)}));
    this.#holds = undefined; // one of them may be known by an address that a hold names
  }

  note(statement: Note): Promise<void> {
    this.#write(() => this.#append(statement));
    if (statement.kind === 'hold_added' || statement.kind === 'hold_released') this.#holds = undefined;
    return Promise.resolve();
  }

  holds(): readonly Hold[] {
    this.#holds ??= onLedger(() => holdsIn(this.#db));
    return this.#holds;
  }

  close(): void {
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
    onLedger(() => this.#db.close());
  }

  #settle(statement: Extract<Statement, {kind: 'delivered' | 'voided'}>): void {
    const {item_ids: itemIds} = statement.body;
    if (itemIds.length === 0) return;
    this.#write(() => this.#append(statement));
    for (const itemId of itemIds) {
      for (const recordId of this.#intended.get(itemId) ?? []) this.#intendedRecords.delete(recordId);
      this.#intended.delete(itemId);
    }
  }

  #checkIntent({itemId, records}: Intent): void {
    if (this.#findItem.get({itemId}) !== undefined) throw new BugError('An item is intended twice.');
    for (const {recordId} of records) {
      if (this.#intendedRecords.has(recordId) || this.findRecord(recordId)?.outcome === 'delivered') {
        throw new BugError('A record is intended for a second item.');
      }
    }
  }

  #noteIntent({itemId, records}: Intent): void {
    const recordIds: string[] = [];
    for (const {recordId} of records) {
      recordIds.push(recordId);
      this.#intendedRecords.add(recordId);
    }
    this.#intended.set(itemId, recordIds);
  }

  #append(statement: Statement): void {
    const body = JSON.stringify(statement.body);
    const entry = toNextEntry(this.#head, this.#options.clock.nowMs(), statement.kind, body);
    this.#appendEntry.run(entry);
    this.#projection.apply(entry.seq, statement);
    this.#head = entry;
  }

  /**
   * SQLite goes on writing to a file that was moved away or deleted, as by somebody who restores a backup: nobody would
   * find there what the platform is told is kept.
   */
  #assertInPlace(): void {
    if (this.#identity !== undefined && identityOf(this.#options.file) === this.#identity) return;
    throw new IntegrityError('ledger_damaged', 'The file of the ledger was replaced or removed while a run held it.');
  }

  /** One durable transaction; after a failure the chain stands where it stood. */
  #write(work: () => void): void {
    this.#assertInPlace();
    const before = this.#head;
    try {
      onLedger(() => this.#db.transaction(work).immediate());
    } catch (error) {
      this.#head = before;
      throw error;
    }
  }
}

/** Of the file that has the name now; undefined where there is none. */
function identityOf(file: string): string | undefined {
  const found = statSync(file, {bigint: true, throwIfNoEntry: false});
  return found === undefined ? undefined : `${found.dev} ${found.ino}`;
}

/** A ledger of an earlier connector gets the tables that it lacks. */
function migrate(db: Connection): void {
  const version = Number(db.pragma('user_version', {simple: true}));
  if (version > schemaVersion)
    throw new ConfigError('ledger_newer', `The tables of the ledger are version ${version}.`);
  if (version < schemaVersion) db.exec(`BEGIN; ${migrationFrom(version)} COMMIT;`);
}

/** For a target that keeps no id: the ledger's own is the only one. */
function ownArchiveId(db: Connection): string | undefined {
  const row = isBegun(db) ? readEntry(db, 'seq = 1') : undefined;
  return row?.kind === 'genesis' ? parseBody(row.seq, 'genesis', row.body).archive_id : undefined;
}

function checkGenesis(db: Connection, {archiveId, workspaceId}: SqliteLedgerOptions): void {
  const hasEntries = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'entries'`).get() !== undefined;
  const row = hasEntries ? readEntry(db, 'seq = 1') : undefined;
  if (row?.kind !== 'genesis') throw new IntegrityError('ledger_damaged', 'The ledger has no first entry.');
  const genesis = parseBody(row.seq, 'genesis', row.body);
  if (genesis.format > ledgerFormat) {
    throw new ConfigError('ledger_newer', `The ledger has format ${genesis.format}, this connector ${ledgerFormat}.`);
  }
  if (genesis.archive_id !== archiveId || genesis.workspace_id !== workspaceId) {
    throw new ConfigError('ledger_without_archive', 'The ledger belongs to another archive or workspace.');
  }
}

/** The last entry, after proving that its hash is right. */
function readHead(db: Connection): ChainHead {
  const last = readEntry(db, 'seq = (SELECT max(seq) FROM entries)');
  if (last === undefined) throw new IntegrityError('ledger_damaged', 'The ledger has no entries.');
  const problem = describeBreak(readEntry(db, `seq = ${last.seq - 1}`) ?? chainStart, last);
  if (problem !== undefined) throw new IntegrityError('ledger_damaged', problem);
  return last;
}

function readEntry(db: Connection, where: string): ChainedEntry | undefined {
  return db.prepare<[], ChainedEntry>(`SELECT seq, at, kind, body, hash FROM entries WHERE ${where}`).get();
}
