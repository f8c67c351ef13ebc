// Keywords found in one pass are those that looking for each of them in the composed text finds, whatever the text is.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {mayCompose} from '../../../destination-arctera-archive/policy/composition';
import {toKeywordText} from '../../../destination-arctera-archive/policy/keyword-automaton';
import {compileKeywordLists} from '../../../destination-arctera-archive/policy/keyword-lists';

/** What is hard: marks, letters of several forms, parts of Korean syllables, halves of pairs, separators. */
const units = [
  ...['a', 'A', 'b', 'e', 'E', 'é', 'É', '\u0301', '\u0327', '\u0345', 'ſ', '\u212a', '\u212b', 'İ', 'ß', 'Σ', 'ς'],
  ...['か', '\u3099', '漢', '\u1100', '\u1161', '\u11a8', '각', '\u0958', '\ufb1d', '\u2126', '\u0374', '\u09c7\u09be'],
  ...['😀', '\ud83d', '\ude00', '\ud834\udd5e', '\u{2f800}', '\u{11099}\u{110ba}', '\ufe0f', '\u200d'],
  ...[' ', '  ', '-', '\n', '.', '’', '–', '0', '１', '\u00ad', '\u200b', '\u2060', 'i', 'I', 'ı', 'σ', 's', 'S'],
];
const textsOf = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...units), {minLength: 1, maxLength}).map((parts) => parts.join(''));
const words = textsOf(4);
const keywords = fc
  .oneof(
    words,
    words.map((word) => `${word}*`),
    words.map((word) => `*${word}`),
    words.map((word) => `*${word}*`),
    fc.tuple(words, fc.integer({min: 0, max: 4}), words).map(([left, near, right]) => `${left} NEAR/${near} ${right}`)
  )
  .filter((keyword) => partsOf(keyword).every((part) => toKeywordText(part.trim()) !== ''));
const lists = fc.array(fc.array(keywords, {minLength: 1, maxLength: 4}), {minLength: 1, maxLength: 4});

test('lists have a keyword in a text as looking for each keyword tells', () => {
  fc.assert(
    fc.property(lists, fc.array(textsOf(30), {minLength: 1, maxLength: 3}), (many, texts) => {
      const named = many.map((each, index) => ({name: `list ${index}`, keywords: each}));
      const search = compileKeywordLists(named);
      for (const text of texts) {
        const expected = named.filter((list) => list.keywords.some((keyword) => occurs(keyword, text)));
        expect([...search.find(text)].sort()).toEqual(expected.map(({name}) => name));
      }
    }),
    {numRuns: 10_000}
  );
});

test('a keyword at the very end, at the very beginning, and of the whole text is found, in empty texts none', () => {
  const search = compileKeywordLists([{name: 'a', keywords: ['insider', 'é*']}]);
  for (const text of ['insider', 'an insider', 'insider tip', 'e\u0301t', '\u00e9']) {
    expect([...search.find(text)]).toEqual(['a']);
  }
  for (const text of ['', ' ', 'insiders', 'et\u0301']) expect([...search.find(text)]).toEqual([]);
});

test('keywords are near each other in the composed text, however many others want the same one near', () => {
  const others = Array.from({length: 300}, (_, number) => `é NEAR/9 other${number}`);
  const search = compileKeywordLists([
    {name: 'near', keywords: ['é NEAR/2 b', ...others]},
    {name: 'far', keywords: ['é NEAR/1 b']},
  ]);
  expect([...search.find('e\u0301 x b')]).toEqual(['near']);
  expect([...search.find('b x e\u0301')]).toEqual(['near']);
  expect([...search.find('b e\u0301')].sort()).toEqual(['far', 'near']);
  expect([...search.find('e\u0301 x x b')]).toEqual([]);
  expect([...search.find('é other299')]).toEqual(['near']);
});

test('a text without the units that may compose is as Unicode composes it', () => {
  const joins = new Set<number>();
  const codePoints = Array.from({length: 0x110000}, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff);
  for (const code of codePoints) {
    const character = String.fromCodePoint(code);
    const [, ...others] = character.normalize('NFD');
    if (character.normalize('NFC') === character) for (const other of others) joins.add(other.codePointAt(0) ?? 0);
  }
  const wrong = codePoints.filter((code) => {
    const character = String.fromCodePoint(code);
    if (character.split('').some((unit) => mayCompose(unit.charCodeAt(0)))) return false;
    // The marks of the highest and of the lowest class tell whether it changes places with one.
    const moves =
      `\u0345${character}`.normalize('NFD') !== `\u0345${character.normalize('NFD')}` ||
      `${character}\u0334`.normalize('NFD') !== `${character.normalize('NFD')}\u0334`;
    const isItself = character.normalize('NFC') === character;
    return joins.has(code) || !isItself || (moves && character.normalize('NFD') === character);
  });
  expect(wrong).toEqual([]);
});

function partsOf(keyword: string): readonly string[] {
  const parts = /^(.+?) NEAR\/(\d{1,3}) (.+)$/s.exec(keyword);
  return parts === null ? [keyword] : [parts[1] ?? '', parts[3] ?? ''];
}

/** By the plain text of words with one space around each. */
function occurs(keyword: string, text: string): boolean {
  const plain = toPlain(text);
  const [left = [], right] = partsOf(keyword).map((part) => placesIn(plain, toKeywordText(part.trim())));
  if (right === undefined) return left.length > 0;
  const words = Number(/ NEAR\/(\d{1,3}) /.exec(keyword)?.[1]);
  return left.some((a) => right.some((b) => Math.max(b.first - a.last, a.first - b.last) <= words));
}

function toPlain(text: string): string {
  const units = text
    .normalize('NFC')
    .replace(/[\u00ad\u200c-\u200f\u2060\ufeff]/g, '')
    .split('');
  const plain = units.map((unit) => {
    if (!/[\p{L}\p{N}\p{M}\p{Cs}]/u.test(unit)) return ' ';
    if (unit === 'İ') return 'i';
    const other = unit.toUpperCase().length === 1 ? unit.toUpperCase() : unit;
    return other.toLowerCase().length === 1 ? other.toLowerCase() : unit;
  });
  return ` ${plain.join('')} `.replace(/ +/g, ' ');
}

/** The numbers of the first and the last word of each occurrence. */
function placesIn(plain: string, wanted: string): {first: number; last: number}[] {
  const places: {first: number; last: number}[] = [];
  for (let at = plain.indexOf(wanted); at !== -1; at = plain.indexOf(wanted, at + 1)) {
    const last = plain
      .slice(0, at + wanted.length)
      .trim()
      .split(' ').length;
    places.push({first: last - wanted.trim().split(' ').length + 1, last});
  }
  return places;
}
