// Says beside an item in a folder that it is held, and for what: whoever deletes by age must leave it.
import {readFile, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {systemCode} from '../../core/errors';
import {array, object, parseJson} from '../../core/json-values';
import {flush, isFile, writeFlushed} from './durable-files';

/** Behind the whole name of the item; such a file is no item. */
export const holdEnding = '.hold.json';

/** Durable once its folder is flushed. @param temporaryDirectory on the same file system */
export async function placeHoldFile(item: string, names: readonly string[], temporaryDirectory: string): Promise<void> {
  const temporary = join(temporaryDirectory, `${basename(item)}${holdEnding}.part`);
  await writeFlushed(temporary, `${JSON.stringify({item: basename(item), held_for: names})}\n`);
  await rename(temporary, `${item}${holdEnding}`);
}

/**
 * Durable when it resolves.
 * @param known what is not among these stays: a ledger that was lost knew it, and nobody has released it
 * @returns false where there is no item
 */
export async function setHoldFile(
  item: string,
  names: readonly string[],
  known: ReadonlySet<string>,
  temporaryDirectory: string
): Promise<boolean> {
  if (!(await isFile(item))) return false;
  const ofBefore = (await readHoldFile(item)).filter((name) => !known.has(name) && !names.includes(name));
  if (names.length + ofBefore.length === 0) await rm(`${item}${holdEnding}`, {force: true});
  else await placeHoldFile(item, [...names, ...ofBefore], temporaryDirectory);
  await flush(dirname(item));
  return true;
}

/** Names that the file beside the item has; none where there is no such file, or one that cannot be read. */
export async function readHoldFile(item: string): Promise<readonly string[]> {
  try {
    const path = `${item}${holdEnding}`;
    const {held_for: names} = object(parseJson((await isFile(path)) ? await readFile(path, 'utf8') : ''));
    return array(names).map(String);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
