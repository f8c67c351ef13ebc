// The capture of one file reference: its chunks, then its row; the same file is downloaded once a read.
import {setMaxListeners} from 'node:events';
import {
  type FileChunkRow,
  fileChunks,
  type FileOutcome,
  fileReferenceId,
  type FileRow,
  files,
} from '../../contract/files';
import type {JsonText} from '../../airbyte/json-text';
import type {SourceOutput} from '../../airbyte/source';
import {ConfigError} from '../../core/errors';
import {type FileAttempt, fetchFile, type FilePiece} from '../api/file-bytes';
import {libraryListing} from '../api/file-routes';
import {proveFileScopeBeside} from '../api/file-scope';
import {isSafeId} from '../api/path-segment';
import {PieceMemory} from '../api/piece-memory';
import {findUserId} from '../api/users-listing';
import {FilesAhead} from './files-ahead';
import {canWait, uploadLifeMicros} from '../cursor/file-cursor';
import {microsOf, microsOfMs} from '../../core/micros';
import {RecentlyUsed} from '../../core/recently-used';
import type {FileReference} from '../normalize/file-references';
import {awaiting, nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';
import {toRetryReference} from './retry-references';

/** Of what became of files in this read: some ten thousand, more than the pace of the API allows in the time of a read. */
const maxAttemptBytes = 6 * 1024 * 1024;
/** Of one with its route, its transfer and its hash, roughly. */
const attemptBytes = 400;

export type Captured = 'settled' | 'retry_later' | 'library_closed';

type Forbidden = Extract<FileAttempt, {outcome: 'forbidden'}>;

export class FileCapture {
  /** One that has been forgotten is made again, in another transfer. */
  private readonly attempts = new RecentlyUsed<FileAttempt>(maxAttemptBytes, () => attemptBytes);
  /** When it was last asked whether the key may read files, or list what members keep, at all, and it might. */
  private readonly provenMs = {files: Number.NEGATIVE_INFINITY, libraries: Number.NEGATIVE_INFINITY};
  /** Why files that may lie in libraries wait: the key may list none. Uploads do not wait for it, they would vanish. */
  librariesClosed: ConfigError | undefined;
  private stop = new AbortController();
  private readonly memory = new PieceMemory();
  private readonly ahead: FilesAhead;
  readonly streams: readonly string[];

  constructor(
    private readonly scope: ReadScope,
    selected: SelectedStates
  ) {
    setMaxListeners(0, this.stop.signal); // each transfer listens; Node.js would warn of a leak
    this.ahead = new FilesAhead((reference) =>
      fetchFile(scope.client, reference, {
        maxFileBytes: scope.maxFileBytes,
        newTransferId: scope.newId,
        memory: this.memory,
        signal: this.stop.signal,
      })
    );
    this.streams = [fileChunks.name, files.name].filter((name) => selected.has(name));
  }

  /**
   * Returns `retry_later` when the reference must be tried again on a later read, and `library_closed` when it waits for
   * a permission; it then has no row yet.
   * @param mayWait whether there is room to wait for a library: without, what may lie in one is forbidden
   */
  async *capture(reference: FileReference, firstAttemptAt: string, mayWait = true): StreamOutputs<Captured> {
    const attempt = this.known(reference) ?? (yield* this.download(reference));
    if (attempt.outcome === 'forbidden') {
      if (attempt.route !== libraryListing) yield* this.requireScope(reference, attempt);
      const isClosed = attempt.isLibraryClosed === true && !(yield* this.mayListLibraries(attempt));
      if (isClosed && mayWait && canWait(toRetryReference(reference, firstAttemptAt))) return 'library_closed';
    }
    const outcome = this.decide(attempt, reference, firstAttemptAt);
    if (outcome === 'retry_later') return outcome;
    this.scope.tally.countFile(outcome);
    if (this.streams.includes(files.name)) {
      yield {kind: 'record', stream: files.name, data: this.toFileRow(reference, attempt, outcome, firstAttemptAt)};
    }
    return 'settled';
  }

  /** Begins to fetch what comes next. */
  prefetch(upcoming: Iterable<FileReference>): void {
    this.ahead.prefetch(upcoming, (reference) => this.known(reference) !== undefined);
  }

  /** Whether the capture costs no request beyond those already made. */
  isBegun(reference: FileReference): boolean {
    return this.ahead.isStarted(reference) || this.known(reference) !== undefined;
  }

  /** Gives up what was begun and never had its turn; what is asked for afterwards is begun anew. */
  close(): void {
    this.stop.abort();
    this.ahead.close();
    this.stop = new AbortController();
    setMaxListeners(0, this.stop.signal);
  }

  private known(reference: FileReference): FileAttempt | undefined {
    for (const outcome of ['captured', 'expired', 'not_found'] as const) {
      const attempt = this.attempts.get(keyOf(reference, outcome));
      if (attempt !== undefined) return attempt;
    }
    return undefined;
  }

  private async *download(reference: FileReference): StreamOutputs<FileAttempt> {
    const startedAt = nowIso(this.scope);
    const pieces = this.ahead.take(reference);
    let unfinished: FilePiece | undefined;
    try {
      for (;;) {
        const next = yield* awaiting(this.scope, this.streams, pieces.next());
        const began = next.done === true ? undefined : next.value;
        if (unfinished !== undefined && unfinished.transferId !== began?.transferId) {
          yield* this.abandon(reference, unfinished, startedAt);
        }
        unfinished = began?.whole === undefined ? began : undefined;
        if (next.done === true) {
          const attempt = next.value;
          this.attempts.set(keyOf(reference, attempt.outcome), attempt);
          return attempt;
        }
        yield* this.chunk(reference, next.value, startedAt, false);
        this.memory.giveBack(next.value.bytes); // whoever took the row asks for more only when it has been written
      }
    } finally {
      pieces.close({outcome: 'retry_later', route: null});
      this.ahead.release();
    }
  }

  /** Says that the rest of a transfer will not come, so that its pieces hold up no state. */
  private *abandon(
    reference: FileReference,
    {transferId, index}: FilePiece,
    startedAt: string
  ): Generator<SourceOutput> {
    const closing = {transferId, index: index + 1, bytes: Buffer.alloc(0), whole: undefined};
    yield* this.chunk(reference, closing, startedAt, true);
  }

  /** A key that lost its scope would have every file forbidden: then the stream stops, and the cursor stays. */
  private async *requireScope({userId}: FileReference, {refusedAtMs}: Forbidden): StreamOutputs {
    if (this.provenMs.files > refusedAtMs) return; // one proof for all that were fetched side by side
    const nowMs = this.scope.clock.nowMs();
    const member = userId !== null && isSafeId(userId) ? userId : undefined;
    yield* awaiting(this.scope, this.streams, proveFileScopeBeside(this.scope.client, member));
    this.provenMs.files = nowMs;
  }

  /** Where one member's library alone is withheld, nobody will ever tell what lies in it. */
  private async *mayListLibraries({refusedAtMs}: Forbidden): StreamOutputs<boolean> {
    if (this.librariesClosed !== undefined) return false;
    if (this.provenMs.libraries > refusedAtMs) return true;
    const nowMs = this.scope.clock.nowMs();
    try {
      yield* awaiting(this.scope, this.streams, findUserId(this.scope.client));
    } catch (error) {
      if (!(error instanceof ConfigError) || error.code !== 'stateful_scope_missing') throw error;
      this.librariesClosed = error;
      return false;
    }
    this.provenMs.libraries = nowMs;
    return true;
  }

  private *chunk(
    reference: FileReference,
    piece: FilePiece,
    startedAt: string,
    isAbandoned: boolean
  ): Generator<SourceOutput> {
    if (!this.streams.includes(fileChunks.name)) return;
    const row = toChunkJson(piece.bytes, this.toChunkFacts(reference, piece, startedAt, isAbandoned));
    yield {kind: 'rows', stream: fileChunks.name, rows: [row]};
  }

  private decide(
    {outcome}: FileAttempt,
    reference: FileReference,
    firstAttemptAt: string
  ): FileOutcome | 'retry_later' {
    if (outcome !== 'retry_later') return outcome;
    if (!canWait(toRetryReference(reference, firstAttemptAt))) return 'unavailable';
    const waited = microsOfMs(this.scope.clock.nowMs()) - microsOf(firstAttemptAt);
    return waited >= uploadLifeMicros ? 'unavailable' : 'retry_later';
  }

  private toChunkFacts(
    reference: FileReference,
    piece: FilePiece,
    startedAt: string,
    isAbandoned: boolean
  ): Omit<FileChunkRow, 'data'> {
    return {
      transfer_id: piece.transferId,
      index: piece.index,
      last: piece.whole !== undefined,
      abandoned: isAbandoned,
      size: piece.whole?.size ?? null,
      sha256: piece.whole?.sha256 ?? null,
      media_type: piece.whole?.mediaType ?? null,
      file_id: reference.fileId,
      event_id: reference.eventId,
      conversation_id: reference.conversationId,
      name: reference.name,
      workspace_id: this.scope.workspaceId,
      updated_at: startedAt,
    };
  }

  private toFileRow(
    reference: FileReference,
    attempt: FileAttempt,
    outcome: FileOutcome,
    firstAttemptAt: string
  ): FileRow {
    const captured = attempt.outcome === 'captured' ? attempt : undefined;
    return {
      id: fileReferenceId(reference.fileId, reference.eventId),
      file_id: reference.fileId,
      event_id: reference.eventId,
      owner_stream: reference.owner?.stream ?? null,
      owner_id: reference.owner?.id ?? null,
      owner_name: reference.owner?.name ?? null,
      workspace_id: this.scope.workspaceId,
      conversation_id: reference.conversationId,
      message_id: reference.messageId,
      user_id: reference.userId,
      name: reference.name,
      referred_by: reference.referredBy,
      outcome,
      route: attempt.route,
      // Without the stream of chunks there is no transfer to name.
      transfer_id: this.streams.includes(fileChunks.name) ? (captured?.transferId ?? null) : null,
      size: captured?.facts.size ?? null,
      sha256: captured?.facts.sha256 ?? null,
      media_type: captured?.facts.mediaType ?? null,
      event_timestamp: reference.eventTimestamp,
      first_attempt_at: firstAttemptAt,
      updated_at: nowIso(this.scope),
    };
  }
}

/**
 * For which references the attempt holds. Bytes are the same for all. An upload expires for all messages, and lasts in
 * a library, a GPT or a project. What another user was refused may be open to this one.
 */
function keyOf({fileId, owner, userId}: FileReference, outcome: FileAttempt['outcome']): string {
  if (outcome === 'captured') return fileId;
  const place = [fileId, owner?.stream ?? null, owner?.id ?? null];
  return JSON.stringify(outcome === 'expired' ? place : [...place, userId]);
}

/** The row with the bytes as its `data`, which never become one long text. */
function toChunkJson(bytes: Buffer, {transfer_id, index, ...rest}: Omit<FileChunkRow, 'data'>): JsonText {
  const before = JSON.stringify({transfer_id, index}).slice(0, -1);
  return [`${before},"data":"`, {base64Of: bytes}, `",${JSON.stringify(rest).slice(1)}`];
}
