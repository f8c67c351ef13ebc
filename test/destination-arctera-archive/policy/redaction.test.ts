// What a redaction does to texts of megabytes, and to the parts of JSON that are not plain strings.
import {expect, test} from '@jest/globals';
import {builtInDetectors, toCustomDetector} from '../../../destination-arctera-archive/policy/detectors';
import {toRedactor} from '../../../destination-arctera-archive/policy/redaction';

const {email, payment_card: card, private_key: key} = builtInDetectors;
const redactor = toRedactor([card, email, key, toCustomDetector('word', 'value|name')]);

test('a text of megabytes with a find at every step is masked in a time that grows with its length', () => {
  const counts = new Map<string, number>();
  const masked = toRedactor(Object.values(builtInDetectors)).text('a@b.test '.repeat(400_000), counts);
  expect(masked).toBe('[redacted email] '.repeat(400_000));
  expect(counts).toEqual(new Map([['email', 400_000]]));
});

test.each([
  ['a key that people wrote', {'a@b.test': 1}, '{"[redacted email]":1}'],
  [
    'keys that would become one',
    {'a@b.test': 1, 'c@d.test': {'e@f.test': 2}},
    '{"[redacted email]":1,"[redacted email] (2)":{"[redacted email]":2}}',
  ],
  ['the name of a field', {value: 'a value', name: 'x'}, '{"value":"a [redacted word]","name":"x"}'],
  ['an integer', [4111111111111111, 12], '["[redacted payment card]",12]'],
  ['a fraction', [0.4111111111111111], '[0.4111111111111111]'],
  ['an integer that says when or which', {created_at: 4111111111111111, id: 4111111111111111}, undefined],
  ['one below words', {content: {id: 4111111111111111}}, '{"content":{"id":"[redacted payment card]"}}'],
  [
    'JSON within JSON, whose own ids stay',
    {object_json: '{"id":"a@b.test","note":"to a@b.test \\"now\\""}'},
    '{"object_json":"{\\"id\\":\\"a@b.test\\",\\"note\\":\\"to [redacted email] \\\\\\"now\\\\\\"\\"}"}',
  ],
  [
    'JSON within JSON with a key that does not end',
    {transcript_json: '{"transcript":"-----BEGIN PRIVATE KEY-----\\nAA","summary":"kept"}'},
    '{"transcript_json":"{\\"transcript\\":\\"[redacted private key]\\",\\"summary\\":\\"kept\\"}"}',
  ],
  ['an event that is no JSON', {event: 'to a@b.test'}, '{"event":"to [redacted email]"}'],
])('%s', (_, value, masked) => {
  const text = JSON.stringify(value);
  expect(redactor.json(text)).toBe(masked ?? text);
});

test('numbers keep their digits, and the text its spaces', () => {
  const text = '{ "serial": 12345678901234567890, "n": [-1.50E+3, 4111111111111111 ,true,null], "t" : "é\\u0041" }';
  expect(redactor.json(text)).toBe(text.replace('4111111111111111', '"[redacted payment card]"'));
});
