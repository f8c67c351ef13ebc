// Whether the key may read files at all: told by asking for one that does not exist.
import {ConfigError} from '../../core/errors';
import type {ComplianceClient} from './client';
import {HttpFailure} from './http-failure';
import {toStatusError} from './status-errors';
import {findUserId} from './users-listing';

const madeUpFileId = 'file-000000000000000000000000';
/** For a workspace in which no member is known. */
export const madeUpUserId = 'user-000000000000000000000000';

/** Rejects when the key is refused; any other answer shows that files may be read. */
export async function proveFileScope(client: ComplianceClient, userId: string): Promise<void> {
  const doing = 'looking up a file';
  try {
    const path = ['users', userId, 'files', madeUpFileId];
    const download = await client.openDownload({route: 'users/{id}/files/{id}', path, purpose: 'file_bytes', doing});
    download.discard();
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    if (error.status === 401 || error.status === 403) throw toStatusError('file_bytes', doing, error);
  }
}

/**
 * The same where a file was refused: all files of one who has left may be, and those of other members are not.
 * @param userId the member whose file it was; undefined where it was no member's
 */
export async function proveFileScopeBeside(client: ComplianceClient, userId: string | undefined): Promise<void> {
  if (userId === undefined) return proveFileScope(client, (await findMember(client)) ?? madeUpUserId);
  try {
    await proveFileScope(client, userId);
  } catch (error) {
    if (!isScopeMissing(error)) throw error;
    const other = await findMember(client, userId);
    if (other === undefined) throw error;
    await proveFileScope(client, other);
  }
}

/** Undefined also where the key may not list members. */
function findMember(client: ComplianceClient, besides?: string): Promise<string | undefined> {
  return findUserId(client, besides).catch((failure: unknown) => {
    if (failure instanceof ConfigError) return undefined;
    throw failure;
  });
}

function isScopeMissing(error: unknown): boolean {
  return error instanceof ConfigError && error.code === 'file_scope_missing';
}
