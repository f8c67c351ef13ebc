// Names of uploads are safe on any disk, unique in their item, and recognisable.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {nameAttachments, toSafeName} from '../../../destination-arctera-archive/render/attachment-names';
import {attached} from './sample-items';

const table: [given: string | undefined, safe: string][] = [
  ['plan.pdf', 'plan.pdf'],
  ['Übersicht 概要.xlsx', 'Übersicht 概要.xlsx'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\plan.pdf', 'plan.pdf'],
  ['a/b/', 'file-f1'],
  ['..', 'file-f1'],
  ['', 'file-f1'],
  [undefined, 'file-f1'],
  ['\u0000\u001f', 'file-f1'],
  ['.htaccess', 'htaccess'],
  ['plan.pdf. . ', 'plan.pdf'],
  ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['com1.log', '_com1.log'],
  ['console.txt', 'console.txt'],
  ['a:b*c?.txt', 'a_b_c_.txt'],
  ['x\r\nBcc: y.txt', 'xBcc_ y.txt'],
  ['mail.eml', 'mail.eml'],
  [`${'n'.repeat(300)}.docx`, `${'n'.repeat(115)}.docx`],
  ['n'.repeat(300), 'n'.repeat(120)],
];

test.each(table)('%j becomes %j', (given, safe) => {
  expect(toSafeName(given, 'f1')).toBe(safe);
});

function namesOf(given: readonly (string | undefined)[]): string[] {
  const files = given.map((name, at) => attached(name, Buffer.from([at]), `f${at}`));
  return [...nameAttachments(files).values()].map(({name}) => name);
}

test('equal names, in whatever case, are numbered; events.jsonl is taken', () => {
  expect(namesOf(['a.txt', 'A.TXT', 'a.txt', 'events.jsonl', 'EVENTS.jsonl'])).toEqual([
    'a.txt',
    'A (2).TXT',
    'a (3).txt',
    'events (2).jsonl',
    'EVENTS (3).jsonl',
  ]);
});

test('thousands of uploads of one name are numbered one after the other', () => {
  const names = namesOf(Array.from({length: 20_000}, () => 'image.png'));
  expect(names.slice(0, 3)).toEqual(['image.png', 'image (2).png', 'image (3).png']);
  expect(names.at(-1)).toBe('image (20000).png'); // looked for from the first number on, it took minutes
});

test('a file that two messages name is attached once', () => {
  const file = attached('a.txt', Buffer.from('a'));
  expect(nameAttachments([file, {...file, eventId: 'ev-2'}]).size).toBe(1);
});

const allowed = /^[^.\s/\\\p{Cc}\p{Cf}\p{Cs}<>:"|?*][^/\\\p{Cc}\p{Cf}\p{Cs}<>:"|?*]*$/u;
const forbidden = /[. ]$|^events\.jsonl$/i;

test('any names become unique and safe', () => {
  const hostile = fc.constantFrom(
    '../',
    '..\\',
    'CON',
    '\r\nBcc: x',
    '.',
    ' ',
    '\u202e',
    'events.jsonl',
    'x'.repeat(300)
  );
  const name = fc
    .array(fc.oneof(hostile, fc.string({unit: 'binary', maxLength: 12})), {maxLength: 4})
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(name, {maxLength: 6}), (given) => {
      const names = namesOf(given);
      const isSafe = (each: string): boolean =>
        allowed.test(each) && !forbidden.test(each) && each.length <= 120 && Buffer.byteLength(each) <= 240;
      expect(names.filter((each) => !isSafe(each))).toEqual([]);
      expect(new Set(names.map((each) => each.toLowerCase())).size).toBe(given.length);
    }),
    {numRuns: 10_000}
  );
});
