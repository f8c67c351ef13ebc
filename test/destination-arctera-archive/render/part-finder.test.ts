// One attachment is found in the bytes of an item, however they are cut, and no other is taken for it.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {parseItemRecord} from '../../../destination-arctera-archive/ledger/entry';
import {outerBoundary} from '../../../destination-arctera-archive/render/eml';
import {PartFinder} from '../../../destination-arctera-archive/render/part-finder';
import {renderWhole} from './render-whole';
import {attached, message, messagesItem} from './sample-items';

const item = messagesItem({
  messages: [
    message({
      text: 'filename=item.json\r\n\r\neyJmb3JtYXQiOjF9\r\n',
      files: [attached('item.json', Buffer.from('{"not":"ours"}')), attached('item.json.txt', Buffer.alloc(0), 'f-2')],
    }),
  ],
});

function find(pieces: readonly Buffer[], name = 'item.json'): Buffer | undefined {
  const finder = new PartFinder(outerBoundary(item.itemId), name);
  for (const piece of pieces) finder.push(piece);
  return finder.content;
}

test('what an item says of itself is found in pieces of any size', async () => {
  const bytes = await renderWhole(item);
  const record = parseItemRecord(find([bytes])?.toString() ?? '');
  expect(record?.workspaceId).toBe(item.workspaceId);
  expect(record?.facts.records).toEqual(item.originals.map(({recordId, sha256}) => ({recordId, sha256})));
  const whole = find([bytes]);
  fc.assert(
    fc.property(fc.array(fc.integer({min: 0, max: bytes.length}), {maxLength: 12}), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(find(pieces)).toEqual(whole);
    })
  );
  expect(find([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
});

test.each([
  ['events.jsonl', (found: Buffer | undefined): unknown => found?.length],
  ['none.json', (found: Buffer | undefined): unknown => found === undefined],
])('an attachment named %s', async (name, look) => {
  expect(look(find([await renderWhole(item)], name))).toBeTruthy();
});

test('an attachment that is cut off is not found', async () => {
  const bytes = await renderWhole(item);
  const end = bytes.indexOf('filename=item.json\r\n') + 60;
  expect(find([bytes.subarray(0, end)])).toBeUndefined();
});
