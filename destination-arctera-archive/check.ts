// Proves that the archive folder can be written and will last, leaving nothing behind.
import {readFile, realpath} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {systemCode} from '../core/errors';
import type {Config} from './config';
import {toWorkspaceFolder} from './ledger/workspace-folder';
import {assertLasting} from './targets/ephemeral-storage';
import {FolderTarget} from './targets/folder';
import {toFolderError} from './targets/folder-errors';

/** Throws ConfigError or TransientError. */
export async function checkTarget(config: Config): Promise<void> {
  await (await lastingTarget(config)).probe();
}

/** As `checkTarget`, and the folder is there afterwards: a probe that tidies up would disturb another writer's start. */
export async function beginTarget(config: Config): Promise<void> {
  await (await lastingTarget(config)).begin();
}

async function lastingTarget({target}: Config): Promise<FolderTarget> {
  if (target.allow_ephemeral !== true) {
    assertLasting(await realExisting(resolve(target.path)), {
      mountInfo: await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
      workingDirectory: process.cwd(),
      environment: process.env,
    });
  }
  return new FolderTarget({path: target.path, directory: toWorkspaceFolder(target.path, 'default').name});
}

/** The path with its symbolic links resolved, as far as it exists. */
async function realExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw toFolderError(error, path);
    return realExisting(dirname(path));
  }
}
