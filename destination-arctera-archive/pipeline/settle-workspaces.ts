// Settles what earlier runs left open in any workspace of the archive, before the first record is read.
import {ConfigError, type ConnectorError} from '../../core/errors';
import {toSafeName} from '../../core/safe-name';
import type {LedgerPlace} from '../ledger/ledger-place';
import {toEndOfRun, toFolderError} from '../targets/folder-errors';
import {openWorkspace, type OpenOptions} from './open-workspace';
import {closeStores} from './workspace';

export interface SettleOptions extends Omit<OpenOptions, 'workspaceId' | 'lockWaitMs'> {
  /** A workspace that cannot be settled must not stop those whose records come; its own records would end the run. */
  readonly onFailed: (workspace: string, error: ConnectorError) => void;
}

/** Holds no ledger when it resolves: a workspace whose records never come is free for other connections. */
export async function settleWorkspaces(options: SettleOptions): Promise<void> {
  for (const name of listNames(options.place)) {
    try {
      await settleWorkspace(name, options);
    } catch (error) {
      const failure = toEndOfRun(error, options.place.root);
      // Whoever holds the ledger has settled it when it took it.
      if (failure.code !== 'ledger_locked') options.onFailed(name, failure);
    }
  }
}

async function settleWorkspace(name: string, options: SettleOptions): Promise<void> {
  const glance = options.place.glance(name);
  if (glance?.hasOpenIntents !== true) return;
  const {workspaceId} = glance;
  if (toSafeName(workspaceId) !== name) {
    throw new ConfigError('ledger_without_archive', `The ledger in ${name} is that of another workspace.`);
  }
  await closeStores(await openWorkspace({...options, workspaceId, lockWaitMs: 0}));
}

function listNames(place: LedgerPlace): readonly string[] {
  try {
    return place.names();
  } catch (error) {
    throw toFolderError(error, place.root);
  }
}
