// A folder for what passes through, which goes with its process: also where that was killed, then with a later one.
import {lstatSync, mkdtempSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import Database from 'better-sqlite3';

export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

const prefix = 'arctera-archive-';
/** Locked while its process lives. Not the number of the process: that of a pod means nothing in another one. */
const ownerFile = 'owner.sqlite';

/** Throws a system error where none can be made. */
export function makeScratchFolder(root: string): ScratchFolder {
  const path = mkdtempSync(join(root, prefix));
  const unlocked = join(path, 'owner.new');
  const owner = new Database(unlocked);
  owner.exec('BEGIN EXCLUSIVE');
  renameSync(unlocked, join(path, ownerFile)); // nobody finds it before it is locked
  return {
    path,
    remove: () => {
      rmSync(path, {recursive: true, force: true});
      owner.close();
    },
  };
}

/** Removes the folders of processes of the same user that were killed: texts of messages lie in them. */
export function removeAbandoned(root: string): void {
  for (const name of namesIn(root)) if (name.startsWith(prefix)) removeUnlocked(join(root, name));
}

/** None where one may make folders but not list them. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeUnlocked(path: string): void {
  try {
    const found = lstatSync(path);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return;
    const owner = new Database(join(path, ownerFile), {fileMustExist: true, timeout: 0});
    try {
      owner.exec('BEGIN EXCLUSIVE');
      rmSync(path, {recursive: true, force: true});
    } finally {
      owner.close();
    }
  } catch {
    // Its process lives, or it is no folder of ours, or it is gone meanwhile: it stays as it is.
  }
}
