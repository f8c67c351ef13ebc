// Where an item lies in each of its targets: under one address in most, under its own where targets differ in kind.
import type {Intent} from './ledger';

export interface IntentPlace {
  readonly address: string;
  readonly copies: readonly {readonly address: string; readonly sha256: string}[];
}

export function placeIn(intent: Intent, target: string): IntentPlace {
  const own = intent.places?.[target];
  if (own === undefined) return intent;
  const copies = intent.copies.map((copy, index) => ({...copy, address: own.copies[index] ?? copy.address}));
  return {address: own.address, copies};
}
