// Ledgers in a PostgreSQL database, with a scratch folder for what passes through: nothing in it needs to last.
import {rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import Database from 'better-sqlite3';
import {systemClock} from '../../core/clock';
import {ConfigError, type ConnectorError, TransientError} from '../../core/errors';
import {toSafeName} from '../../core/safe-name';
import {parseBody} from './entry';
import {type Explainer, explainEntry, explainItem, type RecordEntry} from './explain';
import type {Glance} from './glance';
import type {HoldRow} from './holds';
import {waitForLedger} from './ledger-lock';
import type {HeldLedger, IdKey, LedgerPlace, OpenLedgerOptions} from './ledger-place';
import {PostgresMirror} from './mirror';
import {ConnectionLost, type Found, PostgresConnection, type PostgresSettings} from './postgres-connection';
import {readPostgresHolds} from './postgres-holds';
import {lockWorkspace} from './postgres-chain';
import {openPostgresLedger} from './postgres-ledger';
import {untilAnswered} from './postgres-patience';
import {hasTables, migrate, newestDocument} from './postgres-schema';
import {fromText, toPostgresKey} from './postgres-text';
import {fillLedger, ledgerPresent, type RebuildOptions, type Rebuilt} from './rebuild';
import type {RunSummary} from './run-summaries';
import {entriesSchema, projectionSchema, projectionTables} from './schema';
import {makeScratchFolder, removeAbandoned, type ScratchFolder} from './scratch-folder';
import {makeWorkspaceFolder, toWorkspaceFolder, type WorkspaceFolder} from './workspace-folder';

const pageRows = 2000;
/** Of a ledger whose connection is lost each time. */
const mostOpenings = 6;
const openingMs = 250;
/** Those of a server that keep every character; SQL_ASCII keeps bytes as they come. */
const wideEncodings = new Set(['UTF8', 'SQL_ASCII']);

export class PostgresPlace implements LedgerPlace {
  readonly root = tmpdir(); // where the scratch folder lies: a disk that is full is that one's, not the database's
  #connection: PostgresConnection | undefined;
  #scratch: ScratchFolder | undefined;
  /** Known once the ledger has tables, as they are of this release. */
  #isBegun = false;

  constructor(private readonly settings: PostgresSettings) {}

  /**
   * Proves that the ledger can be written, and changes nothing.
   * @param isPatient waits for a server that cannot be reached, as a run does
   */
  probe({isPatient}: {readonly isPatient: boolean}): void {
    const standby = 'The database is a standby server.';
    if (!isPatient) this.#probe(new ConfigError('ledger_refused', standby));
    // It may be the one that takes over in a moment.
    else untilAnswered(() => this.#probe(new TransientError('ledger_unavailable', standby)));
  }

  #probe(standby: ConnectorError): void {
    const connection = new PostgresConnection(this.settings);
    try {
      connection.connect();
      connection.connect(); // a pooler that shares sessions gives the one of before
      const [found] = connection.query<{
        is_standby: boolean;
        is_read_only: boolean;
        encoding: string;
        may: boolean | null;
      }>(
        `SELECT pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only,
           current_setting('server_encoding') AS encoding,
           CASE WHEN to_regnamespace($1) IS NULL THEN has_database_privilege(current_database(), 'CREATE')
             ELSE has_schema_privilege(to_regnamespace($1)::oid, 'CREATE') END AS may`,
        `"${this.settings.schema}"`
      );
      if (found?.is_standby === true) throw standby;
      if (found?.is_read_only === true) {
        throw new ConfigError('ledger_refused', 'The database, or its user, is set to read only.');
      }
      if (found !== undefined && !wideEncodings.has(found.encoding)) {
        const detail = `The database keeps its text as ${found.encoding}; the ledger needs one with the encoding UTF8.`;
        throw new ConfigError('ledger_refused', detail);
      }
      if (found?.may !== true) throw new ConfigError('ledger_refused', 'The schema of the ledger cannot be written.');
    } finally {
      connection.close();
    }
  }

  /** Throws a system error where nothing can pass through. */
  probeScratch(): void {
    makeScratchFolder(this.root).remove();
  }

  names(): readonly string[] {
    return [...new Set([...this.#workspaceIds().map(toSafeName), ...this.#lostNames()])].sort();
  }

  glance(name: string): Glance | undefined {
    const workspaceId = this.#idOf(name);
    if (workspaceId === undefined) return undefined;
    const open = this.#query('SELECT 1 FROM open_intents WHERE workspace = $1 LIMIT 1', toPostgresKey(workspaceId));
    return {workspaceId, hasOpenIntents: open.length > 0};
  }

  hasLedger(workspaceId: string): boolean {
    return this.#query('SELECT 1 FROM entries WHERE workspace = $1 LIMIT 1', toPostgresKey(workspaceId)).length > 0;
  }

  isLost(name: string): boolean {
    return this.#lostNames().includes(name);
  }

  /** Begins anew where the connection is lost before the ledger is open: until then nothing depends on it. */
  async open(options: OpenLedgerOptions): Promise<HeldLedger> {
    for (let lost = 1; ; lost += 1) {
      const connection = this.#connect(options.signal);
      try {
        const ledger = await openPostgresLedger({...options, connection});
        const folder = this.#scratchFolder(options.workspaceId);
        const retrying = ledger.retrying.bind(ledger);
        return {ledger, folder, mirror: new PostgresMirror(connection, options.workspaceId, folder.path, retrying)};
      } catch (error) {
        connection.close();
        if (!(error instanceof ConnectionLost) || lost >= mostOpenings) throw error;
      }
      await options.clock.sleep(openingMs * 2 ** lost, options.signal);
    }
  }

  /** In one transaction, so that a rebuild that is cut off leaves nothing. */
  async rebuild({items, ...options}: RebuildOptions): Promise<Rebuilt> {
    const {workspaceId} = options;
    const connection = this.#connect();
    try {
      const wait = {clock: options.clock, lockWaitMs: 0};
      await waitForLedger(() => lockWorkspace(connection, workspaceId), wait);
      if (this.hasLedger(workspaceId)) throw ledgerPresent(workspaceId);
      const folder = this.#scratchFolder(workspaceId);
      const mirror = new PostgresMirror(connection, workspaceId, folder.path, (work) => work());
      for (const below of ['set-aside/', 'manifests/', 'outbox/'])
        for (const kept of mirror.list(below)) mirror.fetch(kept);
      connection.begin();
      const ledger = await openPostgresLedger({...options, ...wait, connection});
      const rebuilt = await fillLedger(ledger, items, folder, options.clock);
      connection.commit();
      return rebuilt;
    } finally {
      connection.close();
    }
  }

  /** A copy of the ledger as SQLite file, made and read under the lock of a writer. */
  async inFolder<Result>(
    name: string,
    read: (folder: WorkspaceFolder, key: IdKey) => Promise<Result>
  ): Promise<Result> {
    const workspaceId = this.#idOf(name) ?? name;
    const connection = this.#connect();
    try {
      await waitForLedger(() => lockWorkspace(connection, workspaceId), {clock: systemClock, lockWaitMs: 0});
      const folder = this.#scratchFolder(workspaceId);
      copyLedger(connection, workspaceId, folder.ledger);
      const mirror = new PostgresMirror(connection, workspaceId, folder.path, (work) => work());
      for (const kept of mirror.list('')) if (!kept.startsWith('outbox/')) mirror.fetch(kept);
      return await read(folder, toPostgresKey);
    } finally {
      connection.close();
    }
  }

  async *summaries(name: string, newest: number): AsyncGenerator<RunSummary> {
    const rows = this.#query<{seq: string; body: string}>(
      `SELECT seq, body FROM entries WHERE workspace = $1 AND kind = 'run_report' ORDER BY seq DESC LIMIT $2`,
      toPostgresKey(this.#idOf(name) ?? name),
      newest
    );
    for (const {seq, body} of rows.toReversed()) yield parseBody(Number(seq), 'run_report', body).summary;
    await Promise.resolve();
  }

  explainer(name: string): Explainer {
    const workspace = toPostgresKey(this.#idOf(name) ?? name);
    const holds = readPostgresHolds((text, ...values) => this.#query<HoldRow>(text, workspace, ...values));
    return {
      explain: (recordId) => {
        const [row] = this.#query<RecordEntry>(
          `SELECT r.outcome, r.sha256, e.seq, e.at, e.kind, e.body FROM records r
           JOIN entries e ON e.workspace = r.workspace AND e.seq = r.entry WHERE r.workspace = $1 AND r.record_id = $2`,
          workspace,
          toPostgresKey(recordId)
        );
        return row === undefined ? undefined : explainEntry(name, recordId, row, holds);
      },
      explainDocument: (objectId) => {
        const [row] = this.#query<Omit<RecordEntry, 'outcome' | 'sha256'>>(
          `SELECT e.seq, e.at, e.kind, e.body ${newestDocument}`,
          workspace,
          toPostgresKey(objectId)
        );
        return row === undefined ? undefined : explainItem(name, row, holds);
      },
      close: () => undefined, // the connection is the place's
    };
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#scratch?.remove();
  }

  #workspaceIds(): string[] {
    const first = this.#query<{body: string}>('SELECT body FROM entries WHERE seq = 1 ORDER BY workspace');
    return first.map(({body}) => parseBody(1, 'genesis', body).workspace_id);
  }

  /** Of workspaces whose entries are gone, and what runs left beside them is not. The name of a long id is not known. */
  #lostNames(): string[] {
    const lost = this.#query<{workspace: string}>(
      `SELECT DISTINCT workspace FROM kept_files k WHERE name ~ '^(reports|set-aside)/'
         AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.workspace = k.workspace)`
    );
    return lost.map(({workspace}) => toSafeName(workspace.startsWith('"#') ? workspace : fromText(workspace)));
  }

  #idOf(name: string): string | undefined {
    return this.#workspaceIds().find((id) => toSafeName(id) === name);
  }

  /** Of a ledger that was never begun nothing is found, and nothing is made. */
  #query<Row>(text: string, ...values: readonly unknown[]): Found<Row> {
    const connection = (this.#connection ??= this.#connect(undefined, () => undefined));
    let attempts = 0;
    return untilAnswered(() => {
      if ((attempts += 1) > 1) connection.connect();
      if (!this.#isBegun) {
        if (!hasTables(connection, this.settings.schema)) return [];
        migrate(connection, this.settings.schema);
        this.#isBegun = true;
      }
      return connection.query<Row>(text, ...values);
    });
  }

  #connect(
    signal?: AbortSignal,
    begin = (connection: PostgresConnection) => {
      migrate(connection, this.settings.schema);
    }
  ): PostgresConnection {
    const connection = new PostgresConnection(this.settings, signal);
    try {
      untilAnswered(
        () => {
          connection.connect();
          begin(connection);
        },
        {signal}
      );
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #scratchFolder(workspaceId: string): WorkspaceFolder {
    this.#scratch ??= this.#makeScratch();
    const folder = toWorkspaceFolder(this.#scratch.path, workspaceId);
    makeWorkspaceFolder(folder);
    return folder;
  }

  #makeScratch(): ScratchFolder {
    removeAbandoned(this.root);
    return makeScratchFolder(this.root);
  }
}

