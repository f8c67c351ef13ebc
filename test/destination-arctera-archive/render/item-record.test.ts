// What an item says of itself is found in every format, however its bytes are cut, and no upload is taken for it.
import {expect, test} from '@jest/globals';
import {parseItemRecord} from '../../../destination-arctera-archive/ledger/entry';
import {formats} from '../../../destination-arctera-archive/render/formats';
import {findItemRecord} from '../../../destination-arctera-archive/render/item-record';
import {renderWhole} from './render-whole';
import {attached, message, messagesItem} from './sample-items';

const zipInside = Buffer.from('PK\u0005\u0006'.padEnd(22, '\0') + 'PK\u0001\u0002item.json', 'latin1');
const item = messagesItem({
  messages: [
    message({
      files: [
        attached('item.json', Buffer.from('{"not":"ours"}'), 'f-1'),
        attached('a.zip', zipInside, 'f-2'),
        attached('z.bin', Buffer.alloc(100_000, 'PK\u0003\u0004'), 'f-3'),
      ],
    }),
  ],
});

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* streamed(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (const piece of cut(bytes, size)) yield await Promise.resolve(piece);
}

test.each(Object.keys(formats) as (keyof typeof formats)[])('in %s', async (format) => {
  const {ending} = formats[format];
  const bytes = await renderWhole(item, format);
  for (const size of [997, 65_536, bytes.length]) {
    const text = await findItemRecord(item.itemId, ending, () => streamed(bytes, size));
    expect(parseItemRecord(text ?? '')?.facts.records).toEqual(
      item.originals.map(({recordId, sha256}) => ({recordId, sha256}))
    );
  }
  const half = bytes.subarray(0, bytes.length / 2);
  expect(await findItemRecord(item.itemId, ending, () => streamed(half, 1000))).toBe(undefined);
  expect(await findItemRecord(item.itemId, ending, () => streamed(Buffer.alloc(0), 1))).toBe(undefined);
});
