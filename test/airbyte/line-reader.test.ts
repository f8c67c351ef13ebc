// Lines of a byte stream, however it is cut, and the empty blocks of a quiet one.
import {PassThrough, Readable} from 'node:stream';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {describe, expect, test} from '@jest/globals';
import fc from '../support/generated';
import {readLines} from '../../airbyte/line-reader';

const never = new AbortController().signal;

async function linesOf(pieces: readonly Buffer[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const block of readLines(Readable.from(pieces), 60_000, never)) {
    lines.push(...block.lines.map((line) => line.toString('utf8')));
  }
  return lines;
}

describe('readLines', () => {
  test.each([
    ['nothing', [], []],
    ['one line', ['a\n'], ['a']],
    ['a last line without newline', ['a\nb'], ['a', 'b']],
    ['blank lines', ['\n\na\n'], ['', '', 'a']],
    ['a line in three pieces', ['a', 'b', 'c\n'], ['abc']],
    ['a newline of its own', ['a', '\n', 'b\n'], ['a', 'b']],
    ['carriage returns', ['a\r\nb\r\n'], ['a\r', 'b\r']],
  ])('reads %s', async (_, pieces, expected) => {
    expect(await linesOf(pieces.map((piece) => Buffer.from(piece)))).toEqual(expected);
  });

  test('gives the same lines wherever the bytes are cut', async () => {
    const text = fc.array(fc.string({unit: fc.constantFrom('a', 'é', '日', '😀', '\n')}));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({min: 1, max: 5}), async (parts, size) => {
        const whole = Buffer.from(parts.join('\n'));
        const pieces: Buffer[] = [];
        for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
        const expected = whole.toString('utf8').split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(await linesOf(pieces)).toEqual(expected);
      })
    );
  });

  test('yields an empty block while nothing comes', async () => {
    const blocks = readLines(new PassThrough(), 1, never);
    expect((await blocks.next()).value).toEqual({lines: []});
    expect((await blocks.next()).value).toEqual({lines: []});
  });

  test('ends on an abort while it waits, and when it is aborted from the start', async () => {
    const controller = new AbortController();
    const waiting = readLines(new PassThrough(), 60_000, controller.signal).next();
    controller.abort();
    expect((await waiting).done).toBe(true);
    expect((await readLines(new PassThrough(), 60_000, controller.signal).next()).done).toBe(true);
  });

  test('lets go of the blocks it has given', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const blocks: WeakRef<Buffer>[] = [];
    const input = (function* () {
      for (let n = 0; n < 50; n += 1) {
        const block = Buffer.from('a line\n'.repeat(5_000));
        blocks.push(new WeakRef(block));
        yield block;
      }
    })();
    let held = 0;
    for await (const {lines} of readLines(Readable.from(input), 60_000, never)) {
      expect(lines).toHaveLength(5_000);
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      held = blocks.filter((block) => block.deref() !== undefined).length;
    }
    expect(held).toBeLessThan(25); // a stream reads some blocks ahead
  });

  test('fails when its input fails', async () => {
    const input = new PassThrough();
    const waiting = readLines(input, 60_000, never).next();
    input.destroy(new Error('broken'));
    await expect(waiting).rejects.toThrow('broken');
  });
});
