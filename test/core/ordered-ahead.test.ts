// Work ahead: results in order, several at once, memory bounded, failures in their place.
import {setTimeout as delay} from 'node:timers/promises';
import {expect, test} from '@jest/globals';
import {orderedAhead} from '../../core/ordered-ahead';

async function* items(sizes: readonly number[]): AsyncGenerator<number> {
  for (const size of sizes) {
    await Promise.resolve();
    yield size;
  }
}

async function collect(sizes: readonly number[], maxBytes: number): Promise<{results: number[]; peak: number}> {
  let held = 0;
  let peak = 0;
  const results: number[] = [];
  const ahead = orderedAhead(items(sizes), {
    maxAtOnce: 4,
    maxBytes,
    sizeOf: (size) => size,
    produce: async (size) => {
      held += size;
      peak = Math.max(peak, held);
      await delay(size % 7);
      return size;
    },
  });
  for await (const size of ahead) {
    results.push(size);
    held -= size;
  }
  return {results, peak};
}

test('results come in the order of the items', async () => {
  const sizes = [20, 3, 13, 1, 6, 5, 40, 2];
  expect((await collect(sizes, 1_000)).results).toEqual(sizes);
});

test('bytes in production stay within the bound', async () => {
  expect((await collect([10, 10, 10, 10, 10, 10], 25)).peak).toBeLessThanOrEqual(25);
});

test('what was taken makes room for the next, to the end', async () => {
  let begun = 0;
  const produce = async (): Promise<void> => {
    begun += 1;
    await delay(5);
  };
  const sizes = [10, 10, 10, 10, 10, 10];
  const begunBy: number[] = [];
  for await (const result of orderedAhead(items(sizes), {
    maxAtOnce: 4,
    maxBytes: 25,
    sizeOf: (size) => size,
    produce,
  })) {
    expect(result).toBeUndefined();
    begunBy.push(begun);
  }
  expect(begunBy).toEqual([2, 3, 4, 5, 6, 6]);
});

test('an object larger than the bound passes alone', async () => {
  const {peak, results} = await collect([5, 100, 5], 20);
  expect(results).toEqual([5, 100, 5]);
  expect(peak).toBe(100);
});

test('a failure comes after all results before it', async () => {
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    const produce = (size: number): Promise<number> =>
      size === 3 ? Promise.reject(new Error('third')) : delay(5).then(() => size);
    const options = {maxAtOnce: 4, maxBytes: 100, sizeOf: () => 1, produce};
    for await (const size of orderedAhead(items([1, 2, 3, 4]), options)) seen.push(size);
  };
  await expect(read()).rejects.toThrow('third');
  expect(seen).toEqual([1, 2]);
});