/** Everything of one workspace, as it is at one moment. */
function copyLedger(connection: PostgresConnection, workspaceId: string, file: string): void {
  rmSync(file, {force: true});
  const db = new Database(file);
  try {
    db.exec(`BEGIN; ${entriesSchema} ${projectionSchema('CREATE TABLE')}`);
    const tables = [
      {name: 'entries', columns: ['seq', 'at', 'kind', 'body', 'hash']},
      ...projectionTables.map(({name, key, columns}) => ({name, columns: [...key, ...columns]})),
    ];
    connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    for (const {name, columns} of tables) {
      const insert = db.prepare(
        `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
      );
      const key = toPostgresKey(workspaceId).replaceAll(`'`, `''`); // DECLARE takes no parameters
      const order = name === 'entries' ? 'ORDER BY seq' : '';
      connection.query(
        `DECLARE rows NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${name} WHERE workspace = '${key}' ${order}`
      );
      for (;;) {
        const page = connection.query<Record<string, unknown>>(`FETCH ${pageRows} FROM rows`);
        for (const row of page) insert.run(columns.map((column) => toPlain(name, column, row[column])));
        if (page.length < pageRows) break;
      }
      connection.query('CLOSE rows');
    }
    connection.query('COMMIT');
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}

const plainColumns = new Set(['subject', 'email', 'name', 'stream', 'address', 'target', 'item_id']);

/** Text as the entries have it; keys stay as PostgreSQL keeps them. */
function toPlain(table: string, column: string, value: unknown): unknown {
  return table !== 'entries' && plainColumns.has(column) && typeof value === 'string' ? fromText(value) : value;
}
