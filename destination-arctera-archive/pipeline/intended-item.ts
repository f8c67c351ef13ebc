// Makes the item of an intent again from bytes that were kept, with what its target was asked to do for it.
import {IntegrityError} from '../../core/errors';
import {holdsOn} from '../ledger/holds';
import type {Hold} from '../ledger/ledger';
import {placeIn} from '../ledger/intent-place';
import type {Intent} from '../ledger/ledger';
import type {RenderedItem} from '../targets/target';
import {composeItem, discardComposed} from './compose';

export interface IntendedItem {
  readonly intent: Intent;
  /** Name of the target that gets it. */
  readonly target: string;
  /** Of the copy that is meant; undefined for the item itself. */
  readonly copy?: number | undefined;
  readonly bytes: AsyncIterable<Buffer>;
  readonly holds: readonly Hold[];
  /** Where the bytes come from, for the error. */
  readonly whence: string;
}

/**
 * Retention is what the policy gave it when it was intended; held it is as things stand now.
 * @param directory an existing directory for items that do not stay in memory
 * Throws IntegrityError where the bytes are not those of the ledger.
 */
export async function toIntendedItem(
  {intent, target, copy, bytes, holds, whence}: IntendedItem,
  directory: string
): Promise<RenderedItem> {
  const {address, copies} = placeIn(intent, target);
  const meant = copy === undefined ? {address, sha256: intent.sha256} : copies[copy];
  const item = await composeItem(intent.itemId, meant?.address ?? '', bytes, directory);
  if (item.sha256 !== meant?.sha256) {
    if (item.body.kind === 'file') await discardComposed(item.body.path);
    throw new IntegrityError('item_damaged', `The bytes of an item ${whence} are not those of the ledger.`);
  }
  const {retention, legalHold} = intent.decision ?? {};
  return {...item, retention, legalHold, heldFor: holdsOn(intent, holds)};
}
