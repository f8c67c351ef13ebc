// Opens the stores of one workspace in a folder target: locks its ledger, and settles what an earlier run left open.
import {randomUUID} from 'node:crypto';
import type {Clock} from '../../core/clock';
import {ConfigError} from '../../core/errors';
import {settleOpenIntents, type Settlement} from '../ledger/settle';
import {SetAsideFolder} from '../ledger/set-aside';
import {Spool} from '../ledger/spool';
import {openSqliteLedger} from '../ledger/sqlite-ledger';
import {clearTemporary, hasLedger, makeWorkspaceFolder, toWorkspaceFolder} from '../ledger/workspace-folder';
import {createArchiveId, readArchiveId} from '../targets/archive-id';
import {FolderTarget} from '../targets/folder';
import {toFolderError} from '../targets/folder-errors';
import type {Target} from '../targets/target';
import {composeItem} from './compose';
import type {WorkspaceStores} from './workspace';

export interface OpenOptions {
  readonly root: string;
  readonly workspaceId: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Folders of the targets besides the default one, by name. */
  readonly otherRoots: ReadonlyMap<string, string>;
  /** How long to wait for another writer to end. */
  readonly lockWaitMs: number;
  readonly onSettled: (settlement: Settlement) => void;
}

export async function openFolderWorkspace(options: OpenOptions): Promise<WorkspaceStores> {
  const {root, workspaceId, clock, lockWaitMs, signal} = options;
  const folder = toWorkspaceFolder(root, workspaceId);
  const target = new FolderTarget({path: root, directory: folder.name});
  // Before a file is made where a ledger is missing. Items come after their ledger, so it is looked for last.
  if ((await target.hasItems()) && !hasLedger(folder)) throw archiveWithoutLedger(workspaceId);
  try {
    makeWorkspaceFolder(folder);
  } catch (error) {
    throw toFolderError(error, folder.path);
  }
  const ledger = await openSqliteLedger({
    file: folder.ledger,
    workspaceId,
    archiveId: (isBegun) => pairedArchiveId(target, isBegun, workspaceId),
    clock,
    lockWaitMs,
    signal,
  });
  try {
    const spool = new Spool(folder.spool);
    spool.clear();
    clearTemporary(folder);
    const others = [...options.otherRoots].map(
      ([name, path]) => [name, new FolderTarget({path, directory: folder.name})] as const
    );
    const targets = new Map<string, Target>([['default', target], ...others]);
    const settlement = await settleOpenIntents(ledger, {
      targets,
      copy: async ({itemId, address, copies}, from, to) => {
        for (const each of [...copies.map((copy) => copy.address), address]) {
          await to.deliver([await composeItem(itemId, each, from.read(each), folder.tmp)]);
        }
      },
    });
    if (settlement.delivered + settlement.voided > 0) options.onSettled(settlement);
    return {
      workspaceId,
      ledger,
      target,
      targets,
      spool,
      setAside: new SetAsideFolder(folder.setAside),
      temporaryFolder: folder.tmp,
      reportsFolder: folder.reports,
    };
  } catch (error) {
    ledger.close();
    throw error;
  }
}

/** Archive and ledger carry one id; either without the other means that something was lost or moved. */
async function pairedArchiveId(target: FolderTarget, ledgerIsBegun: boolean, workspaceId: string): Promise<string> {
  const archiveId = await readArchiveId(target.itemsDirectory);
  if (archiveId === undefined && ledgerIsBegun) {
    throw new ConfigError(
      'ledger_without_archive',
      `The ledger of workspace ${JSON.stringify(workspaceId)} has no archive.`
    );
  }
  // An id without items and without a ledger is a first run that was cut off.
  if (!ledgerIsBegun && (await target.hasItems())) throw archiveWithoutLedger(workspaceId);
  if (archiveId !== undefined) return archiveId;
  const fresh = randomUUID();
  await createArchiveId(target.itemsDirectory, fresh);
  return fresh;
}

function archiveWithoutLedger(workspaceId: string): ConfigError {
  return new ConfigError(
    'archive_without_ledger',
    `The archive of workspace ${JSON.stringify(workspaceId)} has no ledger.`
  );
}
