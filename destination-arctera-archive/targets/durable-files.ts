// Files that survive a power cut: content is flushed before a name points at it, and the name after that.
import {constants} from 'node:fs';
import {copyFile, mkdir, open, rename, rm, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {systemCode} from '../../core/errors';

export async function writeFlushed(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w', 0o640);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a file or a directory that is there already. */
export async function flush(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Moves a flushed file to a name in an existing directory; across file systems by a flushed copy beside that name. */
export async function moveFlushed(from: string, temporary: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    await copyFile(from, temporary);
    await flush(temporary);
    await rename(temporary, to);
    await rm(from, {force: true});
  }
}

/**
 * Makes a directory with its parents; answers with the directories that must be flushed for it to last.
 * Not by `recursive`: where a parent answers ENOENT to a new child, as `/proc` does, Node.js tries for ever.
 */
export async function makeDirectory(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let each = path; !(await isDirectory(each)); each = dirname(each)) missing.unshift(each);
  const changed: string[] = [];
  for (const each of missing) {
    try {
      await mkdir(each, {mode: 0o750});
      changed.unshift(dirname(each));
    } catch (error) {
      // Two writers may begin at once.
      if (systemCode(error) !== 'EEXIST' || !(await isDirectory(each))) throw error;
    }
  }
  return changed;
}

export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Whether a file is there whose bytes come to an end: of a pipe or a device nobody knows when they do. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
