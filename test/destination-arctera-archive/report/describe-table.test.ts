// Tables and listings of archives with very many users and items.
import {expect, test} from '@jest/globals';
import {AddressSet} from '../../../destination-arctera-archive/report/address-set';
import {describeTable} from '../../../destination-arctera-archive/report/describe-table';

test('a table may have a line for each of many users', () => {
  const rows = Array.from({length: 300_000}, (_, index) => [`user-${index}`, '1']);
  const lines = describeTable(['user', 'items'], rows);
  expect([lines.length, lines[1]]).toEqual([300_001, 'user-0           1']);
});

test('an address is there when it was added, and only then', () => {
  const addresses = new AddressSet();
  expect(addresses.has('ab/1.eml')).toBe(false);
  for (let index = 0; index < 5_000; index += 1) addresses.add(`ab/${index}.eml`);
  for (let index = 0; index < 5_000; index += 7) expect(addresses.has(`ab/${index}.eml`)).toBe(true);
  for (const other of ['ab/5000.eml', '', 'ab/1.EML', 'ab/1.eml ']) expect(addresses.has(other)).toBe(false);
  addresses.add('ab/5000.eml');
  expect(addresses.has('ab/5000.eml')).toBe(true);
});
