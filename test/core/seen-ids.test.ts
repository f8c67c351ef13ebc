// Ids seen lately: each is told apart, and as many are remembered as was asked for.
import {randomUUID} from 'node:crypto';
import {expect, test} from '@jest/globals';
import {SeenIds} from '../../core/seen-ids';

test('tells apart ids that are alike, and knows each again', () => {
  const seen = new SeenIds(10_000);
  const ids = [
    '',
    'a',
    'b',
    'ab',
    'ba',
    'A',
    'é',
    '\u0000',
    ...Array.from({length: 5000}, (_, index) => `id-${index}`),
  ];
  expect(ids.map((id) => seen.see(id))).toEqual(ids.map(() => false));
  expect(ids.map((id) => seen.see(id))).toEqual(ids.map(() => true));
});

test('remembers the last of them, and forgets what is older than twice as many', () => {
  const seen = new SeenIds(1000);
  const ids = Array.from({length: 2500}, () => randomUUID());
  expect(ids.filter((id) => seen.see(id))).toEqual([]);
  expect(ids.slice(-1000).every((id) => seen.see(id))).toBe(true);
  expect(ids.slice(0, 500).some((id) => seen.see(id))).toBe(false);
});
