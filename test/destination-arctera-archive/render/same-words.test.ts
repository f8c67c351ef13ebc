// The page and the plain text of an item carry the same words, for every conversation of the corpus and every sample.
import {expect, test} from '@jest/globals';
import {sampleItems} from '../../../scripts/samples/sample-items';
import type {Item} from '../../../destination-arctera-archive/render/item';
import {corpus, toCorpusItem} from './corpus';
import {parseMessage, renderWhole} from './render-whole';

const items: readonly (readonly [name: string, item: Item])[] = [
  ...corpus.map(([name, events]) => [name, toCorpusItem(events)] as const),
  ...sampleItems.flatMap(([name, all]) => all.map((item) => [name, item] as const)),
];

function wordsOf(text: string): Set<string> {
  return new Set(text.normalize('NFC').match(/[\p{L}\p{N}\p{M}]+/gu) ?? []);
}

const named: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', middot: '·'};

/** Of our own pages, which the transcript's tests hold to a few elements. */
function toVisibleText(html: string): string {
  return html
    .replace(/<style>.*?<\/style>|<title>.*?<\/title>/gs, '')
    .replace(/<\/?(?:b|i|em|strong|s|del|a|span|code|u|wbr)\b[^>]*>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) =>
      name === undefined ? String.fromCodePoint(Number(decimal ?? `0x${hex}`)) : (named[name] ?? whole)
    );
}

test.each(items)('%s', async (name, item) => {
  const {text = '', html = ''} = await parseMessage(await renderWhole(item));
  const [plain, page] = [wordsOf(text), wordsOf(toVisibleText(html))];
  expect(plain.size).toBeGreaterThan(0);
  // The page tells a picture by a word, the plain text by the marks of Markdown.
  expect([name, [...page].filter((word) => !plain.has(word) && word !== 'Image')]).toEqual([name, []]);
  expect([name, [...plain].filter((word) => !page.has(word))]).toEqual([name, []]);
});
