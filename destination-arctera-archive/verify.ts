// The verb `verify`: proves every workspace's ledger against itself and against the items in the archive.
import type {Config} from './config';
import type {Events} from './events';
import {verifyLedger} from './ledger/verify';
import {listWorkspaceFolders} from './ledger/workspace-folder';
import {FolderTarget} from './targets/folder';

/** @returns whether everything is whole */
export async function verifyArchive({target}: Config, events: Events): Promise<boolean> {
  const folders = listWorkspaceFolders(target.path);
  if (folders.length === 0) events.nothingToVerify();
  let isWhole = true;
  for (const folder of folders) {
    const folderTarget = new FolderTarget({path: target.path, directory: folder.name});
    const verification = await verifyLedger({file: folder.ledger, target: folderTarget});
    events.verified(folder.name, verification);
    isWhole &&= verification.problems.length === 0;
  }
  return isWhole;
}
