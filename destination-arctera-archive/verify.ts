// The verb `verify`: proves every workspace's ledger against itself and against the items in the archive.
import {join} from 'node:path';
import {otherRoots} from './check';
import type {Config} from './config';
import type {Events} from './events';
import {hasBegunLedger} from './ledger/glance';
import {Problems} from './ledger/problems';
import {verifyLedger} from './ledger/verify';
import {listWorkspaceFolders} from './ledger/workspace-folder';
import {FolderTarget} from './targets/folder';
import {toFolderError} from './targets/folder-errors';
import {listItemDirectories, listItems, listLooseItems} from './targets/list-files';

/** @returns whether everything is whole */
export async function verifyArchive(config: Config, events: Events): Promise<boolean> {
  const {target} = config;
  const folders = listWorkspaceFolders(target.path);
  const begun = new Set(folders.filter(hasBegunLedger).map(({name}) => name));
  let isWhole = true;
  for (const folder of folders.filter(({name}) => begun.has(name))) {
    const folderTarget = new FolderTarget({path: target.path, directory: folder.name});
    const others = [...otherRoots(config)].map(
      ([name, path]) => [name, new FolderTarget({path, directory: folder.name})] as const
    );
    const verification = await verifyLedger({file: folder.ledger, target: folderTarget, otherTargets: new Map(others)});
    events.verified(folder.name, verification);
    isWhole &&= verification.problemCount === 0;
  }
  const strangers = await findStrangers(target.path, begun);
  if (strangers.count > 0) {
    events.strangersFound(strangers);
    return false;
  }
  for (const {name} of folders) if (!begun.has(name)) events.nothingArchivedYet(name);
  if (folders.length === 0) events.nothingToVerify();
  return isWhole;
}

async function findStrangers(root: string, begun: ReadonlySet<string>): Promise<Problems> {
  const problems = new Problems();
  try {
    for (const name of await listLooseItems(root)) problems.add(describeStranger(name));
    for (const directory of await listItemDirectories(root)) {
      if (begun.has(directory)) continue; // looked at with its ledger
      for await (const path of listItems(join(root, directory))) problems.add(describeStranger(`${directory}/${path}`));
    }
  } catch (error) {
    throw toFolderError(error, root);
  }
  return problems;
}

function describeStranger(path: string): string {
  return `No ledger knows the item ${JSON.stringify(path)}.`;
}
