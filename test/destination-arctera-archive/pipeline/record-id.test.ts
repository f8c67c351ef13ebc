// The id of a record depends on what its data says, not on how it is written.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {toPrefixedRecordId, toRecordId} from '../../../destination-arctera-archive/pipeline/record-id';

const id = (text: string): string => toRecordId('s', text);

test.each([
  ['the order of keys', '{"a":1,"b":[{"c":2,"d":3}]}', '{"b":[{"d":3,"c":2}],"a":1}'],
  ['spaces', '{"a":[1,2],"b":{}}', ' { "a" : [ 1 , 2 ] ,\n"b" : { } } '],
  ['escapes', '{"a":"\\u00e9/\\n"}', '{"a":"é\\/\\u000a"}'],
  ['escapes in keys', '{"\\u0061":1}', '{"a":1}'],
])('%s does not count', (_, one, other) => {
  expect(id(one)).toBe(id(other));
});

test.each([
  ['digits beyond what a double holds', '{"a":12345678901234567890}', '{"a":12345678901234567891}'],
  ['the spelling of a number', '{"a":1.10}', '{"a":1.1}'],
  ['a number and a text', '{"a":1}', '{"a":"1"}'],
  ['null and nothing', '{"a":null}', '{}'],
  ['a repeated key', '{"a":1,"a":2}', '{"a":2}'],
  ['the order of a list', '[1,2]', '[2,1]'],
  ['a backslash at the end of a text', '{"a":"x\\\\","b":1}', '{"a":"x","b":1}'],
  ['lone surrogates', '{"a":"\\ud800"}', '{"a":"\\ud801"}'],
])('%s count', (_, one, other) => {
  expect(id(one)).not.toBe(id(other));
});

test('any JSON written in another order has the same id', () => {
  fc.assert(
    fc.property(fc.jsonValue({maxDepth: 4}), (value) => {
      expect(id(JSON.stringify(reversed(value), undefined, 1))).toBe(id(JSON.stringify(value)));
    })
  );
});

test('a prefix of the stream does not count for a captured object, and does for a record of another source', () => {
  const captured = '{"id":"u","object_json":"{}","captured_at":"2026-01-15T00:00:00Z"}';
  expect(toRecordId('corp_memories', captured)).toBe(toRecordId('memories', captured));
  expect(toRecordId('corp_gpts', captured)).not.toBe(toRecordId('memories', captured));
  expect(toPrefixedRecordId('corp_memories', captured)).toBeDefined();
  expect(toPrefixedRecordId('memories', captured)).toBeUndefined();
  expect(toRecordId('crm_users', '{"id":1}')).not.toBe(toRecordId('erp_users', '{"id":1}'));
  expect(toPrefixedRecordId('crm_users', '{"id":1}')).toBeUndefined();
});

test('nesting of 100,000 levels has an id', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(id(deep)).toBe(id(deep));
  expect(id(deep)).not.toBe(id(`[${deep}]`));
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)])
  );
}
