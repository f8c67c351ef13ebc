// The verb `show`: tells what became of one record in every workspace of the archive, and why.
import {toLedgerPlace} from '../check';
import type {Config} from '../config';
import type {Events} from '../events';

/** @returns the exit code: 0 when a ledger knows the record */
export function showEvent(config: Config, recordId: string, events: Events): number {
  const place = toLedgerPlace(config);
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
  place.close();
  if (!isKnown) events.notInLedger();
  return isKnown ? 0 : 1;
}
