// Ledgers that are gone: of workspaces that runs have left something of, and of archives beside which nothing lies any more.
import {systemClock} from '../../core/clock';
import {BugError, ConfigError} from '../../core/errors';
import {toSafeName} from '../../core/safe-name';
import {openTargets} from '../check';
import type {Config} from '../config';
import type {LedgerPlace} from '../ledger/ledger-place';
import {defaultTarget} from '../policy/routing';
import type {Target} from '../targets/target';

/**
 * Names of the workspaces. A bucket is asked only where nothing at all is known: whoever looks after a capture is not to
 * depend on it.
 */
export async function findLostLedgers(config: Config, place: LedgerPlace): Promise<readonly string[]> {
  const names = place.names();
  const isAsked = config.target.type === 'folder' || names.length === 0;
  const found = isAsked ? await findArchivesWithoutLedger(config, new Set(names)) : [];
  return [...names.filter((name) => place.isLost(name)), ...found].sort();
}

/** Workspaces that the archive has items of. What else lies in it, and may not even be read, is no concern of ours. */
export async function findArchivesWithoutLedger(
  config: Config,
  begun: ReadonlySet<string>
): Promise<readonly string[]> {
  const isBegun = async (name: string): Promise<boolean> => {
    try {
      return await withTarget(config, name, async ({mark}) => {
        return (await mark?.read()) !== undefined && (await mark?.hasItems()) === true;
      });
    } catch (error) {
      if (error instanceof ConfigError) return false;
      throw error;
    }
  };
  const names = await withTarget(config, toSafeName('default'), async (target) => {
    const found: string[] = [];
    for await (const name of target.directories?.() ?? []) if (!begun.has(name)) found.push(name);
    return found;
  });
  const lost: string[] = [];
  for (const name of names) if (await isBegun(name)) lost.push(name);
  return lost;
}

/** The archive target of one workspace. */
async function withTarget<Result>(
  config: Config,
  directory: string,
  ask: (target: Target) => Promise<Result>
): Promise<Result> {
  const run = {clock: systemClock, signal: new AbortController().signal};
  const targets = await openTargets(config, directory, run);
  try {
    const target = targets.get(defaultTarget);
    if (target === undefined) throw new BugError('There is no archive target.');
    return await ask(target);
  } finally {
    for (const target of targets.values()) await target.close();
  }
}
