// Finds the items below a directory, wherever somebody may have put them.
import type {Dirent} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {systemCode} from '../../core/errors';

const itemEnding = /\.(eml|rsmf|td\.zip)$/i;

/** Paths relative to the directory, with `/`, in order. A directory that is not there has none. */
export async function* listItems(directory: string): AsyncGenerator<string> {
  for await (const path of listFiles(directory)) if (itemEnding.test(path)) yield path;
}

/** As `listItems`, of files of any kind. @param below a directory in it to begin at */
export async function* listFiles(directory: string, below = ''): AsyncGenerator<string> {
  for (const entry of await entriesOf(join(directory, below))) {
    const path = posix.join(below, entry.name);
    if (entry.isDirectory()) yield* listFiles(directory, path);
    else yield path;
  }
}

/**
 * Directories right in the archive that may hold items. Hidden ones are the connector's own or a file system's
 * snapshots, and `lost+found` belongs to the file system too.
 */
export async function listItemDirectories(root: string): Promise<string[]> {
  const entries = await entriesOf(root);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'lost+found')
    .map(({name}) => name);
}

/** Items that lie in no directory of a workspace. */
export async function listLooseItems(root: string): Promise<string[]> {
  const entries = await entriesOf(root);
  return entries.filter((entry) => !entry.isDirectory() && itemEnding.test(entry.name)).map(({name}) => name);
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, {withFileTypes: true});
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
