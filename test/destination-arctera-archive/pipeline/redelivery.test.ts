// An item that is delivered again from what another target has: whose failure it is when that cannot be read.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../../core/digest';
import {type ConnectorError, TransientError} from '../../../core/errors';
import {Outbox} from '../../../destination-arctera-archive/ledger/outbox';
import {SetAsideFolder} from '../../../destination-arctera-archive/ledger/set-aside';
import {settleOpenIntents} from '../../../destination-arctera-archive/ledger/settle';
import {redelivery} from '../../../destination-arctera-archive/pipeline/redelivery';
import type {Target} from '../../../destination-arctera-archive/targets/target';
import {holding, intentOf, openLedger, targetOf, temporaryFolder} from '../ledger/ledger-fixture';

test('a target that cannot be read back holds up itself, and not the one that was to get its items', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'outbox'));
  const ledger = await openLedger(join(folder, 'ledger.sqlite'));
  ledger.intend([intentOf('i1', ['r1'], {targets: ['full', 'empty']})]);
  const full: Target = {
    ...targetOf(holding('i1')),
    read: async function* () {
      await Promise.resolve();
      throw new TransientError('target_unavailable', 'Not now.');
    },
  };
  const targets = new Map([
    ['full', full],
    ['empty', targetOf(new Map())],
  ]);
  const failures = new Map<string, ConnectorError>();
  const stores = {
    targets,
    outbox: new Outbox(join(folder, 'outbox')),
    setAside: new SetAsideFolder(folder),
    temporaryFolder: folder,
    holds: () => [],
  };
  await settleOpenIntents(ledger, {...redelivery(stores), targets, failures, release: () => undefined});
  expect([...failures.keys()]).toEqual(['full']);
  expect(ledger.openIntents()).toHaveLength(1);
});

test('an item of which a copy is refused is not delivered without it', async () => {
  const folder = temporaryFolder();
  const copy = {address: 'i1.rsmf', sha256: sha256Hex('copy'), size: 4};
  const intent = {...intentOf('i1', ['r1'], {targets: ['full', 'strict']}), copies: [copy]};
  const asked: string[] = [];
  const full: Target = {
    ...targetOf(holding('i1')),
    read: (address) => Readable.from([Buffer.from(address === copy.address ? 'copy' : 'i1')]),
  };
  const strict: Target = {
    ...targetOf(new Map()),
    deliver: (items) => {
      asked.push(...items.map(({address}) => address));
      const isRefused = items.some(({address}) => address === copy.address);
      return Promise.resolve(
        items.map(({itemId}) =>
          isRefused ? {kind: 'refused', itemId, code: 'item_refused', words: 'No.'} : {kind: 'delivered', itemId}
        )
      );
    },
  };
  const {deliver} = redelivery({
    targets: new Map([
      ['full', full],
      ['strict', strict],
    ]),
    outbox: new Outbox(join(folder, 'outbox')),
    setAside: new SetAsideFolder(folder),
    temporaryFolder: folder,
    holds: () => [],
  });
  expect(await deliver(intent, 'full', 'strict')).toMatchObject({kind: 'refused'});
  expect(asked).toEqual([copy.address]);
});
