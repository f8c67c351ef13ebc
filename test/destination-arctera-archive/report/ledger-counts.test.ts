// What the verb `report` counts of a ledger, and of the targets that can be asked.
import {expect, test} from '@jest/globals';
import {countLedger} from '../../../destination-arctera-archive/report/ledger-counts';
import type {ReadEntries} from '../../../destination-arctera-archive/ledger/evidence';

const intent = {
  item_id: 'item-1',
  kind: 'messages',
  address: 'a.eml',
  sha256: 'a'.repeat(64),
  size: 1,
  stream: 'messages',
  records: [['e1', 'b'.repeat(64)]],
  files: [],
  conversation: null,
  policy_version: 'p',
  targets: ['default', 'second'],
};
const refusal = {item_id: 'item-1', target: 'second', code: 'item_too_large', words: '', path: '', sha256: ''};
const ledger = [
  {kind: 'intent', body: intent},
  {kind: 'delivered', body: {item_ids: ['item-1'], refusals: [refusal]}},
  {kind: 'run_ended', body: {run_id: 'run-1'}},
  {kind: 'taken', body: {items: [{item_id: 'item-1', target: 'second'}]}},
  {kind: 'run_ended', body: {run_id: 'run-2'}},
];

/** @param count how many entries of the ledger there are */
function read(count: number): ReadEntries {
  return async function* (kinds: readonly string[]) {
    for (const [index, entry] of ledger.slice(0, count).entries()) {
      await Promise.resolve();
      if (kinds.includes(entry.kind)) yield {seq: index + 1, at: '', hash: '', ...entry} as never;
    }
  } as ReadEntries;
}

test.each([
  ['refused, is not missed there', 3, 1],
  ['took later, is missed where it is gone', 5, 0],
])('an item that a target %s', async (_, count, found) => {
  const {runs} = await countLedger(read(count), (target) => target === 'default');
  expect(runs.get('run-1')).toMatchObject({items: 1, found, delivered: 1});
});
