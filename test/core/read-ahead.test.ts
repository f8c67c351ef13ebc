// Reading ahead: starts by itself, keeps the order, stops at its bound, and gives failures in their place.
import {setImmediate as turn} from 'node:timers/promises';
import {expect, test} from '@jest/globals';
import {ReadAhead} from '../../core/read-ahead';

async function* numbers(count: number, taken: number[], failure?: Error): AsyncGenerator<number, string, undefined> {
  for (let index = 0; index < count; index++) {
    await Promise.resolve();
    taken.push(index);
    yield index;
  }
  if (failure !== undefined) throw failure;
  return 'end';
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn();
}

test('reads up to its bound before it is asked, and goes on as room is made', async () => {
  const taken: number[] = [];
  const ahead = new ReadAhead(numbers(9, taken), () => 10, 30);
  await settle();
  expect(taken).toEqual([0, 1, 2]);
  expect(await ahead.next()).toEqual({done: false, value: 0});
  await settle();
  expect(taken).toEqual([0, 1, 2, 3]);
  for (let index = 1; index < 9; index++) expect(await ahead.next()).toEqual({done: false, value: index});
  expect(await ahead.next()).toEqual({done: true, value: 'end'});
});

test('a failure comes after what came before it', async () => {
  const ahead = new ReadAhead(numbers(2, [], new Error('broken')), () => 1, 100);
  await settle();
  expect((await ahead.next()).value).toBe(0);
  expect((await ahead.next()).value).toBe(1);
  await expect(ahead.next()).rejects.toThrow('broken');
});

test('closing lets the source clean up, full or not', async () => {
  const ended: string[] = [];
  async function* endless(name: string): AsyncGenerator<number, string, undefined> {
    try {
      for (;;) yield await Promise.resolve(1);
    } finally {
      ended.push(name);
    }
  }
  const full = new ReadAhead(endless('full'), () => 1, 3);
  await settle();
  full.close('closed');
  const started = new ReadAhead(endless('started'), () => 1, 3);
  started.close('closed');
  await settle();
  expect(ended).toContain('full');
});
