// An item that a format cannot hold: its records are set aside with the reason, and the others are delivered.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {ComposerInPlace} from '../../../destination-arctera-archive/pipeline/compose-order';
import {Delivery} from '../../../destination-arctera-archive/pipeline/delivery';
import {FolderPlace} from '../../../destination-arctera-archive/ledger/ledger-place';
import {openWorkspace} from '../../../destination-arctera-archive/pipeline/open-workspace';
import {closeStores} from '../../../destination-arctera-archive/pipeline/workspace';
import type {MessagesItem} from '../../../destination-arctera-archive/render/item';
import {FolderTarget} from '../../../destination-arctera-archive/targets/folder';
import {Tally} from '../../../destination-arctera-archive/report/tally';
import {HandClock, onEnd, temporaryFolder} from '../ledger/ledger-fixture';
import {message, messagesItem, original, settings} from '../render/sample-items';

test.each([
  ['more events than RSMF allows', Array.from({length: 10_001}, (_, at) => message({eventId: `e${at}`})), 'RSMF'],
  ['a message that ends in an error of the renderer', [message({text: {} as unknown as string})], 'TypeError'],
])('an item with %s is set aside, and the next one is delivered', async (_, messages, words) => {
  const path = temporaryFolder();
  const stores = await openWorkspace({
    place: new FolderPlace(path),
    workspaceId: 'ws',
    clock: new HandClock(),
    signal: new AbortController().signal,
    openTargets: (directory) => Promise.resolve(new Map([['default', new FolderTarget({path, directory})]])),
    lockWaitMs: 0,
    onSettled: () => undefined,
    onHoldsOpen: () => undefined,
  });
  onEnd(() => void closeStores(stores));
  const delivery = new Delivery(stores, {...settings, formats: ['eml', 'rsmf']}, new ComposerInPlace(), new Tally());
  const outcomes: string[] = [];
  const add = (item: MessagesItem): Promise<void> =>
    delivery.add({
      item,
      originals: () => item.originals,
      stream: 'messages',
      records: item.originals,
      files: [],
      targets: ['default'],
      decision: undefined,
      onDelivered: () => outcomes.push(`${item.itemId} delivered`),
      onRefused: () => Promise.resolve(void outcomes.push(`${item.itemId} refused`)),
      onLeftOpen: () => void outcomes.push(`${item.itemId} left open`),
    });
  const odd = {itemId: 'a'.repeat(64), originals: [original('odd', '{"event_id":"odd"}')]};
  await add(messagesItem({...odd, messages}));
  await add(messagesItem({itemId: 'b'.repeat(64), originals: [original('plain', '{"event_id":"plain"}')]}));
  await delivery.commit();
  expect(outcomes).toEqual([`${'a'.repeat(64)} refused`, `${'b'.repeat(64)} delivered`]);
  expect(stores.ledger.findRecord('odd')?.outcome).toBe('set_aside');
  expect(stores.ledger.findRecord('plain')?.outcome).toBe('delivered');
  const folder = join(path, '.arctera-archive', 'ws', 'set-aside');
  const [name = ''] = readdirSync(folder);
  const copy = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {code: string; words: string; record: string};
  expect(copy).toMatchObject({code: 'item_unrenderable', record: '{"event_id":"odd"}'});
  expect(copy.words).toContain(words);
  expect(readdirSync(stores.temporaryFolder)).toEqual([]);
  expect(existsSync(join(path, 'ws'))).toBe(true);
});
