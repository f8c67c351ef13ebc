// Texts come back from the stores as they went in; those in files leave nothing behind, and give their space back.
import {mkdtempSync, readdirSync, readlinkSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {TextFiles} from '../../../destination-arctera-archive/ledger/text-files';
import {TextChunks, type TextStore} from '../../../destination-arctera-archive/ledger/text-store';

const folder = mkdtempSync(join(tmpdir(), 'text-store-'));
afterAll(() => rmSync(folder, {recursive: true}));

const stores: readonly [string, () => TextStore][] = [
  ['in memory', () => new TextChunks()],
  ['in files', () => new TextFiles(folder)],
];

describe.each(stores)('%s', (_, open) => {
  test('every text comes back unchanged, lone surrogates included', () => {
    const text = fc.oneof(fc.string({unit: 'binary'}), fc.constantFrom('', '\ud800', 'x\udc00', '\u{1f600}', 'é—漢'));
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const store = open();
        const kept = texts.map((each) => store.keep(each));
        expect(kept.map((each) => each.read())).toEqual(texts);
        store.close();
      })
    );
  });

  test('texts of all sizes lie beside each other', () => {
    const store = open();
    const sizes = [1, 700_000, 500_000, 262_144, 262_145, 3_000_000, 2, 1_048_576, 9_000_000, 5];
    const texts = sizes.map((size, at) => String(at).repeat(size));
    const kept = texts.map((each) => store.keep(each));
    expect(kept.every((each, at) => each.read() === texts[at])).toBe(true);
    expect(kept.map(({size}) => size)).toEqual(texts.map((each) => each.length));
    store.close();
  });

  test('texts come and go in any order', () => {
    const store = open();
    const held = new Map<number, ReturnType<TextStore['keep']>>();
    const toText = (at: number): string => `${at} ${'é漢x'.repeat((at * 7919) % 9000)}`;
    for (let at = 0; at < 3000; at++) {
      held.set(at, store.keep(toText(at)));
      const gone = (at * 31) % 3000;
      const leaving = held.get(gone);
      if (leaving === undefined) continue;
      if (leaving.read() !== toText(gone)) throw new Error(`Text ${gone} came back changed.`);
      leaving.release();
      held.delete(gone);
    }
    expect(held.size).toBeGreaterThan(100);
    for (const [at, text] of held) if (text.read() !== toText(at)) throw new Error(`Text ${at} came back changed.`);
    store.close();
  });
});

/** Files that are open and have no name any more. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').filter((each) => {
    try {
      return readlinkSync(`/proc/self/fd/${each}`).startsWith(folder);
    } catch {
      return false; // the descriptor of the listing itself
    }
  }).length;
}

test('files have no name, and end when nothing in them is held', () => {
  const store = new TextFiles(folder);
  const kept = Array.from({length: 40}, (_, at) => store.keep(String(at % 10).repeat(1_000_000)));
  expect(readdirSync(folder)).toEqual([]);
  expect(openFiles()).toBe(5);
  for (const each of kept.slice(0, 39)) each.release();
  expect(openFiles()).toBe(1);
  expect(kept.at(-1)?.read()).toBe('9'.repeat(1_000_000));
  store.close();
  expect(openFiles()).toBe(0);
  kept.at(-1)?.release();
  expect(() => kept.at(-1)?.read()).toThrow('A text is asked for that is held no more.');
});
