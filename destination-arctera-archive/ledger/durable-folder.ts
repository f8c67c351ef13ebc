// Files and folders that are still there after a power failure.
import {closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

/** Makes the folder and those above it, each recorded on disk in the one that holds it. */
export function makeDurableFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  makeDurableFolder(parent);
  mkdirSync(folder, {recursive: true, mode: 0o700});
  fsyncFolder(parent);
}

/** Writes the whole file or nothing. It lasts once its folder has been through `fsyncFolder`. */
export function writeWholeFile(temporary: string, file: string, content: string): void {
  writeFileSync(temporary, content, {mode: 0o600, flush: true});
  renameSync(temporary, file);
}

export function fsyncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
