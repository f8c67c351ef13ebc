// The head of a message is the one that nodemailer builds, though it is not asked for text that it leaves as it is.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import MimeNode from 'nodemailer/lib/mime-node';
import {type Header, messageHead} from '../../../destination-arctera-archive/render/mime-part';

const given: Header[] = [
  ['From', [{name: 'Ann, "A"', address: 'ann@acme.test'}]],
  ['To', [{name: 'Zoë', address: 'zoe@acme.test'}]],
  ['Date', 'Thu, 01 Jan 1970 00:00:00 +0000'],
  ['Message-ID', '<a@acme.test>'],
  ['MIME-Version', '1.0'],
];
const part = fc.oneof(
  fc.constantFrom('word ', '"', '=?utf-8?B?YQ==?=', '\r\n', '<', '@', ',', ' ', '\t', 'é', '\u007f', 'x'.repeat(80)),
  fc.string({unit: 'binary', maxLength: 20})
);
const value = fc.array(part, {maxLength: 12}).map((parts) => parts.join(''));
const name = fc.constantFrom(
  'Subject',
  'References',
  'In-Reply-To',
  'X-AI-Tags',
  'x-ai-tags',
  'X-RSMF-Version',
  'X-One'
);

test('every head is the one of nodemailer', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), {maxLength: 8}), fc.constantFrom('x', '=_item-1'), (more, boundary) => {
      const headers = [...given, ...more];
      const names = new Map(headers.map(([each]) => [each.toLowerCase(), each]));
      const node = new MimeNode(`multipart/mixed; boundary="${boundary}"`, {
        normalizeHeaderKey: (key) => names.get(key.toLowerCase()) ?? key,
      });
      for (const [each, text] of headers) node.setHeader(each, text);
      expect(messageHead('multipart/mixed', boundary, headers)).toBe(`${node.buildHeaders()}\r\n\r\n`);
    }),
    {numRuns: 5_000}
  );
});
