// What the ledger says is set aside and has found no way into the archive since.
import {toIntent} from './entry';
import type {EvidenceLedger} from './evidence';
import type {Intent} from './ledger';

/** A record that no item holds. */
export interface RecordAside {
  readonly recordId: string;
  readonly sha256: string;
  readonly stream: string;
  readonly code: string;
  /** Of its copy, relative to the ledger's folder. */
  readonly path: string;
}

/** An item that a target refused while others took it. */
export interface RefusalAside {
  readonly itemId: string;
  readonly target: string;
  readonly code: string;
  /** Of the item's bytes, relative to the ledger's folder. */
  readonly path: string;
}

export interface StillSetAside {
  readonly records: readonly RecordAside[];
  readonly refusals: readonly RefusalAside[];
}

export async function findStillSetAside(ledger: EvidenceLedger): Promise<StillSetAside> {
  const records = new Map<string, RecordAside>();
  const refusals = new Map<string, RefusalAside>();
  const keyOf = (itemId: string, target: string): string => JSON.stringify([itemId, target]);
  for await (const {kind, body} of ledger.entries(['set_aside', 'delivered', 'taken'])) {
    if (kind === 'set_aside') {
      const {record_id: recordId, sha256, stream, code: own, path} = body;
      const known = ledger.findRecord(recordId);
      if (known?.outcome === 'set_aside' && known.sha256 === sha256)
        records.set(recordId, {recordId, sha256, stream, code: own, path});
    }
    if (kind === 'delivered') {
      for (const {item_id: itemId, target, code: own, path} of body.refusals ?? [])
        refusals.set(keyOf(itemId, target), {itemId, target, code: own, path});
    }
    if (kind === 'taken') for (const {item_id: itemId, target} of body.items) refusals.delete(keyOf(itemId, target));
  }
  return {records: [...records.values()], refusals: [...refusals.values()]};
}

/** The newest intent of each item that is wanted, by the key that tells so. */
export async function findIntents(
  ledger: EvidenceLedger,
  toKey: (intent: {readonly itemId: string; readonly sha256: string}) => string,
  wanted: ReadonlySet<string>
): Promise<ReadonlyMap<string, Intent>> {
  const found = new Map<string, Intent>();
  if (wanted.size === 0) return found;
  for await (const {kind, body} of ledger.entries(['intent'])) {
    if (kind !== 'intent') continue;
    const key = toKey({itemId: body.item_id, sha256: body.sha256});
    if (wanted.has(key)) found.set(key, toIntent(body));
  }
  return found;
}
