// Values kept by key: within the bytes, those asked for lately, and whole.
import {expect, test} from '@jest/globals';
import {RecentlyUsed} from '../../core/recently-used';

const open = (maxBytes: number): RecentlyUsed<string> => new RecentlyUsed(maxBytes, ({length}) => length);
const megabyte = 1024 * 1024;

test('what was asked for longest ago goes first, and only as much as has to', () => {
  const kept = open(3 * megabyte);
  for (const key of ['a', 'b']) kept.set(key, key.repeat(megabyte));
  expect(kept.get('a')).toBe('a'.repeat(megabyte));
  for (const key of ['c', 'd']) kept.set(key, key.repeat(megabyte / 2));
  expect(kept.list().map(([, value]) => value[0])).toEqual(['a', 'c', 'd']);
  expect(kept.get('b')).toBeUndefined();
});

test('one that is larger than all may be is not kept', () => {
  const kept = open(megabyte);
  kept.set('a', 'a'.repeat(2 * megabyte));
  expect(kept.list()).toEqual([]);
  kept.set('b', 'b');
  expect(kept.get('b')).toBe('b');
});

test('a value that is set again or deleted takes its place no longer', () => {
  const kept = open(2 * megabyte);
  for (let times = 0; times < 5; times++) kept.set('a', 'a'.repeat(megabyte));
  kept.set('b', 'b'.repeat(megabyte / 2));
  expect(kept.list()).toHaveLength(2);
  kept.delete('a');
  kept.delete('a');
  kept.set('c', 'c'.repeat(megabyte));
  expect(kept.list().map(([, value]) => value[0])).toEqual(['b', 'c']);
});

test('any number of small ones takes no more than the bytes, keys counted', () => {
  const kept = open(megabyte);
  for (let index = 0; index < 100_000; index++) kept.set(`key ${index} ${'k'.repeat(50)}`, 'v');
  expect(kept.list().length).toBeLessThan(6_000);
  expect(kept.list().length).toBeGreaterThan(2_000);
});
