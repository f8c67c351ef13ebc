// Proves that the policy can be used and that every archive folder can be written and will last, leaving nothing behind.
import {resolve} from 'node:path';
import {ConfigError} from '../core/errors';
import type {Config} from './config';
import {toWorkspaceFolder} from './ledger/workspace-folder';
import {Policy} from './policy/policy';
import {assertLastingFolder} from './targets/ephemeral-storage';
import {FolderTarget} from './targets/folder';

/** Throws ConfigError or TransientError. */
export async function checkTarget(config: Config): Promise<void> {
  toPolicy(config);
  for (const target of await lastingTargets(config)) await target.probe();
}

/** As `checkTarget`, and the folders are there afterwards: a probe that tidies up would disturb another writer's start. */
export async function beginTarget(config: Config): Promise<void> {
  for (const target of await lastingTargets(config)) await target.begin();
}

/** Throws ConfigError that names what cannot be used. */
export function toPolicy(config: Config): Policy {
  return new Policy(
    config,
    (config.additional_targets ?? []).map(({name}) => name)
  );
}

/** Folders of the targets besides the default one, by name. Throws ConfigError when one folder serves two targets. */
export function otherRoots(config: Config): ReadonlyMap<string, string> {
  const roots = new Map((config.additional_targets ?? []).map(({name, target}) => [name, resolve(target.path)]));
  if (new Set([resolve(config.target.path), ...roots.values()]).size <= roots.size) {
    throw new ConfigError('policy_invalid', 'Two targets are the same folder.');
  }
  return roots;
}

async function lastingTargets(config: Config): Promise<FolderTarget[]> {
  otherRoots(config);
  const settings = [config.target, ...(config.additional_targets ?? []).map(({target}) => target)];
  for (const target of settings) if (target.allow_ephemeral !== true) await assertLastingFolder(target.path);
  return settings.map(({path}) => new FolderTarget({path, directory: toWorkspaceFolder(path, 'default').name}));
}
