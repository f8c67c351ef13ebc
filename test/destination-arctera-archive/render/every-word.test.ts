// A page that drops a word of an answer is found out, whatever the word is made of.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {showsEveryWord} from '../../../destination-arctera-archive/render/every-word';

test.each([
  ['one two', '<p>one two</p>', true],
  ['one two', '<p>two one</p>', true],
  ['one two', '<p>one</p>', false],
  ['one one', '<p>one</p>', false],
  ['one', '<p title="one">on e</p>', false],
  ['one', '<p>one1</p>', false],
  ['a & b', '<p>a &amp; b</p>', true],
  ['amp', '<p>&amp;</p>', false],
  ['1. one\n2) two', '<li>one</li><li>two</li>', true],
  ['x 1. one', '<li>one</li>', false],
  ['\u{20000}b é', '<p>\u{20000}b é</p>', true],
  ['\u{20000}b', '<p>\u{20001}b</p>', false],
  ['שלום 日本語', '<p>שלום</p>', false],
  ['', '', true],
])('%j on %j: %s', (text, html, isShown) => {
  expect(showsEveryWord(text, html)).toBe(isShown);
});

test('every word is looked for as often as it is written, in any order', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    'ab',
    ' ',
    '1. ',
    '\n',
    '<i>',
    '</i>',
    '<',
    '>',
    '&amp;',
    '&',
    'é',
    '\u{20000}',
    '\u{1f600}',
    '\ud800',
    '\udc00',
    '\u0000',
    'a b',
    'é'
  );
  const counted = (text: string): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const [each] of text.matchAll(/[\p{L}\p{N}]+/gu)) counts.set(each, (counts.get(each) ?? 0) + 1);
    return counts;
  };
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece), (some, others) => {
      const text = some.join('');
      const html = others.join('');
      const shown = counted(html.replace(/<[^>]*>/g, ' ').replace(/&(?:amp|lt|gt|quot|#39);/g, ' '));
      const written = counted(text.replace(/^[ \t>*+-]*\d{1,9}[.)](?=\s|$)/gm, ''));
      const isShown = [...written].every(([each, count]) => (shown.get(each) ?? 0) >= count);
      expect(showsEveryWord(text, html)).toBe(isShown);
    }),
    {numRuns: 20_000}
  );
});

test.each(['\u{1f600}', 'a\udc00', 'a ', '1. '])('%j is looked for in linear time', (piece) => {
  const many = piece.repeat(300_000);
  expect(showsEveryWord(`${many}c`, `${many}d`)).toBe(false);
  expect(showsEveryWord(`${many}c`, `${many}&#39;c`)).toBe(true);
});

test('a word of megabytes is looked for as any other', () => {
  const word = '\u{1d49c}'.repeat(8_000_000);
  expect(showsEveryWord(word, '')).toBe(false);
});
