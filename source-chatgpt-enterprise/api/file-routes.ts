// The routes that may hold the bytes of a file, in the order they are tried.
import type {FileOwnerStream} from '../../contract/files';
import {ConnectorError, IntegrityError} from '../../core/errors';
import type {ErrorCode} from '../../core/error-codes';
import type {ComplianceClient} from './client';
import {isSafeId} from './path-segment';
import {wireLibraryPage} from './wire-library-page';

/** What is known of a file before its bytes are asked for. */
export interface FileTarget {
  readonly fileId: string;
  readonly userId: string | null;
  readonly conversationId: string | null;
  /** The object that the file belongs to, where it is no message that names it. */
  readonly owner: {readonly stream: FileOwnerStream; readonly id: string} | null;
}

export interface FileRoute {
  /** The route without ids. */
  readonly name: string;
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** The listing of what a member keeps; it is a current object, and may be closed where files are not. */
export const libraryListing = 'users/{id}/library_files';

/** The library is listed only when the routes before it did not have the file. */
export async function* fileRoutes(
  client: ComplianceClient,
  target: FileTarget,
  signal: AbortSignal
): AsyncGenerator<FileRoute> {
  const {conversationId, fileId} = target;
  if (target.owner !== null) {
    yield* ownedFileRoutes(target, target.owner);
    return;
  }
  const userId = target.userId !== null && isSafeId(target.userId) ? target.userId : undefined;
  if (userId !== undefined) {
    yield {
      name: 'users/{id}/files/{id}',
      path: ['users', userId, 'files', fileId],
      query: conversationId === null ? undefined : {conversation_id: conversationId}, // audio and video need it
    };
  }
  yield {name: 'project_files/{id}', path: ['project_files', fileId]};
  yield {name: 'gpt_files/{id}', path: ['gpt_files', fileId]};
  if (userId === undefined) return;
  const libraryId = await findInLibrary(client, userId, fileId, signal);
  if (libraryId !== undefined && isSafeId(libraryId)) {
    yield {name: 'users/{id}/library_files/{id}', path: ['users', userId, 'library_files', libraryId]};
  }
}

/** What an object holds is under the route of its kind alone. */
function ownedFileRoutes({fileId, userId}: FileTarget, {id, stream}: NonNullable<FileTarget['owner']>): FileRoute[] {
  switch (stream) {
    case 'gpts':
      return [{name: 'gpt_files/{id}', path: ['gpt_files', fileId]}];
    case 'projects':
      return [{name: 'project_files/{id}', path: ['project_files', fileId]}];
    case 'library_files':
      if (userId === null || !isSafeId(userId) || !isSafeId(id)) return [];
      return [{name: 'users/{id}/library_files/{id}', path: ['users', userId, 'library_files', id]}];
    case 'skills':
      return isSafeId(id) ? [{name: 'skills/{id}/export', path: ['skills', id, 'export']}] : [];
  }
}

/** What says of the first page that a library is closed to us says of a later one that its cursor is refused. */
const refusals: readonly ErrorCode[] = ['request_rejected', 'file_scope_missing'];

/** Two hundred thousand files: a listing that goes on beyond them does not come to an end. */
const maxLibraryPages = 1_000;

async function findInLibrary(
  client: ComplianceClient,
  userId: string,
  fileId: string,
  signal: AbortSignal
): Promise<string | undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < maxLibraryPages; pages++) {
    const request = client.getJson(
      {
        route: libraryListing,
        path: ['users', userId, 'library_files'],
        query: {limit: 200, ...(cursor === undefined ? {} : {cursor})},
        purpose: 'file_bytes',
        doing: 'listing library files',
        isShared: true,
        signal,
      },
      wireLibraryPage
    );
    const page = await request.catch((error: unknown) => {
      throw pages > 0 && error instanceof ConnectorError && refusals.includes(error.code) ? brokenOff(error) : error;
    });
    const found = page.data.find((file) => file.file_id === fileId);
    if (found !== undefined) return found.id;
    const next = page.cursor === null || page.cursor === '' ? undefined : page.cursor;
    if (page.has_more === false || (next === undefined && page.has_more === undefined)) return undefined;
    if (next === undefined || seen.has(next)) throw brokenOff();
    seen.add(next);
    cursor = next;
  }
  throw new IntegrityError('response_unexpected', 'The listing of library files does not come to an end.');
}

/** The file may lie on a page that never came: it is looked for again in a later read. */
function brokenOff(cause?: ConnectorError): IntegrityError {
  return new IntegrityError('response_unexpected', 'The listing of library files broke off.', {cause});
}
