// The verb `verify`: proves every workspace's ledger against itself and against the items in the archive.
import {otherRoots} from './check';
import type {Config} from './config';
import type {Events} from './events';
import {verifyLedger} from './ledger/verify';
import {listWorkspaceFolders} from './ledger/workspace-folder';
import {FolderTarget} from './targets/folder';

/** @returns whether everything is whole */
export async function verifyArchive(config: Config, events: Events): Promise<boolean> {
  const {target} = config;
  const folders = listWorkspaceFolders(target.path);
  if (folders.length === 0) events.nothingToVerify();
  let isWhole = true;
  for (const folder of folders) {
    const folderTarget = new FolderTarget({path: target.path, directory: folder.name});
    const others = [...otherRoots(config)].map(
      ([name, path]) => [name, new FolderTarget({path, directory: folder.name})] as const
    );
    const verification = await verifyLedger({file: folder.ledger, target: folderTarget, otherTargets: new Map(others)});
    events.verified(folder.name, verification);
    isWhole &&= verification.problems.length === 0;
  }
  return isWhole;
}
