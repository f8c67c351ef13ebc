// The hash chain: what it notices.
import {describe, expect, test} from '@jest/globals';
import {
  chainStart,
  type ChainedEntry,
  type ChainHead,
  describeBreak,
  toNextEntry,
} from '../../../destination-arctera-archive/ledger/chain';

function chainOf(length: number): ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  let head: ChainHead = chainStart;
  for (let index = 0; index < length; index += 1) {
    const entry = toNextEntry(head, 1_000 * index, 'intent', `{"n":${index}}`);
    entries.push(entry);
    head = entry;
  }
  return entries;
}

function breaksIn(entries: readonly ChainedEntry[]): string[] {
  return entries.flatMap((entry, index) => describeBreak(entries[index - 1] ?? chainStart, entry) ?? []);
}

describe('chain', () => {
  test('of untouched entries has no break', () => {
    expect(breaksIn(chainOf(5))).toEqual([]);
  });

  test.each(['at', 'kind', 'body', 'hash'] as const)('notices an altered %s', (field) => {
    const entries = chainOf(5);
    entries[2] = {...entries[2]!, [field]: `${entries[2]![field]} `};
    expect(breaksIn(entries).join()).toMatch(/Entry 3 does not have the hash/);
  });

  test('notices a removed entry, also when those after it are renumbered', () => {
    const entries = chainOf(5).filter(({seq}) => seq !== 3);
    expect(breaksIn(entries)).toEqual([expect.stringMatching(/Entry 4 follows entry 2/)]);
    expect(breaksIn(entries.map((entry, index) => ({...entry, seq: index + 1})))).toHaveLength(2);
  });

  test('notices two entries that changed places', () => {
    const [first, second, third] = chainOf(3);
    const swapped = [first!, {...third!, seq: 2}, {...second!, seq: 3}];
    expect(breaksIn(swapped)).toHaveLength(2);
  });

  test('does not go back in time with the clock', () => {
    const first = toNextEntry(chainStart, 5_000, 'intent', '{}');
    const second = toNextEntry(first, 1_000, 'intent', '{}');
    expect(second.at).toBe(first.at);
    expect(describeBreak(first, second)).toBeUndefined();
  });

  test('notices an entry dated before the one it follows', () => {
    const first = toNextEntry(chainStart, 5_000, 'intent', '{}');
    const forged = toNextEntry({...first, at: ''}, 1_000, 'intent', '{}');
    expect(describeBreak(first, forged)).toMatch(/dated before/);
  });
});
