// Proves that the archive folder can be written and will last, leaving nothing behind.
import type {Config} from './config';
import {toWorkspaceFolder} from './ledger/workspace-folder';
import {assertLastingFolder} from './targets/ephemeral-storage';
import {FolderTarget} from './targets/folder';

/** Throws ConfigError or TransientError. */
export async function checkTarget({target}: Config): Promise<void> {
  if (target.allow_ephemeral !== true) await assertLastingFolder(target.path);
  await new FolderTarget({path: target.path, directory: toWorkspaceFolder(target.path, 'default').name}).probe();
}
