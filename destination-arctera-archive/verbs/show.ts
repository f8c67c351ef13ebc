// The verb `show`: tells what became of one record in every workspace of the archive, and why.
import {toLedgerPlace} from '../check';
import type {Config} from '../config';
import type {Events} from '../events';
import {findLostLedgers} from './lost-ledgers';

/** @returns the exit code: 0 when a ledger knows the record */
export async function showEvent(config: Config, recordId: string, events: Events): Promise<number> {
  const place = toLedgerPlace(config);
  try {
    let isKnown = false;
    for (const name of place.names()) {
      const explainer = place.explainer(name);
      try {
        const explanation = explainer?.explain(recordId);
        if (explanation === undefined) continue;
        isKnown = true;
        events.explained(explanation);
      } finally {
        explainer?.close();
      }
    }
    if (isKnown) return 0;
    for (const name of await findLostLedgers(config, place)) events.ledgerMissing(name);
  } finally {
    place.close();
  }
  events.notInLedger();
  return 1;
}
