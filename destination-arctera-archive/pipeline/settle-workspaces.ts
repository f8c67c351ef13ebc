// Settles what earlier runs left open in any workspace of the archive, before the first record is read.
import {ConfigError, type ConnectorError, toConnectorError} from '../../core/errors';
import {glanceAtLedger} from '../ledger/glance';
import {hasLedger, listWorkspaceFolders, toWorkspaceFolder, type WorkspaceFolder} from '../ledger/workspace-folder';
import {toFolderError} from '../targets/folder-errors';
import {openWorkspace, type OpenOptions} from './open-workspace';
import {closeStores} from './workspace';

export interface SettleOptions extends Omit<OpenOptions, 'workspaceId' | 'lockWaitMs'> {
  /** A workspace that cannot be settled must not stop those whose records come; its own records would end the run. */
  readonly onFailed: (workspace: string, error: ConnectorError) => void;
}

/** Holds no ledger when it resolves: a workspace whose records never come is free for other connections. */
export async function settleWorkspaces(options: SettleOptions): Promise<void> {
  for (const folder of listFolders(options.root)) {
    if (!hasLedger(folder)) continue;
    try {
      await settleWorkspace(folder, options);
    } catch (error) {
      const failure = toConnectorError(error);
      // Whoever holds the ledger has settled it when it took it.
      if (failure.code !== 'ledger_locked') options.onFailed(folder.name, failure);
    }
  }
}

async function settleWorkspace(folder: WorkspaceFolder, options: SettleOptions): Promise<void> {
  const glance = glanceAtLedger(folder.ledger);
  if (glance?.hasOpenIntents !== true) return;
  const {workspaceId} = glance;
  if (toWorkspaceFolder(options.root, workspaceId).name !== folder.name) {
    throw new ConfigError('ledger_without_archive', `The ledger in ${folder.name} is that of another workspace.`);
  }
  await closeStores(await openWorkspace({...options, workspaceId, lockWaitMs: 0}));
}

function listFolders(root: string): readonly WorkspaceFolder[] {
  try {
    return listWorkspaceFolders(root);
  } catch (error) {
    throw toFolderError(error, root);
  }
}
