// Blocks of lines to a reader that may be slow, or gone.
import {Writable} from 'node:stream';
import {describe, expect, test} from '@jest/globals';
import {MessageWriter} from '../../airbyte/message-writer';

/** Takes a block only when told to. */
class SlowReader extends Writable {
  readonly blocks: string[] = [];
  private release: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.blocks.push(chunk.toString('utf8'));
    this.release = done;
  }

  take(): void {
    const release = this.release;
    this.release = undefined;
    release?.();
  }
}

const record = (n: number) => ({type: 'RECORD', record: {n}});

describe('MessageWriter', () => {
  test('gathers records until something urgent comes, and keeps their order', () => {
    const out = new SlowReader();
    const writer = new MessageWriter(out, () => undefined);
    expect(writer.write(record(1))).toBeUndefined();
    expect(writer.write(record(2))).toBeUndefined();
    expect(out.blocks).toEqual([]);
    void writer.write({type: 'STATE', state: {}});
    return Promise.resolve().then(() => {
      const lines = [record(1), record(2), {type: 'STATE', state: {}}].map((message) => JSON.stringify(message));
      expect(out.blocks).toEqual([`${lines.join('\n')}\n`]);
    });
  });

  test('makes the writer wait for a slow reader', async () => {
    const out = new SlowReader();
    const writer = new MessageWriter(out, () => undefined);
    let taken = false;
    const wait = writer.writeLine('x'.repeat(70_000), false)!.then(() => (taken = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(false);
    out.take();
    await wait;
    expect(taken).toBe(true);
  });

  test('tells once that the reader is gone, and then drops what comes', async () => {
    let calls = 0;
    const out = new Writable({write: (_chunk, _encoding, done) => done(new Error('EPIPE'))});
    const writer = new MessageWriter(out, () => (calls += 1));
    await writer.writeLine('a', true);
    await new Promise((resolve) => setImmediate(resolve));
    await writer.writeLine('b', true);
    await writer.flush();
    expect(writer.readerGone).toBe(true);
    expect(calls).toBe(1);
  });
});
