// Proves that the archive folder can be written and will last, leaving nothing behind.
import type {Config} from './config';
import {toWorkspaceFolder} from './ledger/workspace-folder';
import {assertLastingFolder} from './targets/ephemeral-storage';
import {FolderTarget} from './targets/folder';

/** Throws ConfigError or TransientError. */
export async function checkTarget(config: Config): Promise<void> {
  await (await lastingTarget(config)).probe();
}

/** As `checkTarget`, and the folder is there afterwards: a probe that tidies up would disturb another writer's start. */
export async function beginTarget(config: Config): Promise<void> {
  await (await lastingTarget(config)).begin();
}

async function lastingTarget({target}: Config): Promise<FolderTarget> {
  if (target.allow_ephemeral !== true) await assertLastingFolder(target.path);
  return new FolderTarget({path: target.path, directory: toWorkspaceFolder(target.path, 'default').name});
}
