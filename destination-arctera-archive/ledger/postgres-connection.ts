// The near side of a PostgreSQL connection: asks the thread that holds it, and waits for the answer.
import {randomUUID} from 'node:crypto';
import {MessageChannel, receiveMessageOnPort, Worker} from 'node:worker_threads';
import type {ErrorCode} from '../../core/error-codes';
import {
  BugError,
  ConfigError,
  type ConnectorError,
  IntegrityError,
  isOutOfFiles,
  toOutOfFiles,
  TransientError,
} from '../../core/errors';
import {describeRefusedCertificate, isOfCertificate} from '../../core/refused-certificates';
import {endedBySignals} from './signals-in-waits';
import type {Answered, Asked, ConnectionSettings, Reply, Request, Statement} from './postgres-worker';

export interface PostgresSettings {
  readonly connection: ConnectionSettings;
  readonly schema: string;
  /** Of the thread: proxy and certificates, as the targets have them. */
  readonly network: object;
  /** The bundle of the thread. */
  readonly workerFile: string;
}

/** The connection is gone; whether the last transaction was committed is not known. */
export class ConnectionLost extends TransientError {}

const noTable = '42P01';
const noSchema = '3F000';
const notPermitted = '42501';

/** What the first characters of a SQLSTATE mean, and who can end it: whoever reads the error has no table of them. */
const meanings = [
  ['28P01', 'refused', 'does not accept the user name or the password'],
  ['28', 'refused', 'does not let this user in from here, or not with the security setting'],
  ['3D', 'refused', 'does not exist under that name'],
  [noSchema, 'refused', 'has no such schema'],
  [notPermitted, 'refused', 'does not permit its user what is needed'],
  [noTable, 'damaged', 'lacks a table of the ledger'],
  ['42703', 'damaged', 'lacks a column of the ledger'],
  ['23', 'damaged', 'holds something else than the ledger wrote'],
  ['XX001', 'damaged', 'found its own files damaged'],
  ['XX002', 'damaged', 'found its own files damaged'],
  ['53300', 'passing', 'has no connection left for this one'],
  ['53', 'passing', 'is out of resources'],
  ['58', 'passing', 'could not use its disk'],
  ['25006', 'passing', 'is a standby server, or set to read only'],
  ['25P03', 'passing', 'closed a transaction that took longer than it allows'],
  ['25P04', 'passing', 'closed a transaction that took longer than it allows'],
  ['40', 'passing', 'undid a change that met another one'],
  ['55000', 'passing', 'takes no connections for the moment'],
  ['55P03', 'passing', 'waited too long for a lock'],
  ['57014', 'passing', 'took longer than it allows'],
] as const;

/** What `ownSession` ends with in another session; nothing else of ours divides. */
const divisionByZero = '22012';

/** Of the way there, and not of the database. */
const proxyRefused: ErrorCode = 'target_proxy_refused';

/** The rows of an answer, as the asker knows them to be. */
export type Found<Row> = readonly Row[];

type Rows = readonly Record<string, unknown>[];

/** Of a session; a server, or a pooler that keeps sessions, gives each of us one in which it is not set. */
const sessionSetting = 'arctera_archive.session';

/** While it answers within this time, a signal to stop is met when it has. */
const promptMs = 50;
/** A statement that takes this long will not end. */
const longestWaitMs = 10 * 60_000;
/** Of a run that was told to stop. */
const longestStoppedMs = 2_000;
/** How often a long wait looks whether the thread lives; one that could not be loaded never will. */
const lookMs = 5_000;
const longestSilenceMs = 30_000;

export class PostgresConnection {
  readonly #worker: Worker;
  /** What the thread wakes us by, what it counts while it lives, and whether the connection has ended. */
  readonly #flag = new Int32Array(new SharedArrayBuffer(12));
  readonly #channel = new MessageChannel();
  readonly #id = randomUUID();
  #number = 0;
  /** Also of a thread that has ended: nobody would wake who waits for it. */
  #isClosed = false;
  #isBegun = false;

