// All finds of a pattern: those that searching again and again gives, and never more work than the text is long.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import type {RE2JS} from 're2js';
import {allFinds, findsFrom, type Span} from '../../../destination-arctera-archive/policy/all-finds';
import {compilePattern, toCustomDetector} from '../../../destination-arctera-archive/policy/detectors';
import {toRedactor} from '../../../destination-arctera-archive/policy/redaction';
import {patternsOf} from './patterns-of';

const patterns = patternsOf(
  [
    ...[
      'abc',
      'ka',
      'Ss',
      'a',
      'b',
      '.',
      '\\s',
      '\\b',
      '\\B',
      '\\.',
      '|',
      '(?:a|bc)',
      '(ab)',
      '(a|ab)',
      '[ab]',
      '[^a]',
    ],
    ...['(a*)*', '(|a)*', '(?:a|b*)+', '(a+)+', '.*', '.*?', '[^b]*', '\\W', '\\pL', '(?s)', '(?m)', '(?U)'],
    ...[
      '*',
      '+',
      '?',
      '*?',
      '+?',
      '??',
      '{2}',
      '{0,3}',
      '(',
      ')',
      '(?-i)',
      '^',
      '$',
      '\\A',
      '\\z',
      'ſ',
      'é',
      '😀',
      ' ',
    ],
  ],
  7
);
const texts = fc
  .array(fc.constantFrom(...Array.from('abcABCkKsSſé .\n😀\ud83d'), 'aa', 'ab', 'ba', '\ude00'), {maxLength: 24})
  .map((parts) => parts.join(''));

test('they are those that searching again and again gives', () => {
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      const compiled = compilePattern(pattern);
      expect([...findsFrom(0, text, compiled)]).toEqual(searchAgainAndAgain(compiled, text));
    }),
    {numRuns: 5000}
  );
});

test.each([
  ['a[^b]*c|a', 'xa a😀a\n'],
  ['\\bword\\b|wo', 'word wor '],
  ['\\b', 'some words '],
  ['ab$', 'ab'],
])('finds of %s that come after many searches continue those before', (pattern, piece) => {
  const text = piece.repeat(300_000 / piece.length);
  const compiled = compilePattern(pattern);
  const inOne = JSON.stringify([...findsFrom(0, text, compiled)]);
  expect(JSON.stringify(allFinds(compiled, text)) === inOne).toBe(true);
});

// Where a search reads on to the end for each find, the second text would be read 60,000 times.
test.each([
  ['q[^b]*z|q', 'q'],
  ['A(.*B)?', 'a'],
  ['(?s)x(.*y)?', 'x\n'],
  ['a|(?:a+)+b', 'a'],
  ['[0-9](?:.*[a-z]{3}!)?', '1 '],
  ['(?:(?:é|ée)+ü)?é', 'é'],
])(
  'a text is masked for %s by reading it a bounded number of times, however many finds of %j it has',
  (pattern, find) => {
    const redactor = toRedactor([toCustomDetector('own', pattern)]);
    const timesRead = (finds: number): number => {
      const text = find.repeat(finds);
      const {result, reads} = countReads(() => redactor.text(text));
      expect(result.replace(/\[red.*?own\]/gs, '').trim()).toBe('');
      return reads / text.length;
    };
    expect(timesRead(15_000)).toBeLessThan(1000);
    expect(timesRead(60_000)).toBeLessThan(500);
  }
);

function countReads<Result>(run: () => Result): {readonly result: Result; readonly reads: number} {
  type Read = (this: string, place: number) => number;
  const {codePointAt, charCodeAt} = String.prototype as object as Readonly<Record<'codePointAt' | 'charCodeAt', Read>>;
  let reads = 0;
  const counted = (read: Read): Read =>
    function (this: string, place: number): number {
      reads += 1;
      return read.call(this, place);
    };
  Object.assign(String.prototype, {codePointAt: counted(codePointAt), charCodeAt: counted(charCodeAt)});
  try {
    return {result: run(), reads};
  } finally {
    Object.assign(String.prototype, {codePointAt, charCodeAt});
  }
}

function searchAgainAndAgain(pattern: RE2JS, text: string): Span[] {
  const spans: Span[] = [];
  for (const matcher = pattern.matcher(text); matcher.find();)
    if (matcher.end() > matcher.start()) spans.push({start: matcher.start(), end: matcher.end()});
  return spans;
}
