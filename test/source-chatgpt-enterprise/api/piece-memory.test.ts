// Memory of pieces: whole ones are used again when they have left, and never before.
import {expect, test} from '@jest/globals';
import {chunkBytes} from '../../../contract/files';
import {PieceMemory} from '../../../source-chatgpt-enterprise/api/piece-memory';

function parts(fill: string): Buffer[] {
  return [Buffer.alloc(1000, fill), Buffer.alloc(chunkBytes - 1000, fill)];
}

test('a piece keeps its bytes until it is given back', () => {
  const memory = new PieceMemory();
  const [one, two] = [memory.join(parts('a')), memory.join(parts('b'))];
  expect([one.equals(Buffer.alloc(chunkBytes, 'a')), two.equals(Buffer.alloc(chunkBytes, 'b'))]).toEqual([true, true]);
  memory.giveBack(one);
  const three = memory.join(parts('c'));
  expect(three.buffer).toBe(one.buffer);
  expect([three.equals(Buffer.alloc(chunkBytes, 'c')), two.equals(Buffer.alloc(chunkBytes, 'b'))]).toEqual([
    true,
    true,
  ]);
});

test('what is no whole piece is not kept, and no more than a few are', () => {
  const memory = new PieceMemory();
  memory.giveBack(Buffer.alloc(10));
  expect(memory.join(parts('a'))).toHaveLength(chunkBytes);
  const given = Array.from({length: 20}, () => Buffer.alloc(chunkBytes));
  for (const piece of given) memory.giveBack(piece);
  const taken = Array.from({length: 20}, () => memory.join(parts('a')).buffer);
  expect(given.filter(({buffer}) => taken.includes(buffer))).toHaveLength(8);
});
