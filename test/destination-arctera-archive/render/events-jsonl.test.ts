// The originals of an item are the same bytes however long each is, and whatever another item does in between.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {keepEventsJsonl, toEventsJsonl} from '../../../destination-arctera-archive/render/events-jsonl';
import type {Original} from '../../../destination-arctera-archive/render/item';

const lengths = fc.oneof(
  fc.nat({max: 300}),
  fc.nat({max: 100_000}),
  fc.constantFrom(21_845, 65_535, 65_536, 87_381, 262_143)
);
const originals = fc.array(
  fc.tuple(fc.constantFrom('a', 'é', '漢', '😀'), lengths).map(([each, times]): Original => {
    return {recordId: '', sha256: '', text: each.repeat(times)};
  }),
  {maxLength: 8}
);

test('each text is a line, verbatim', () => {
  fc.assert(
    fc.property(originals, originals, (some, others) => {
      const expected = [some, others].map((all) => Buffer.from(all.map(({text}) => `${text}\n`).join('')));
      const kept = [some, others].map((all) => Buffer.concat([...keepEventsJsonl(all)]));
      // Read in turns, as those of two items that are rendered at a time.
      const turns = [some, others].map((all) => ({from: toEventsJsonl(all), pieces: [] as Buffer[]}));
      for (let left = turns; left.length > 0;) {
        left = left.filter(({from, pieces}) => {
          const next = from.next();
          if (next.done === true) return false;
          pieces.push(next.value);
          return true;
        });
      }
      const inTurns = turns.map(({pieces}) => Buffer.concat(pieces));
      for (const [at, bytes] of expected.entries()) {
        expect(bytes.equals(kept[at]!)).toBe(true);
        expect(bytes.equals(inTurns[at]!)).toBe(true);
      }
    }),
    {numRuns: 200}
  );
});
