// Where what belongs to one workspace lies beside the items of an archive.
import {accessSync, constants, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {systemCode} from '../../core/errors';
import {toSafeName} from '../../core/safe-name';
import {makeDurableFolder} from './durable-folder';
import {isThere} from './is-there';

export interface WorkspaceFolder {
  /** The workspace id as a folder name. The ledger's first entry says the id itself. */
  readonly name: string;
  readonly path: string;
  readonly ledger: string;
  readonly setAside: string;
  readonly reports: string;
  /** Attachments on their way, emptied at each start. */
  readonly spool: string;
  /** Half-made items; what an earlier run left here may go. */
  readonly tmp: string;
  /** Bytes of items whose target cannot be asked, until their outcome is known. */
  readonly outbox: string;
}

const stateFolder = '.arctera-archive';

/** @param root the target's folder, or the path that the `ledger` setting names */
export function toWorkspaceFolder(root: string, workspaceId: string): WorkspaceFolder {
  return workspaceFolderNamed(root, toSafeName(workspaceId));
}

/** Throws a system error also where the ledger could be read but not written: SQLite tells too little of why. */
export function makeWorkspaceFolder(folder: WorkspaceFolder): void {
  for (const path of [folder.setAside, folder.reports, folder.spool, folder.tmp, folder.outbox])
    makeDurableFolder(path);
  accessSync(folder.path, constants.W_OK);
  if (hasLedger(folder)) accessSync(folder.ledger, constants.W_OK);
}

/** Throws a system error where that cannot be told: a ledger that is called missing is made anew, or begun. */
export function hasLedger(folder: WorkspaceFolder): boolean {
  return isThere(folder.ledger);
}

/** Whether a run has come to its end here, or set something aside: then there was a ledger, whatever has become of it. */
export function hasTraces({reports, setAside}: WorkspaceFolder): boolean {
  return [reports, setAside].some((folder) => isThere(folder) && readdirSync(folder).length > 0);
}

/** Removes what a run that was cut off left half-made. To be called under the ledger's lock. */
export function clearTemporary(folder: WorkspaceFolder): void {
  rmSync(folder.tmp, {recursive: true, force: true});
  makeDurableFolder(folder.tmp);
}

/** The workspaces that have a folder under this root, by name. */
export function listWorkspaceFolders(root: string): readonly WorkspaceFolder[] {
  try {
    const found = readdirSync(join(root, stateFolder), {withFileTypes: true});
    const names = found.filter((each) => each.isDirectory()).map((each) => each.name);
    return names.sort().map((name) => workspaceFolderNamed(root, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw error;
  }
}

export function workspaceFolderNamed(root: string, name: string): WorkspaceFolder {
  const path = join(root, stateFolder, name);
  return {
    name,
    path,
    ledger: join(path, 'ledger.sqlite'),
    setAside: join(path, 'set-aside'),
    reports: join(path, 'reports'),
    spool: join(path, 'spool'),
    tmp: join(path, 'tmp'),
    outbox: join(path, 'outbox'),
  };
}
