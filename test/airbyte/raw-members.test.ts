// The exact text of `record.data`, whatever stands around and inside it.
import {describe, expect, test} from '@jest/globals';
import fc from '../support/generated';
import {rawRecordData} from '../../airbyte/raw-members';

const space = fc.string({unit: fc.constantFrom(' ', '\t', '\r'), maxLength: 3});

describe('rawRecordData', () => {
  test.each([
    ['{"type":"RECORD","record":{"data":{"n":1.0}}}', '{"n":1.0}'],
    ['{"record":{"data":{"a":"}\\"]"},"stream":"data"}}', '{"a":"}\\"]"}'],
    ['{"record":{"x":{"data":1},"data":{}},"data":{"no":1}}', '{}'],
    ['{"record":{"data":{"first":1},"data":{"last":1}}}', '{"last":1}'],
    ['{"record":{"d\\u0061ta":{"a":1}}}', '{"a":1}'],
    ['{"record":{"data":12e3}}', '12e3'],
    ['{"record":{"data":[[],{}]}}', '[[],{}]'],
    ['{"record":{}}', undefined],
    ['{"record":null}', undefined],
    ['{}', undefined],
    ['[]', undefined],
  ])('of %s is %s', (line, expected) => {
    expect(rawRecordData(line)).toBe(expected);
  });

  test('is the very text, for any data and any blanks', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.json()),
        fc.json(),
        space,
        fc.boolean(),
        (fields, other, blank, last) => {
          const members = Object.entries(fields).map(
            ([key, value]) => `${JSON.stringify(key)}${blank}:${blank}${value}`
          );
          const data = `{${blank}${members.join(`${blank},${blank}`)}${blank}}`;
          const beside = [`"other"${blank}:${other}`, `"data"${blank}:${blank}${data}`];
          const record = (last ? beside : beside.reverse()).join(`${blank},${blank}`);
          const line = `${blank}{"type":"RECORD",${blank}"record"${blank}:${blank}{${record}${blank}}${blank}}`;
          expect(rawRecordData(line)).toBe(data);
        }
      )
    );
  });
});
