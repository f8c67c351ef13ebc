// Says beside an item in a folder that it is held, and for what: whoever deletes by age must leave it.
import {readFile, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {systemCode} from '../../core/errors';
import {flush, writeFlushed} from './durable-files';

/** Behind the whole name of the item; such a file is no item. */
export const holdEnding = '.hold.json';

/** Durable once its folder is flushed. @param temporaryDirectory on the same file system */
export async function placeHoldFile(item: string, names: readonly string[], temporaryDirectory: string): Promise<void> {
  const temporary = join(temporaryDirectory, `${basename(item)}${holdEnding}.part`);
  await writeFlushed(temporary, `${JSON.stringify({item: basename(item), held_for: names})}\n`);
  await rename(temporary, `${item}${holdEnding}`);
}

/** Durable when it resolves. @returns false where there is no item */
export async function setHoldFile(
  item: string,
  names: readonly string[],
  temporaryDirectory: string
): Promise<boolean> {
  if (!(await isThere(item))) return false;
  if (names.length === 0) await rm(`${item}${holdEnding}`, {force: true});
  else await placeHoldFile(item, names, temporaryDirectory);
  await flush(dirname(item));
  return true;
}

/** Names that the file beside the item has; none where there is no such file, or one that cannot be read. */
export async function readHoldFile(item: string): Promise<readonly string[]> {
  try {
    const {held_for: names} = JSON.parse(await readFile(`${item}${holdEnding}`, 'utf8')) as {held_for?: unknown};
    return Array.isArray(names) ? names.map(String) : [];
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return [];
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
