// Delivers an item again after a crash, with the bytes that another target has or that were kept.
import {BugError, TransientError} from '../../core/errors';
import type {Hold} from '../ledger/ledger';
import {placeIn} from '../ledger/intent-place';
import type {Intent} from '../ledger/ledger';
import type {Outbox} from '../ledger/outbox';
import type {SetAsideFolder} from '../ledger/set-aside';
import {NotReadBack, type SettleTools} from '../ledger/settle';
import type {DeliveryResult, RenderedItem, Target} from '../targets/target';
import {discardComposed} from './compose';
import {toIntendedItem} from './intended-item';

export interface RedeliveryStores {
  readonly targets: ReadonlyMap<string, Target>;
  readonly outbox: Outbox;
  readonly setAside: SetAsideFolder;
  readonly temporaryFolder: string;
  readonly holds: () => readonly Hold[];
}

export function redelivery(stores: RedeliveryStores): Pick<SettleTools, 'deliver' | 'setAside'> {
  const {targets, setAside} = stores;
  return {
    deliver: async (intent, from, to) => {
      const {copies} = intent;
      const target = targets.get(to);
      if (target === undefined) throw new BugError('An item is sent again to a target that does not exist.');
      let result: DeliveryResult | undefined;
      // Copies first, as in the run that was cut off: where the item is, they are.
      for (const index of [...copies.keys(), undefined]) {
        const bytes = await bytesOf(intent, index, from, stores);
        if (bytes === undefined) return undefined;
        const kept = {
          intent,
          target: to,
          copy: index,
          bytes,
          holds: stores.holds(),
          whence: `from ${from ?? 'the outbox'}`,
        };
        const item = await toIntendedItem(kept, stores.temporaryFolder).catch((error: unknown) => {
          throw from !== undefined && error instanceof TransientError ? new NotReadBack(from, error) : error;
        });
        result = await deliverOne(target, {...item, mayBeThere: true});
        if (result.kind !== 'delivered') return result;
      }
      return result;
    },
    setAside: async (intent, from, {itemId, target, code, words}) => {
      const bytes = await bytesOf(intent, undefined, from, stores);
      if (bytes === undefined) throw new BugError('The bytes of an item that was refused are gone.');
      const {sha256, records} = intent;
      const path = await setAside.keepBytes(sha256, bytes);
      const {address} = placeIn(intent, target);
      const recordIds = records.map(({recordId}) => recordId);
      setAside.writeRefusals([{itemId, target, address, sha256, code, words, recordIds, path}]);
      return {itemId, target, code, words, path, sha256};
    },
  };
}

/** Of the item and its copies in further formats. */
export function hashesOf({sha256, copies}: Pick<Intent, 'sha256' | 'copies'>): string[] {
  return [sha256, ...copies.map((copy) => copy.sha256)];
}

/** @param index of the copy; undefined for the item itself */
async function bytesOf(
  intent: Intent,
  index: number | undefined,
  from: string | undefined,
  {targets, outbox}: RedeliveryStores
): Promise<AsyncIterable<Buffer> | undefined> {
  if (from === undefined) {
    const {sha256} = index === undefined ? intent : (intent.copies[index] ?? intent);
    return outbox.find(sha256);
  }
  const place = placeIn(intent, from);
  const {address} = index === undefined ? place : (place.copies[index] ?? place);
  const bytes = targets.get(from)?.read?.(address);
  if (bytes === undefined) throw new BugError('An item cannot be read back.');
  return bytes;
}

async function deliverOne(target: Target, item: RenderedItem): Promise<DeliveryResult> {
  const [result] = await target.deliver([item]);
  if (result === undefined) throw new BugError(`Target ${target.name} gave no result.`);
  if (item.body.kind === 'file') await discardComposed(item.body.path);
  return result;
}
