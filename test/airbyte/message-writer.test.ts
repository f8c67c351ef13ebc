// Blocks of lines to a reader that may be slow, or gone.
import {Writable} from 'node:stream';
import {setImmediate as turn} from 'node:timers/promises';
import {describe, expect, test} from '@jest/globals';
import {toJsonBytes, toText} from '../../airbyte/json-text';
import {MessageWriter} from '../../airbyte/message-writer';
import {RecordRows} from '../../airbyte/record-rows';

/** Takes a block only when told to. */
class SlowReader extends Writable {
  readonly bytes: Buffer[] = [];
  private release: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes.push(Buffer.from(chunk)); // a block is filled again when it has been taken
    this.release = done;
  }

  get blocks(): string[] {
    return this.bytes.map((block) => block.toString('utf8'));
  }

  get text(): string {
    return Buffer.concat(this.bytes).toString('utf8');
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

  test('writes rows that are JSON already as records, in order with other messages', async () => {
    const out = new SlowReader();
    const writer = new MessageWriter(out, () => undefined);
    const quoted = {...toJsonBytes('{"n":"é\t"}'), isQuoted: true};
    await writer.writeRows(new RecordRows('one', [['{"n":1}'], ['{"event":"', quoted, '"}']], 7));
    void writer.write({type: 'STATE', state: {}});
    await turn();
    expect(
      out.blocks
        .join('')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    ).toEqual([
      {type: 'RECORD', record: {stream: 'one', data: {n: 1}, emitted_at: 7}},
      {type: 'RECORD', record: {stream: 'one', data: {event: '{"n":"é\t"}'}, emitted_at: 7}},
      {type: 'STATE', state: {}},
    ]);
  });

  test.each([0, 1, 2, 3, 12_288, 12_290, 98_304, 98_305, 196_608, 400_000])(
    'writes %i bytes in base64 within a string, however many blocks they take',
    async (size) => {
      const out = new SlowReader();
      const writer = new MessageWriter(out, () => undefined);
      const bytes = Buffer.from(Uint8Array.from({length: size}, (_, index) => (index * 151 + (index >> 8)) & 255));
      let isWritten = false;
      const row = ['{"data":"', {base64Of: bytes}, '"}'];
      const writing = writer
        .writeRows(new RecordRows('one', [row], 7))
        .then(() => writer.flush())
        .then(() => (isWritten = true));
      while (!isWritten) {
        out.take();
        await turn();
      }
      await writing;
      const data = {data: bytes.toString('base64')};
      const line = `${JSON.stringify({type: 'RECORD', record: {stream: 'one', data, emitted_at: 7}})}\n`;
      expect(out.text === line).toBe(true);
      expect(toText(row)).toBe(JSON.stringify(data));
    }
  );

  test.each([
    ['bytes', (text: string) => toJsonBytes(JSON.stringify(text))],
    ['characters', (text: string) => JSON.stringify(text)],
  ])('hands on a row of %s that is larger than a block piece by piece, nothing between them', async (_, toPart) => {
    const out = new SlowReader();
    const writer = new MessageWriter(out, () => undefined);
    const text = 'é😀"xy'.repeat(200_000); // seven units as JSON: a piece ends behind each of them somewhere
    const ends: string[] = [];
    const isWritten = (): boolean => ends.length > 0;
    const writing = writer.writeRows(new RecordRows('one', [[toPart(text)]], 7)).then(() => ends.push('written'));
    for (let blocks = 1; !isWritten(); blocks++) {
      while (out.bytes.length < blocks && !isWritten()) await turn();
      // A log message of something else that runs meanwhile.
      if (blocks === 2) expect(writer.write({type: 'LOG', log: {}})).toBeUndefined();
      out.take();
      await turn();
    }
    await writing;
    void writer.flush();
    while (!out.text.endsWith('{"type":"LOG","log":{}}\n')) {
      out.take();
      await turn();
    }
    expect(Math.max(...out.bytes.map((block) => block.length))).toBeLessThanOrEqual(128 * 1024);
    const [line, log] = out.text.split('\n');
    const record = {type: 'RECORD', record: {stream: 'one', data: text, emitted_at: 7}};
    expect(line === JSON.stringify(record)).toBe(true); // not toBe(text): a difference would fill the screen
    expect(log).toBe('{"type":"LOG","log":{}}');
  });
});
