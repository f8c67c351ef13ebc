// Base64 in lines: the same whatever way the input comes, and nothing of it lost where pieces meet.
import {randomBytes} from 'node:crypto';
import {expect, test} from '@jest/globals';
import {Base64Lines} from '../../../destination-arctera-archive/render/base64-lines';

function encode(bytes: Buffer, pieceBytes: number): string {
  const base64 = new Base64Lines();
  let text = '';
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    for (const lines of base64.push(bytes.subarray(from, from + pieceBytes))) text += lines.toString('latin1');
  }
  return text + base64.end().toString('latin1');
}

test.each([1, 2, 3, 56, 57, 58, 1000, 29_184, 29_185, 100_000, 1_000_000])(
  'pieces of %d bytes give lines of 76 characters and a shorter last one',
  (pieceBytes) => {
    for (const size of [0, 1, 2, 56, 57, 58, 114, 29_184, 29_185, 200_001]) {
      const bytes = randomBytes(size);
      const lines = bytes.toString('base64').match(/.{1,76}/g) ?? [];
      expect(encode(bytes, pieceBytes) === lines.map((line) => `${line}\r\n`).join('')).toBe(true);
    }
  }
);

test('every character comes through, in every place of a line', () => {
  const bytes = Buffer.from(Array.from({length: 57 * 256}, (_, at) => (at * 7 + (at >> 8)) & 0xff));
  const all = [bytes, Buffer.alloc(5700, 0), Buffer.alloc(5700, 0xff)];
  for (const each of all) {
    expect(encode(each, 4096).replaceAll('\r\n', '')).toBe(each.toString('base64'));
  }
});
