// The short way of answers without Markdown: the very page that the parser gives, or no answer at all.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {renderParsed} from '../../../destination-arctera-archive/render/markdown';
import {renderPlainParagraphs} from '../../../destination-arctera-archive/render/plain-paragraphs';

const piece = fc.constantFrom(
  ...[
    'a',
    'Word',
    'é',
    '日本',
    '😀',
    '\ud800',
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\n\n\n',
    '\u00a0',
    '\u3000',
    '\u2028',
    '.',
    ',',
    ':',
    '-',
    '--',
    '=',
  ],
  ...[
    '+',
    '#',
    '>',
    '"',
    "'",
    '&',
    '&amp;',
    '(',
    ')',
    '1.',
    '12)',
    '1',
    '!',
    '^',
    '$',
    '%',
    '/',
    '//',
    'http://a.test',
    'www.a.test',
    'a@b.test',
    '…',
  ],
  ...['*', '_', '`', '[', ']', '<', '|', '~', '\\', '\t', '\r', '\0', '\u0007']
);
const plainPiece = fc.constantFrom(
  'a',
  'Word',
  'é',
  ' b',
  '\n',
  '\n\n',
  '. ',
  ', ',
  '"',
  '&',
  '-c',
  '>d',
  "'",
  ':e',
  '(f)',
  '1',
  '😀',
  '\u2028',
  '\u00a0'
);

test.each([
  ['any pieces', fc.array(piece, {maxLength: 12})],
  ['pieces that are mostly plain', fc.array(plainPiece, {maxLength: 20})],
])('%s are shown as the parser shows them, where the short way is taken', (_, pieces) => {
  let taken = 0;
  fc.assert(
    fc.property(pieces, (all) => {
      const text = all.join('');
      const plain = renderPlainParagraphs(text);
      if (plain === undefined) return;
      taken += 1;
      expect(plain).toBe(renderParsed(text));
    }),
    {numRuns: 10_000}
  );
  expect(taken).toBeGreaterThan(500);
});

test.each([
  '# a',
  'a *b*',
  '- a',
  '1. a',
  'a\n===',
  '    code',
  '> a',
  '| a |',
  '`a`',
  '[a](b)',
  '<b>',
  'a  \nb',
  '~~a~~',
])('%j is left to the parser', (text) => expect(renderPlainParagraphs(text)).toBeUndefined());