  /** @param signal aborts when the run is told to stop */
  constructor(
    private readonly settings: PostgresSettings,
    readonly signal?: AbortSignal
  ) {
    const {connection, network, workerFile} = settings;
    this.#worker = new Worker(workerFile, {
      workerData: {replies: this.#channel.port2, flag: this.#flag, host: connection.host, network},
      transferList: [this.#channel.port2],
      stdout: true,
      stderr: true,
    });
    this.#worker.on('error', () => (this.#isClosed = true)); // whoever asks next meets it, and the run ends in its order
    this.#worker.once('exit', () => (this.#isClosed = true));
    this.#worker.unref();
    this.#channel.port1.unref();
  }

  /** Also after a connection was lost. */
  connect(): void {
    if (this.#isBegun) throw new TransientError('ledger_unavailable', 'The connection was lost within a transaction.');
    this.#ask({kind: 'connect', settings: this.settings.connection});
    const [, , , found] = this.run([
      {text: `SET search_path = "${this.settings.schema}"`, values: []},
      {text: 'SET synchronous_commit = on', values: []},
      // Each writer has rows of its own: a database set to a stricter level would take those of two for a conflict.
      {text: `SET default_transaction_isolation = 'read committed'`, values: []},
      {text: `SELECT current_setting('${sessionSetting}', true) AS earlier`, values: []},
      {text: `SELECT set_config('${sessionSetting}', $1, false)`, values: [this.#id]},
    ]);
    if ((found?.[0]?.['earlier'] ?? '') !== '') throw isShared();
    this.run([this.ownSession]); // a pooler may also make the session new behind each transaction
  }

  /**
   * Fails where the session is not the one that `connect` found: a pooler gives it to several, for each transaction
   * anew, and the lock of one writer is the lock of all.
   */
  get ownSession(): Statement {
    const text = `SELECT 1 / (current_setting('${sessionSetting}', true) IS NOT DISTINCT FROM $1)::integer`;
    return {text, values: [this.#id]};
  }

  /** Known without asking, once the thread has heard of it. */
  get hasEnded(): boolean {
    return this.#isClosed || Atomics.load(this.#flag, 2) === 1;
  }

  /** From here to `commit` everything is one transaction; it comes to nothing when the connection ends before. */
  begin(): void {
    this.query('BEGIN');
    this.#isBegun = true;
  }

  commit(): void {
    this.#isBegun = false;
    this.query('COMMIT');
  }

  /** Several statements are one transaction, durable when it returns. Throws ConnectionLost. */
  run(statements: readonly Statement[]): readonly Rows[] {
    if (this.#isBegun) return statements.flatMap((each) => this.#ask({kind: 'run', statements: [each]}));
    return this.#ask({kind: 'run', statements});
  }

  query<Row>(text: string, ...values: readonly unknown[]): Found<Row> {
    return (this.run([{text, values}])[0] ?? []) as Found<Row>;
  }

  /** For what is too much for one request: all that `work` runs, one statement at a time, or none of it. */
  transaction(work: () => void): void {
    this.query('BEGIN');
    try {
      work();
      this.query('COMMIT');
    } catch (error) {
      if (!(error instanceof ConnectionLost)) this.query('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    try {
      this.#ask({kind: 'close'}); // the lock is free when it returns
    } finally {
      this.#isClosed = true;
      this.#channel.port1.close();
      void this.#worker.terminate();
    }
  }

  #ask(request: Request): readonly Rows[] {
    if (this.#isClosed) throw new BugError('The connection of a ledger was closed before its last use.');
    const reply = this.#exchange(request);
    if (reply.kind === 'rows') return reply.rows;
    throw toPostgresError(reply.code === noTable ? this.#whyNoTable() : reply.code, reply.isLost);
  }

  #exchange(request: Request): Reply {
    this.#number += 1;
    Atomics.store(this.#flag, 0, 0);
    this.#worker.postMessage({number: this.#number, request} satisfies Asked);
    return this.#await();
  }

  /**
   * The server passes over a schema that its user may not use, and over one that has another name now: a table in it is
   * not found, as if somebody had removed it.
   */
  #whyNoTable(): string {
    const text = `SELECT has_schema_privilege(to_regnamespace($1)::oid, 'USAGE') AS may`;
    const statements = [{text, values: [`"${this.settings.schema}"`]}];
    const reply = this.#exchange({kind: 'run', statements});
    const may = reply.kind === 'rows' ? reply.rows[0]?.[0]?.['may'] : true;
    return may === null ? noSchema : may === false ? notPermitted : noTable;
  }

  #await(): Reply {
    const longestMs = this.signal?.aborted === true ? longestStoppedMs : longestWaitMs;
    for (;;) {
      if (!this.#isAnsweredWithin(promptMs) && !endedBySignals(() => this.#isAnsweredWithin(longestMs))) {
        throw new ConnectionLost('ledger_unavailable', 'The database does not answer.');
      }
      Atomics.store(this.#flag, 0, 0); // before the port is emptied: what comes later wakes again
      for (let answered = this.#receive(); answered !== undefined; answered = this.#receive()) {
        if (answered.number === this.#number) return answered.reply;
      }
    }
  }

  #receive(): Answered | undefined {
    return receiveMessageOnPort(this.#channel.port1)?.message as Answered | undefined;
  }

  #isAnsweredWithin(ms: number): boolean {
    let beats = Atomics.load(this.#flag, 1);
    let silentMs = 0;
    for (let leftMs = ms; leftMs > 0; leftMs -= lookMs) {
      if (Atomics.wait(this.#flag, 0, 0, Math.min(leftMs, lookMs)) !== 'timed-out') return true;
      const heard = Atomics.load(this.#flag, 1);
      silentMs = heard === beats ? silentMs + lookMs : 0;
      beats = heard;
      if (silentMs < longestSilenceMs) continue;
      this.#isClosed = true;
      throw new BugError('The thread that asks the database of the ledger has ended.');
    }
    return false;
  }
}

function isShared(): ConfigError {
  const detail = 'What stands before the database lets several clients share a session: a pooler must keep sessions.';
  return new ConfigError('ledger_refused', detail);
}

/** The error of ours: it names the code and never the server's text, which may quote a record. */
function toPostgresError(given: string | undefined, isLost: boolean): ConnectorError {
  const code = given ?? 'no code';
  if (isOutOfFiles(code)) return toOutOfFiles(code, undefined);
  if (code === proxyRefused) {
    const way = 'check its address and sign-in, and that it allows CONNECT to the host and port of the database';
    return new ConfigError('ledger_refused', `The proxy does not open a way to the database of the ledger: ${way}.`);
  }
  if (isLost) return new ConnectionLost('ledger_unavailable', describeLoss(given));
  if (isOfCertificate(code)) return new ConfigError('ledger_refused', describeRefusedCertificate(code, 'the database'));
  if (code === 'NO_TLS') return new ConfigError('ledger_refused', 'The database does not offer TLS.');
  if (code === divisionByZero) return isShared();
  if (code === '53100') return new TransientError('disk_full', 'The database of the ledger has no space left (53100).');
  const [, end, words = 'refuses a statement'] = meanings.find(([first]) => code.startsWith(first)) ?? [];
  const detail = `The database of the ledger ${words} (${code}).`;
  switch (end) {
    case 'passing':
      return new TransientError('ledger_unavailable', detail);
    case 'refused':
      return new ConfigError('ledger_refused', detail);
    case 'damaged':
      return new IntegrityError('ledger_damaged', detail);
    case undefined:
      return new BugError(detail);
  }
}

/** @param code SQLSTATE where the server said it, else the system's */
function describeLoss(code: string | undefined): string {
  if (code === undefined) return 'The connection to the database of the ledger was lost.';
  if (/^[0-9A-Z]{5}$/.test(code) && /\d/.test(code))
    return `The database of the ledger ended the connection (${code}).`;
  return `The database of the ledger cannot be reached, or the connection was lost (${code}).`;
}
