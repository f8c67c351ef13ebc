// The bytes of a file a message refers to, in pieces; what becomes of the attempt is a value.
import {createHash} from 'node:crypto';
import {chunkBytes, type FileOutcome} from '../../contract/files';
import {ConnectorError, IntegrityError, TransientError} from '../../core/errors';
import type {ComplianceClient} from './client';
import {fileRoutes, type FileRoute, type FileTarget, libraryListing} from './file-routes';
import {HttpFailure} from './http-failure';
import {isSafeId} from './path-segment';
import type {PieceMemory} from './piece-memory';
import type {Download} from './signed-download';
import {toStatusError} from './status-errors';

/** Up to 192 KiB of a transfer. */
export interface FilePiece {
  readonly transferId: string;
  readonly index: number;
  /** To be given back to the memory of pieces. */
  readonly bytes: Buffer;
  /** On the last piece, what the whole transfer is. */
  readonly whole: FileFacts | undefined;
}

export interface FileFacts {
  readonly size: number;
  readonly sha256: string;
  readonly mediaType: string | null;
}

export type FileAttempt =
  | {readonly outcome: 'captured'; readonly route: string; readonly transferId: string; readonly facts: FileFacts}
  | {readonly outcome: Exclude<FileOutcome, 'captured' | 'forbidden' | 'unavailable'>; readonly route: string | null}
  /** The key may not read it, or any file since then. It may lie in a library that was not listed either. */
  | {
      readonly outcome: 'forbidden';
      readonly route: string;
      readonly refusedAtMs: number;
      readonly isLibraryClosed?: boolean;
    }
  /** Not now: the caller tries again on a later read. */
  | {readonly outcome: 'retry_later'; readonly route: string | null};

export interface FileBytesOptions {
  readonly maxFileBytes: number;
  /** A transfer that broke off is not continued: its successor has another id. */
  readonly newTransferId: () => string;
  readonly memory: PieceMemory;
  /** Aborts when nobody waits for the file any more. */
  readonly signal: AbortSignal;
}

/** A file that goes on failing waits for a later read, so that it does not hold up the files behind it. */
const patienceMs = 60_000;
const minTransfers = 3;
const maxBackOffMs = 15_000;

/** Yields pieces as they come, of several transfers when one breaks off, and returns what became of the file. */
export async function* fetchFile(
  client: ComplianceClient,
  target: FileTarget,
  options: FileBytesOptions
): AsyncGenerator<FilePiece, FileAttempt, undefined> {
  if (!isSafeId(target.fileId)) return {outcome: 'not_found', route: null};
  let refusal: FileAttempt = {outcome: 'not_found', route: null};
  try {
    for await (const route of fileRoutes(client, target, options.signal)) {
      const attempt = yield* fetchByRoute(client, route, options);
      if (attempt.outcome !== 'not_found' && attempt.outcome !== 'forbidden') return attempt;
      if (refusal.outcome !== 'forbidden') refusal = attempt;
    }
  } catch (error) {
    return toAttempt(error, refusal, client.clock.nowMs());
  }
  return refusal;
}

async function* fetchByRoute(
  client: ComplianceClient,
  route: FileRoute,
  options: FileBytesOptions
): AsyncGenerator<FilePiece, FileAttempt, undefined> {
  const request = {
    route: route.name,
    path: route.path,
    query: route.query,
    purpose: 'file_bytes',
    doing: 'downloading an uploaded file',
    patienceMs,
    signal: options.signal,
  } as const;
  let brokenSinceMs: number | undefined;
  for (let transfers = 1; ; transfers++) {
    try {
      const download = await client.openDownload(request);
      if (download.size !== undefined && download.size > options.maxFileBytes) {
        download.discard();
        return {outcome: 'too_large', route: route.name};
      }
      const transferId = options.newTransferId();
      const facts = yield* readPieces(download, transferId, options);
      if (facts === undefined) return {outcome: 'too_large', route: route.name};
      return {outcome: 'captured', route: route.name, transferId, facts};
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (error.status !== undefined) return toRefusal(error.status, route.name, client.clock.nowMs());
      brokenSinceMs ??= client.clock.nowMs();
      const isOverPatience = client.clock.nowMs() - brokenSinceMs >= patienceMs;
      if (isOverPatience && transfers >= minTransfers) return {outcome: 'retry_later', route: route.name};
      await client.backOff(transfers, maxBackOffMs, options.signal);
      if (options.signal.aborted) return {outcome: 'retry_later', route: route.name};
    }
  }
}

/** One piece is held back, because the last one must say that it is the last. */
async function* readPieces(
  download: Download,
  transferId: string,
  {maxFileBytes, memory}: FileBytesOptions
): AsyncGenerator<FilePiece, FileFacts | undefined, undefined> {
  const hash = createHash('sha256');
  let size = 0;
  let index = 0;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const chunk of download.chunks) {
    hash.update(chunk);
    size += chunk.length;
    if (size > maxFileBytes) return undefined;
    let rest = chunk;
    while (waitingBytes + rest.length > chunkBytes) {
      const fitting = chunkBytes - waitingBytes;
      const bytes = memory.join([...waiting, rest.subarray(0, fitting)]);
      yield {transferId, index: index++, bytes, whole: undefined};
      rest = rest.subarray(fitting);
      waiting = [];
      waitingBytes = 0;
    }
    waiting.push(rest);
    waitingBytes += rest.length;
  }
  const facts: FileFacts = {size, sha256: hash.digest('hex'), mediaType: download.mediaType ?? null};
  yield {transferId, index, bytes: Buffer.concat(waiting), whole: facts};
  return facts;
}

function toRefusal(status: number, route: string, nowMs: number): FileAttempt {
  switch (status) {
    case 401:
      throw toStatusError('file_bytes', 'downloading an uploaded file', new HttpFailure(status));
    case 403:
      return {outcome: 'forbidden', route, refusedAtMs: nowMs};
    case 410:
      return {outcome: 'expired', route};
    case 413:
      return {outcome: 'too_large', route};
    case 404:
    case 400: // as 422, for a form of id that the route does not know
    case 405: // a route that is not there
    case 422:
      return {outcome: 'not_found', route};
    default:
      return {outcome: 'retry_later', route}; // says nothing of whether the file is there
  }
}

/** What an error says of one file; only what concerns every file is thrown on. */
function toAttempt(error: unknown, refusal: FileAttempt, nowMs: number): FileAttempt {
  if (!(error instanceof ConnectorError)) throw error;
  switch (error.code) {
    case 'api_unavailable':
    case 'redirect_refused':
    case 'response_unexpected':
      if (error instanceof TransientError || error instanceof IntegrityError) {
        return {outcome: 'retry_later', route: refusal.route};
      }
      throw error;
    // From the library listing: the file may be in what is closed to us.
    case 'file_scope_missing':
      return refusal.outcome === 'forbidden'
        ? {...refusal, refusedAtMs: nowMs, isLibraryClosed: true}
        : {outcome: 'forbidden', route: libraryListing, refusedAtMs: nowMs, isLibraryClosed: true};
    // It is not offered, which says nothing new of the file.
    case 'request_rejected':
      return refusal;
    default:
      throw error;
  }
}
