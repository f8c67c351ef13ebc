// Whether the key may read files at all: told by asking for one that does not exist.
import type {ComplianceClient} from './client';
import {HttpFailure} from './http-failure';
import {toStatusError} from './status-errors';

const madeUpFileId = 'file-000000000000000000000000';

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
