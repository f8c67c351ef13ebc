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

const glued = 'AKIAABCDEFGHIJKLMNOP';

test('finds that are glued together are all masked, however many', () => {
  const detectors = Object.values(builtInDetectors);
  for (let times = 1; times < 40; times += 1) {
    const masked = toRedactor(detectors).text(`key ${glued.repeat(times)}+44 20 7946 0958 end`);
    expect([masked.slice(0, 5), masked.slice(-5)]).toEqual(['key [', '] end']);
    for (const {find} of detectors) expect(find(masked)).toEqual([]);
  }
});

test('a megabyte of them is masked as a whole', () => {
  expect(toRedactor(Object.values(builtInDetectors)).text(glued.repeat(50_000))).toMatch(/^\[redacted [a-z ]+\]$/);
});

test('patterns that find the masks of each other end', () => {
  const detectors = [toCustomDetector('a', 'redacted b'), toCustomDetector('b', 'redacted a')];
  expect(toRedactor(detectors).text('redacted b, redacted a')).toBe('[redacted a], [redacted b]');
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

test.each([
  ['composed', 'Bj\u00f6rk and bj\u00f6rk.', '[redacted artist] and [redacted artist].'],
  ['not composed', 'e\u0301 Bjo\u0308rk, bj\u00f6rk e\u0301.', 'e\u0301 [redacted artist], [redacted artist] e\u0301.'],
  ['with a further accent, which goes with its letter', 'bjo\u0308rk\u0301\u0302!', '[redacted artist]!'],
  ['next to others', 'o\u0308bjo\u0308rkbjo\u0308rko\u0308', 'o\u0308[redacted artist][redacted artist]o\u0308'],
])('a pattern of its own masks what it names, %s', (_, text, masked) => {
  for (const pattern of ['bj\u00f6r[k\u1e31]', 'bjo\u0308r[k\u1e31]']) {
    const counts = new Map<string, number>();
    expect(toRedactor([toCustomDetector('artist', pattern)]).text(text, counts)).toBe(masked);
    expect(counts.get('artist')).toBe(masked.split('artist').length - 1);
  }
});

test('megabytes of letters with accents behind them are masked in a time that grows with their length', () => {
  const redact = toRedactor([toCustomDetector('letter', '\u00e9')]);
  expect(redact.text('e\u0301 '.repeat(300_000))).toBe('[redacted letter] '.repeat(300_000));
  expect(redact.text('e\u0301'.repeat(300_000)).length).toBe('[redacted letter]'.length * 300_000);
});
