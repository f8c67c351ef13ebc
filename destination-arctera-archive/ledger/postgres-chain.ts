// The chain of entries in PostgreSQL: appended with what follows from it in one transaction, also where the connection is lost in between.
import type {Clock} from '../../core/clock';
import {IntegrityError, TransientError} from '../../core/errors';
import {chainStart, type ChainedEntry, type ChainHead, describeBreak, toNextEntry} from './chain';
import type {Statement as Said} from './entry';
import {ConnectionLost, type Found, type PostgresConnection} from './postgres-connection';
import {untilAnswered} from './postgres-patience';
import {insertRows, type Row} from './postgres-rows';
import {toPostgresKey} from './postgres-text';
import type {Statement} from './postgres-worker';

/** Throws TransientError `ledger_locked` when another connection holds the ledger. */
export function lockWorkspace(connection: PostgresConnection, workspaceId: string): void {
  const [row] = connection.query<{held: boolean}>(
    `SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '/' || $1, 0)) AS held`,
    toPostgresKey(workspaceId)
  );
  if (row?.held !== true) throw new TransientError('ledger_locked', 'Another process holds the ledger.');
}

/** Of one request, each with a connection of its own: what ends them may be the request. */
const mostLosses = 6;
/** How long an answer of the server proves that the lock is ours: far less than another run takes to begin. */
const proofMs = 1_000;

export class PostgresChain {
  /** What the tables know the workspace by: `$1` of every question. */
  readonly workspace: string;
  private head: ChainHead;
  /** Whether the server was waited for in vain: what is left to be said at the end of a run does not wait for it anew. */
  private isGivenUp = false;
  /** Whether the lock is ours, and nobody else has written since it was. A connection alone may write without it. */
  private isHeld = true;
  /** When the server answered last. */
  private heardMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly connection: PostgresConnection,
    private readonly workspaceId: string,
    private readonly clock: Clock
  ) {
    this.workspace = toPostgresKey(workspaceId);
    this.head = readHead(connection, workspaceId) ?? chainStart;
  }

  get isBegun(): boolean {
    return this.head.seq > 0;
  }

  get lastEntry(): ChainHead {
    return this.head;
  }

  insert(table: string, rows: readonly Row[], onConflict = ''): Statement {
    return insertRows(table, this.workspace, rows, onConflict);
  }

  /**
   * Appends entries with what follows from them, in one transaction. Where the connection is lost the chain itself tells,
   * after the next one is there, whether the transaction was committed.
   */
  append(said: readonly Said[], follow: (seqs: readonly number[]) => readonly Statement[]): readonly number[] {
    if (said.length === 0) return [];
    const before = this.head;
    const entries: ChainedEntry[] = [];
    let head = before;
    for (const {kind, body} of said) {
      const entry = toNextEntry(head, this.clock.nowMs(), kind, JSON.stringify(body));
      entries.push(entry);
      head = entry;
    }
    const seqs = entries.map(({seq}) => seq);
    const statements = [
      this.insert(
        'entries',
        entries.map((entry) => ({...entry}))
      ),
      ...follow(seqs).filter(({text}) => text !== ''),
      this.connection.ownSession, // it is a transaction always: there are two statements at least
    ];
    this.retrying((found) => {
      if (found.hash !== head.hash) this.connection.run(statements); // else committed before the connection was lost
    }, head);
    this.head = head;
    return seqs;
  }

  ask<Asked>(text: string, ...values: readonly unknown[]): Found<Asked> {
    return this.retrying(() => this.connection.query<Asked>(text, this.workspace, ...values));
  }

  /**
   * Throws where another run may hold the ledger by now: the connection ended while nothing was asked, as when this
   * process was stopped for long, and somebody else took the lock. What is open then is settled by that run.
   */
  assertHeld(): void {
    const isProven = Math.abs(this.clock.nowMs() - this.heardMs) < proofMs && !this.connection.hasEnded;
    if (this.isHeld && isProven) return;
    this.retrying(() => this.connection.run([this.connection.ownSession]));
  }

  /**
   * Does again what may be done twice.
   * @param work gets what the chain ends with; else it would do twice what was committed before the connection was lost
   * @param meant what the chain ends with once the work is done
   */
  retrying<Result>(work: (found: ChainHead) => Result, meant = this.head): Result {
    let found = this.head;
    for (let lost = 1; ; lost += 1) {
      try {
        if (!this.isHeld) throw new ConnectionLost('ledger_unavailable', 'The lock of the ledger was lost.');
        const result = work(found);
        this.heardMs = this.clock.nowMs();
        return result;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        const isLast = lost >= mostLosses;
        if (isLast && meant.hash === this.head.hash) throw error;
        // Also behind the last: what was committed is done, and whoever goes on must know the end of the chain.
        found = this.reconnect();
        if (found.hash !== meant.hash) assertSame(found, this.head);
        this.isHeld = true;
        if (isLast && found.hash !== meant.hash) throw error;
      }
    }
  }

  /**
   * Takes the lock anew, which is free only when the server has ended the transaction of the lost connection, one way or
   * the other. Throws the TransientError that ends the run when the server does not come back in time.
   */
  private reconnect(): ChainHead {
    const isSpent = this.isGivenUp;
    this.isGivenUp = true;
    this.isHeld = false;
    const found = untilAnswered(
      () => {
        this.connection.connect();
        assertNoStandby(this.connection);
        lockWorkspace(this.connection, this.workspaceId);
        return readHead(this.connection, this.workspaceId) ?? chainStart;
      },
      {isPassing: (error) => error instanceof TransientError, signal: this.connection.signal, isSpent}
    );
    this.isGivenUp = false;
    return found;
  }

  close(): void {
    this.connection.close();
  }
}

/** After a failover it may be a server that has not heard of everything, and is promoted in a moment. */
function assertNoStandby(connection: PostgresConnection): void {
  const [row] = connection.query<{is_standby: boolean}>('SELECT pg_is_in_recovery() AS is_standby');
  if (row?.is_standby === true) throw new TransientError('ledger_unavailable', 'The database is a standby server.');
}

/** Nobody else writes while the ledger is held, and what was committed stays: so it was before the connection was lost. */
function assertSame(found: ChainHead, known: ChainHead): void {
  if (found.hash === known.hash) return;
  if (found.seq >= known.seq) {
    throw new TransientError('ledger_locked', 'Another run wrote to the ledger while the connection was lost.');
  }
  const detail = `The database came back with ${found.seq} entries, and had committed ${known.seq}.`;
  throw new IntegrityError('ledger_damaged', detail);
}

/** The last entry, after proving that its hash is right. */
function readHead(connection: PostgresConnection, workspaceId: string): ChainHead | undefined {
  const [last, previous] = connection.query<ChainedEntry>(
    'SELECT seq, at, kind, body, hash FROM entries WHERE workspace = $1 ORDER BY seq DESC LIMIT 2',
    toPostgresKey(workspaceId)
  );
  if (last === undefined) return undefined;
  const problem = describeBreak(previous ?? chainStart, last);
  if (problem !== undefined) throw new IntegrityError('ledger_damaged', problem);
  return last;
}

export function readEntry(connection: PostgresConnection, workspaceId: string, seq: number): ChainedEntry | undefined {
  return connection.query<ChainedEntry>(
    'SELECT seq, at, kind, body, hash FROM entries WHERE workspace = $1 AND seq = $2',
    toPostgresKey(workspaceId),
    seq
  )[0];
}
