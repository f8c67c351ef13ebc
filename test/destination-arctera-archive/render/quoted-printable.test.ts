// Quoted-printable lines are those of nodemailer, whose form readers have met for years.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {encode, wrap} from 'nodemailer/lib/qp';
import {toQuotedPrintable} from '../../../destination-arctera-archive/render/quoted-printable';

const words = [
  'a',
  'word',
  ' ',
  '  ',
  '\t',
  '.',
  ',',
  '=',
  '=3D',
  '=C',
  'ü',
  '€',
  '🇪🇺',
  '漢字漢字漢字',
  '\n',
  '\r',
  '\u0000',
  'some words, and more.',
  'x'.repeat(25),
  'x'.repeat(76),
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...words), {maxLength: 120}).map((parts) => parts.join('')),
  fc.string({unit: 'grapheme', maxLength: 400}),
  fc.string({unit: 'binary', maxLength: 400})
);

/** Into two, not within a character. */
function cut(each: string): string[] {
  const characters = Array.from(each);
  const middle = characters.length >> 1;
  return [characters.slice(0, middle).join(''), characters.slice(middle).join('')];
}

test('every text gives the bytes that nodemailer gives', () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(toQuotedPrintable(cut(each)).toString('latin1')).toBe(wrap(encode(each.replaceAll('\n', '\r\n')), 76));
    }),
    {numRuns: 20_000}
  );
});
