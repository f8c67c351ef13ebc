// The id that ties the items of a workspace to their ledger, kept in a file beside the items.
import {readFile, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {systemCode} from '../../core/errors';
import {flush, makeDirectory, writeFlushed} from './durable-files';
import {toFolderError} from './folder-errors';

const fileName = 'archive-id';

/** The id in the directory; undefined when there is none. */
export async function readArchiveId(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, fileName), 'utf8')).trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw toFolderError(error, directory);
  }
}

/** Durable when it resolves. The caller holds the lock of the workspace. */
export async function createArchiveId(directory: string, archiveId: string): Promise<void> {
  try {
    const changed = await makeDirectory(directory);
    const temporary = join(directory, `.${fileName}.part`);
    await writeFlushed(temporary, `${archiveId}\n`);
    await rename(temporary, join(directory, fileName));
    for (const each of [directory, ...changed]) await flush(each);
  } catch (error) {
    throw toFolderError(error, directory);
  }
}
