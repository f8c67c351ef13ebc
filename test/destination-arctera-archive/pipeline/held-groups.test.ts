// What of the messages that wait is taken at a time.
import {expect, test} from '@jest/globals';
import type {TextStore} from '../../../destination-arctera-archive/ledger/text-store';
import {HeldGroups} from '../../../destination-arctera-archive/pipeline/held-groups';

const texts: TextStore = {
  keep: (text) => ({size: text.length, read: () => text, release: () => undefined}),
  close: () => undefined,
};

test('a conversation that is large is taken in pieces, in the order its messages came, and none of them is left', () => {
  const groups = new HeldGroups('conversation_day', 'UTC', texts);
  const facts = {conversationId: 'c-1', timestamp: '2026-11-02T10:00:00Z', logFileId: undefined};
  for (let at = 0; at < 30; at++) {
    const original = {recordId: `e-${at}`, sha256: '', text: 'x'.repeat(at === 20 ? 10_000_000 : 1_000_000)};
    groups.add({original, receipt: {} as never, repeats: []}, facts);
  }
  const taken = groups.takeAll();
  expect(taken.map(({messages}) => messages.length)).toEqual([8, 8, 4, 1, 8, 1]);
  expect(taken.flatMap(({messages}) => messages.map(({original}) => original.recordId))).toEqual(
    Array.from({length: 30}, (_, at) => `e-${at}`)
  );
  for (let at = 0; at < 30; at++) groups.forget(`e-${at}`);
  expect(groups.heldBytes).toBe(0);
});
