// Finds what an item says of itself, and its originals, in the bytes of any format it was delivered in.
import {itemRecordName, originalsName} from './attachment-names';
import {emlEnding, outerBoundary} from './eml';
import {PartFinder} from './part-finder';
import {rsmfEnding} from './rsmf';
import {textDelimitedEnding} from './text-delimited';
import {rsmfBoundary} from './to-rsmf';
import {readZipEntry} from './zip-entry';

type Open = () => AsyncIterable<Buffer>;

/** @param open gives the item's bytes from their beginning, as often as it is called; the first are read to their end */
export async function findItemRecord(itemId: string, ending: string, open: Open): Promise<string | undefined> {
  return (await findBytes(itemId, ending, open, itemRecordName))?.toString('utf8');
}

/**
 * The originals of an item, a line each. Undefined where the bytes hold none.
 * @param open as for `findItemRecord`
 */
export async function findOriginals(itemId: string, ending: string, open: Open): Promise<string[] | undefined> {
  const text = (await findBytes(itemId, ending, open, originalsName))?.toString('utf8');
  return text?.split('\n').filter((line) => line !== '');
}

async function findBytes(itemId: string, ending: string, open: Open, name: string): Promise<Buffer | undefined> {
  switch (ending) {
    case emlEnding: {
      const finder = new PartFinder(outerBoundary(itemId), name);
      for await (const bytes of open()) finder.push(bytes);
      return finder.content;
    }
    case rsmfEnding:
      return readZipEntry(() => zipOfRsmf(itemId, open), name);
    case textDelimitedEnding:
      return readZipEntry(open, name);
    default:
      return undefined;
  }
}

async function* zipOfRsmf(itemId: string, open: Open): AsyncGenerator<Buffer> {
  let passed: Buffer[] = [];
  const finder = new PartFinder(rsmfBoundary(itemId), 'rsmf.zip', (bytes) => passed.push(bytes));
  for await (const bytes of open()) {
    finder.push(bytes);
    yield* passed;
    passed = [];
  }
}
