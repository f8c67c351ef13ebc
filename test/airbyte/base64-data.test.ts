// Pieces of files that are taken out of their lines before these are parsed: nothing else may come of it than parsing gives.
import {Readable} from 'node:stream';
import {describe, expect, test} from '@jest/globals';
import fc from '../support/generated';
import {type DestinationInput, readDestinationInput} from '../../airbyte/destination-input';

const never = new AbortController().signal;
const bytesOf = (size: number): Buffer =>
  Buffer.from(Uint8Array.from({length: size}, (_, index) => (index * 151 + (index >> 8)) & 255));
const long = bytesOf(196_608).toString('base64');

interface Seen {
  readonly input: unknown;
  readonly text: string | undefined;
  readonly bytes: Buffer | undefined;
}

/** What is read of the lines, looked at while their block is being worked on. */
async function read(text: string, blockBytes = 64 * 1024): Promise<readonly Seen[]> {
  const whole = Buffer.from(text);
  const blocks = Array.from({length: Math.ceil(whole.length / blockBytes)}, (_, index) =>
    whole.subarray(index * blockBytes, (index + 1) * blockBytes)
  );
  const seen: Seen[] = [];
  const see = (input: DestinationInput): Seen => {
    if (input.kind !== 'record') return {input, text: undefined, bytes: undefined};
    const {bytes, data, dataText, lineBytes, stream} = input;
    const copied = bytes === undefined ? undefined : Buffer.from(bytes);
    return {input: {data: {...data}, lineBytes, stream}, text: dataText(), bytes: copied};
  };
  for await (const inputs of readDestinationInput(Readable.from(blocks), 60_000, never)) seen.push(...inputs.map(see));
  return seen;
}

function line(data: string, around: (record: string) => string = (record) => record): string {
  return around(`{"type":"RECORD","record":{"stream":"file_chunks","data":${data},"emitted_at":1}}`);
}

describe('a line with long base64', () => {
  test.each([
    ['as our source writes it', line(`{"transfer_id":"t","index":0,"data":"${long}","last":false}`)],
    ['with its members in another order', line(`{"last":true,"size":1,"data":"${long}","transfer_id":"t","new":[{}]}`)],
    ['with members that nobody knows around it', `{"a":{"b":"é"},${line(`{"data":"${long}"}`).slice(1)}`],
    ['one of bytes that need padding', line(`{"data":"${bytesOf(196_607).toString('base64')}"}`)],
    ['one of bytes that need more padding', line(`{"data":"${bytesOf(5000).toString('base64')}"}`)],
  ])('gives the bytes, %s', async (_, text) => {
    const [seen] = await read(`${text}\n`);
    const {record} = JSON.parse(text) as {record: {data: Record<string, unknown>; stream: string}};
    const {data} = record;
    expect(seen!.bytes!.equals(Buffer.from(String(data['data']), 'base64'))).toBe(true);
    const expected = {data, lineBytes: Buffer.byteLength(text), stream: {name: 'file_chunks'}};
    expect(JSON.stringify(seen!.input) === JSON.stringify(expected)).toBe(true); // a difference would fill the screen
    expect(text.includes(seen!.text!)).toBe(true);
    expect(JSON.stringify(JSON.parse(seen!.text!)) === JSON.stringify(data)).toBe(true);
  });

  test.each([
    ['white space before the value', line(`{"data": "${long}"}`)],
    ['a space within', line(`{"data":"${long.slice(0, 9000)} ${long.slice(9000)}"}`)],
    ['spaces in place of characters', line(`{"data":"${long.slice(0, 9000)}    ${long.slice(9004)}"}`)],
    ['an escape', line(`{"data":"${long.slice(0, 9000)}\\n${long.slice(9000)}"}`)],
    ['an escaped quote', line(`{"data":"${long.slice(0, 9000)}\\"${long.slice(9000)}"}`)],
    ['padding within', line(`{"data":"${long.slice(0, 9002)}==${long.slice(9004)}"}`)],
    ['a character of several bytes', line(`{"data":"${long.slice(0, 9000)}éé${long.slice(9004)}"}`)],
    ['a length that is no base64', line(`{"data":"${long.slice(1)}"}`)],
    ['another string of that name before it', line(`{"first":{"data":"x"},"data":"${long}"}`)],
    ['its name one level too deep', line(`{"more":{"data":"${long}"}}`)],
    ['its name beside the record', `{"data":"${long}",${line('{"index":0}').slice(1)}`],
    ['an empty one before it', line(`{"data":"","data":"${long}"}`)],
    ['an empty one after it', line(`{"data":"${long}","data":""}`)],
    ['other text', line(`{"data":"${'lorem ipsum '.repeat(1000)}"}`)],
  ])('is parsed when it has %s', async (_, text) => {
    const [seen] = await read(`${text}\n`);
    const {record} = JSON.parse(text) as {record: {data: unknown}};
    expect(seen!.bytes).toBeUndefined();
    const expected = {data: record.data, lineBytes: Buffer.byteLength(text), stream: {name: 'file_chunks'}};
    expect(JSON.stringify(seen!.input) === JSON.stringify(expected)).toBe(true);
  });

  test.each([
    ['a control character within', line(`{"data":"${long.slice(0, 9000)}\t${long.slice(9000)}"}`)],
    ['no end', line(`{"data":"${long}"`)],
    ['no quote at its end', `{"type":"RECORD","record":{"stream":"file_chunks","data":{"data":"${long}`],
    ['something behind it', `${line(`{"data":"${long}"}`)},`],
  ])('is malformed when it has %s', async (_, text) => {
    expect(await read(`${text}\n`)).toMatchObject([{input: {kind: 'ignored', reason: 'malformed'}}]);
  });

  test('is the same wherever the bytes are cut, with many of them and others between', async () => {
    const piece = fc.record({
      size: fc.integer({min: 0, max: 9000}),
      name: fc.string({unit: 'grapheme', maxLength: 20}),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, {maxLength: 12}), fc.integer({min: 1, max: 40_000}), async (pieces, cut) => {
        const rows = pieces.map(({name, size}) => ({name, data: bytesOf(size).toString('base64'), last: true}));
        const seen = await read(rows.map((row) => `${line(JSON.stringify(row))}\n`).join(''), cut);
        expect(seen.map(({text}) => text)).toEqual(rows.map((row) => JSON.stringify(row)));
        for (const [index, {bytes}] of seen.entries()) {
          if (bytes !== undefined) expect(bytes.equals(bytesOf(pieces[index]!.size))).toBe(true);
        }
      }),
      {numRuns: 60}
    );
  });

  test('is not looked at when its memory may hold another', async () => {
    const lines = Array.from({length: 2}, () => Buffer.from(`${line(`{"data":"${long}"}`)}\n`));
    const blocks = readDestinationInput(Readable.from(lines), 60_000, never);
    const {value} = (await blocks.next()) as {value: DestinationInput[]};
    await blocks.next();
    const [late] = value;
    expect(() => late?.kind === 'record' && late.data['data']).toThrow('may hold another');
    expect(() => late?.kind === 'record' && late.dataText()).toThrow('may hold another');
  });
});
