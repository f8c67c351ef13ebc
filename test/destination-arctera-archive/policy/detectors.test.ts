// What each built-in detector finds, and what only looks like it.
import {expect, test} from '@jest/globals';
import {builtInDetectors} from '../../../destination-arctera-archive/policy/detectors';
import type {DetectorName} from '../../../destination-arctera-archive/policy/policy-config';

const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`;
const key = `-----BEGIN RSA PRIVATE KEY-----\n${'A'.repeat(64)}\n-----END RSA PRIVATE KEY-----`;

const rows: readonly (readonly [DetectorName, string, readonly string[]])[] = [
  ['payment_card', 'card 4111-1111-1111-1111, ok', ['4111-1111-1111-1111']],
  ['payment_card', '378282246310005', ['378282246310005']],
  ['payment_card', '4111 1111 1111 1111 12/28', ['4111 1111 1111 1111']],
  ['payment_card', '12 4111 1111 1111 1111', ['4111 1111 1111 1111']],
  ['payment_card', '4111 1111 1111 1112', []],
  ['payment_card', '41111111111111111111111', []],
  ['payment_card', '0000 0000 0000 0000', []],
  ['payment_card', '4111111111111111 5500005555555559', ['4111111111111111', '5500005555555559']],
  ['payment_card', 'at 4111\u00a01111\u202f1111\u20091111.', ['4111\u00a01111\u202f1111\u20091111']],
  ['payment_card', '4111\u20111111\u20131111\u22121111', ['4111\u20111111\u20131111\u22121111']],
  ['payment_card', '４１１１１１１１１１１１１１１１', ['４１１１１１１１１１１１１１１１']],
  ['payment_card', 'at 4111\u00ad1111\u00ad1111\u200b1111.', ['4111\u00ad1111\u00ad1111\u200b1111']],
  ['payment_card', 'card 4111.1111.1111.1111.', ['4111.1111.1111.1111']],
  ['payment_card', '3782.822463.10005, 3056.930902.5904', ['3782.822463.10005', '3056.930902.5904']],
  ['payment_card', 'card 4111 1111\n1111 1111 12/28', ['4111 1111\n1111 1111']],
  ['payment_card', 'card 4111-1111-1111-\r\n1111', ['4111-1111-1111-\r\n1111']],
  ['payment_card', '２２２３．００３１．２２００．３２２２', ['２２２３．００３１．２２００．３２２２']],
  ['payment_card', '5105.1051.0510.5100\n4111.1111.1111.1111\n1.', ['5105.1051.0510.5100', '4111.1111.1111.1111']],
  // Columns and lists of figures, versions and decimals, each with the right sum.
  ['payment_card', '2023 2024 2025 2026, 2017-2018-2019-2020', []],
  ['payment_card', '4111\n1111\n1111\n1111', []],
  ['payment_card', '4111\t1111\t1111\t1111', []],
  ['payment_card', '1000 4111\n1111 1111\n1111 2000', []],
  ['payment_card', '4111 1111\n1111 1111\n1234 5678', []],
  ['payment_card', '4.111111111111111 41.11.1111.1111.1111 4111.1111.1111.1111.2 1.4111.1111.1111.1111', []],
  ['payment_card', '4111.1111 1111.1111', []],
  ['iban', 'to GB82 WEST 1234 5698 7654 32.', ['GB82 WEST 1234 5698 7654 32']],
  ['iban', 'de89370400440532013000', ['de89370400440532013000']],
  ['iban', 'GB82 WEST 1234 5698 7654 33', []],
  ['iban', 'GB82WEST123456987654321', []],
  ['iban', 'ZZ82WEST12345698765432', []],
  [
    'iban',
    'MN580050099123456789, BI4210000100010000332045181',
    ['MN580050099123456789', 'BI4210000100010000332045181'],
  ],
  ['us_ssn', 'ssn 123-45-6789', ['123-45-6789']],
  ['us_ssn', '123 45 6789', ['123 45 6789']],
  ['us_ssn', '123\u201145\u20116789', ['123\u201145\u20116789']],
  ['us_ssn', '000-45-6789 666-45-6789 900-45-6789 123-00-6789 123-45-0000 123-45 6789', []],
  ['us_ssn', '0123-45-67890 1-123-45-6789 123-45-6789-1', []],
  ['us_ssn', 'scan-123-45-6789-final.pdf', ['123-45-6789']],
  ['email', 'write to ana.lopez+x@mail.acme.test now', ['ana.lopez+x@mail.acme.test']],
  ['email', 'ana＠acme.test', ['ana＠acme.test']],
  ['email', 'a@b and @name and a@b.', []],
  ['phone', 'call +44 20 7946 0958 or (212) 555-0123', ['+44 20 7946 0958', '(212) 555-0123']],
  ['phone', '+44\u00a020\u00a07946\u00a00958', ['+44\u00a020\u00a07946\u00a00958']],
  ['phone', '0049 30 901820', ['0049 30 901820']],
  ['phone', '_+44 20 7946 0958_ and fax_212-555-0123.pdf', ['+44 20 7946 0958', '212-555-0123']],
  ['phone', 'version 1.2.3, 2026-03-01, 12345678', []],
  ['api_key', `sk-${'aB3'.repeat(10)} and AKIAABCDEFGHIJKLMNOP`, [`sk-${'aB3'.repeat(10)}`, 'AKIAABCDEFGHIJKLMNOP']],
  ['api_key', `token ${jwt}`, [jwt]],
  ['api_key', 'risk-management-of-a-long-name task-aaaaaaaaaaaaaaaaaaaaaaaa', []],
  ['private_key', `here:\n${key}\nend`, [key]],
  ['private_key', '-----BEGIN PRIVATE KEY----- cut off', ['-----BEGIN PRIVATE KEY----- cut off']],
  ['private_key', '-----BEGIN PUBLIC KEY-----', []],
];

test.each(rows)('%s in %j is %j', (name, text, found) => {
  const spans = builtInDetectors[name].find(text);
  expect(spans.map(({start, end}) => text.slice(start, end))).toEqual(found);
});

test('no detector fails on a text of megabytes', () => {
  for (const text of [
    '1'.repeat(8_000_000),
    'a'.repeat(4_000_000),
    '1-'.repeat(2_000_000),
    `${'1-'.repeat(9)}${'1'.repeat(20_000_000)}`,
    '@'.repeat(1_000_000),
  ]) {
    for (const {find} of Object.values(builtInDetectors)) expect(find(text)).toEqual([]);
  }
});
