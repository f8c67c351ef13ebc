// The items that a ledger has as delivered, read back from its entries.
import {type Body, toIntent} from './entry';
import type {ReadEntries} from './evidence';
import type {Intent} from './ledger';

/** Oldest first. @param isMeant asked of every intent, so that only those that matter are kept in memory */
export async function* deliveredItems(
  entries: ReadEntries,
  isMeant: (intent: Body<'intent'>) => boolean = () => true
): AsyncGenerator<Intent> {
  const open = new Map<string, Intent>();
  for await (const {kind, body} of entries(['intent', 'delivered', 'voided'])) {
    if (kind === 'intent' && isMeant(body)) open.set(body.item_id, toIntent(body));
    if (kind !== 'delivered' && kind !== 'voided') continue;
    for (const itemId of body.item_ids) {
      const intent = open.get(itemId);
      if (intent !== undefined && kind === 'delivered') yield intent;
      open.delete(itemId);
    }
  }
}
