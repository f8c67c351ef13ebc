// What detectors leave out by what a text lacks is never a find: each is held against itself without that, or plain patterns.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {builtInDetectors} from '../../../destination-arctera-archive/policy/detectors';
import {detectorNames} from '../../../destination-arctera-archive/policy/policy-config';
import {TextSigns} from '../../../destination-arctera-archive/policy/text-signs';

class EverySign extends TextSigns {
  override get hasLongNumber(): boolean {
    return true;
  }
  override get hasLettersBeforeDigits(): boolean {
    return true;
  }
  override get hasAt(): boolean {
    return true;
  }
  override get hasKeyHead(): boolean {
    return true;
  }
}

const token = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const pieces = [
  ...['4111 1111 1111 1111', '4111.1111.1111.1111', '4111-1111-\r\n1111-1111', '378282246310005', '5500005555555559'],
  ...[
    '4222222222222',
    '４111 1111 1111 1111',
    'GB82 WEST 1234 5698 7654 32',
    'DE89-3704-0044-0532-0130-00',
    'NO93',
    '86011117947',
  ],
  ...[
    '123-45-6789',
    '123 45 6789',
    '123\u201145\u20116789',
    '+4420794609',
    '+1234567',
    '+12345678',
    'eyJabcdefghijk',
    '.eyJabcdefghijk',
    '.sk-abcdefghijklmnopqrstuvwxyz',

    '0044 20 7946 0958',
    '(212) 555-0123',
  ],
  ...['+44 ().20', '212.555.0123', 'ana@acme.test', 'b＠c.test', '-----BEGIN PRIVATE KEY-----', '\n-----END'],
  ...[
    'sk-',
    'sk_live_',
    'rk_test_',
    'AKIA',
    'ASIA',
    'ghp_',
    'github_pat_',
    'glpat-',
    'xoxb-',
    'AIza',
    'hf_',
    'npm_',
    'eyJ',
    '.eyJ',
  ],
  ...[10, 12, 13, 16, 20, 30, 35, 36].map((length) => token.slice(0, length)),
  ...[
    'ABCDEFGHIJKLMNOP',
    '0123456789',
    '-',
    '_',
    '.',
    ' ',
    '\n',
    '(',
    ')',
    '+',
    '/',
    '=',
    'é',
    '😀',
    'a',
    'Z',
    '7',
    '　',
    '–',
  ],
];
const texts = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({unit: 'binary', maxLength: 3})), {maxLength: 12})
  .map((parts) => parts.join(''));

test.each([...detectorNames])('%s finds the same as without first looking for a sign', (name) => {
  const {find} = builtInDetectors[name];
  fc.assert(
    fc.property(texts, (text) => {
      expect(find(text)).toEqual(find(text, new EverySign(text)));
    }),
    {numRuns: 10_000}
  );
});

/** As they stand in the documentation of the services. */
const apiKeys =
  /(?<![A-Za-z0-9_-])(?:sk-[A-Za-z0-9_-]{20,250}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}|(?:AKIA|ASIA)[A-Z0-9]{16}|gh[opusr]_[A-Za-z0-9]{36,250}|github_pat_[A-Za-z0-9_]{22,250}|glpat-[A-Za-z0-9_-]{20,250}|xox[abeoprs]-[A-Za-z0-9-]{10,250}|AIza[A-Za-z0-9_-]{35}|hf_[A-Za-z0-9]{30,250}|npm_[A-Za-z0-9]{36}|eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,2000})/g;

test('API keys are those that one search for all forms finds', () => {
  const keyPieces = pieces.filter((piece) => /^[\w.-]+$/.test(piece));
  const keyTexts = fc
    .array(fc.constantFrom(...keyPieces, ' ', '\n', '/', 'é'), {maxLength: 14})
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(keyTexts, (text) => {
      const expected = Array.from(text.matchAll(apiKeys), (match) => ({
        start: match.index,
        end: match.index + match[0].length,
      }));
      expect(builtInDetectors.api_key.find(text)).toEqual(expected);
    }),
    {numRuns: 30_000}
  );
});

test.each([
  ['digits', '4'],
  ['digits that lines part', '4111.\r\n'],
  ['letters', 'a'],
  ['heads of tokens', 'eyJabcdefghijk.'],
  ['heads of keys', '-----BEGIN PRIVATE KEY-----'],
  ['hyphens', '-'],
  ['signs of addresses', 'a@'],
])('a million characters of %s take no detector long', (_, piece) => {
  const text = piece.repeat(1_000_000 / piece.length);
  for (const name of detectorNames) {
    const startedMs = performance.now();
    builtInDetectors[name].find(text);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  }
});
