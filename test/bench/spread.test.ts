// What several runs of the bench say together, and how it is shown.
import {expect, test} from '@jest/globals';
import {atLeast, limit} from '../../bench/row';
import {toSpread} from '../../bench/spread';
import {toLine} from '../../bench/table';

const runs = [12, 7, 9].map((value) => [atLeast('log bytes', value, 'MB/s', 10), limit('parsing', value * 20, 'MB/s')]);

test('a figure of three runs is the one in the middle, with the lowest, the highest and all in their order', () => {
  expect(toSpread(runs)).toEqual([
    {
      what: 'log bytes',
      value: 9,
      unit: 'MB/s',
      reach: '≥ 10',
      isReached: false,
      lowest: 7,
      highest: 12,
      values: [12, 7, 9],
    },
    {what: 'parsing', value: 180, unit: 'MB/s', isLimit: true, lowest: 140, highest: 240, values: [240, 140, 180]},
  ]);
});

test('a figure that one run did not come to has the values of the others', () => {
  const [first, second] = toSpread([runs[0]!, []]);
  expect([first!.values, second!.values]).toEqual([[12], [240]]);
});

test('a line of the table shows the spread only where there is one', () => {
  const [many] = toSpread(runs);
  expect(toLine(many!).replaceAll(/ +/g, ' ')).toBe(' log bytes 9.00 7.00 to 12.0 MB/s ≥ 10 MISSED');
  const [one] = toSpread([runs[0]!]);
  expect(toLine(one!).replaceAll(/ +/g, ' ')).toBe(' log bytes 12.0 MB/s ≥ 10 reached');
});
