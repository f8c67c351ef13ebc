// The hashes of every conversation of the corpus in every format.
import {sha256Hex} from '../../../core/digest';
import {formats} from '../../../destination-arctera-archive/render/formats';
import type {MessagesItem} from '../../../destination-arctera-archive/render/item';
import {corpus, toCorpusItem} from './corpus';
import {renderWhole} from './render-whole';

export type CorpusHashes = Record<string, Record<string, string>>;

export const formatNames = Object.keys(formats) as (keyof typeof formats)[];

export async function renderAll(item: MessagesItem): Promise<Record<string, Buffer>> {
  const rendered: Record<string, Buffer> = {};
  for (const name of formatNames) rendered[name] = await renderWhole(item, name);
  return rendered;
}

export function hashAll(rendered: Record<string, Buffer>): Record<string, string> {
  return Object.fromEntries(Object.entries(rendered).map(([name, bytes]) => [name, sha256Hex(bytes)]));
}

/** The events of each conversation come in an order that has nothing to do with theirs. */
export async function hashesOfShuffled(salt: string): Promise<CorpusHashes> {
  const hashes: CorpusHashes = {};
  for (const [name, events] of corpus) {
    const place = ({original}: (typeof events)[number]): string => sha256Hex(salt + original.text);
    const shuffled = [...events].sort((a, b) => (place(a) < place(b) ? -1 : 1));
    hashes[name] = hashAll(await renderAll(toCorpusItem(shuffled)));
  }
  return hashes;
}
