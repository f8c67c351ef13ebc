// Texts come back from the store as they went in.
import {expect, test} from '@jest/globals';
import fc from 'fast-check';
import {TextStore} from '../../../destination-arctera-archive/pipeline/text-store';

test('every text comes back unchanged, lone surrogates included', () => {
  const text = fc.oneof(fc.string({unit: 'binary'}), fc.constantFrom('', '\ud800', 'x\udc00', '\u{1f600}', 'é—漢'));
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      const store = new TextStore();
      const kept = texts.map((each) => store.keep(each));
      expect(kept.map((each) => each.read())).toEqual(texts);
    })
  );
});

test('texts of all sizes lie beside each other', () => {
  const store = new TextStore();
  const texts = [1, 700_000, 500_000, 3_000_000, 2, 1_048_576, 5].map((size, at) => String(at).repeat(size));
  const kept = texts.map((each) => store.keep(each));
  expect(kept.every((each, at) => each.read() === texts[at])).toBe(true);
  expect(kept.map(({size}) => size)).toEqual(texts.map((each) => each.length));
});
