// Whatever happens to a ledger, it knows what a plain model of the same steps knows, and verifies.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {sha256Hex} from '../../../core/digest';
import type {Ledger} from '../../../destination-arctera-archive/ledger/ledger';
import {verifyLedger} from '../../../destination-arctera-archive/ledger/verify';
import {holding, intentOf, openLedger, targetOf, temporaryFolder} from './ledger-fixture';

const records = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];

class Model {
  readonly known = new Map<string, string>();
  readonly voided = new Set<string>();
  readonly open = new Map<string, readonly string[]>();
  items = 0;

  intend(ledger: Ledger, wanted: readonly string[]): void {
    const taken = [...this.open.values()].flat();
    const free = wanted.filter((id) => !taken.includes(id) && !(this.known.get(id) ?? 'set_aside').startsWith('i'));
    const itemId = `i${(this.items += 1)}`;
    ledger.intend([intentOf(itemId, free)]);
    this.open.set(itemId, free);
  }

  settle(ledger: Ledger, how: 'delivered' | 'voided', howMany: number): void {
    const chosen = [...this.open].slice(0, howMany);
    ledger[how](chosen.map(([itemId]) => itemId));
    for (const [itemId, ids] of chosen) {
      this.open.delete(itemId);
      if (how === 'voided') this.voided.add(itemId);
      if (how === 'delivered') for (const id of ids) this.known.set(id, itemId);
    }
  }

  setAside(ledger: Ledger, recordId: string, folder: string): void {
    const record = {recordId, sha256: sha256Hex(recordId)};
    const copy = {stream: 's', record_id: recordId, sha256: record.sha256, record: recordId};
    writeFileSync(join(folder, recordId), JSON.stringify(copy));
    ledger.setAside([{record, stream: 's', code: 'record_malformed', path: recordId}]);
    if (!this.known.has(recordId)) this.known.set(recordId, 'set_aside');
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({kind: fc.constant('intend' as const), wanted: fc.subarray(records)}),
    fc.record({kind: fc.constantFrom('delivered' as const, 'voided' as const), howMany: fc.nat(3)}),
    fc.record({kind: fc.constant('set_aside' as const), recordId: fc.constantFrom(...records)}),
    fc.record({kind: fc.constant('reopen' as const)})
  ),
  {maxLength: 30}
);

test('the projections equal the fold after any sequence of steps', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const folder = temporaryFolder();
      const file = join(folder, 'ledger.sqlite');
      const model = new Model();
      let ledger = await openLedger(file);
      for (const step of sequence) {
        if (step.kind === 'intend') model.intend(ledger, step.wanted);
        else if (step.kind === 'set_aside') model.setAside(ledger, step.recordId, folder);
        else if (step.kind === 'reopen') {
          ledger.close();
          ledger = await openLedger(file);
        } else model.settle(ledger, step.kind, step.howMany);
      }
      for (const id of records) {
        const found = ledger.findRecord(id);
        expect(found?.itemId ?? found?.outcome).toBe(model.known.get(id));
      }
      expect(ledger.openIntents().map(({itemId}) => itemId)).toEqual([...model.open.keys()]);
      ledger.close();
      const all = Array.from({length: model.items}, (_, index) => `i${index + 1}`).filter(
        (itemId) => !model.voided.has(itemId)
      );
      expect((await verifyLedger({file, targets: new Map([['default', targetOf(holding(...all))]])})).problems).toEqual(
        []
      );
    }),
    {numRuns: 40}
  );
});
