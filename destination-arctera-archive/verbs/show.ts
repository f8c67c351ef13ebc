// The verb `show`: tells what became of one record in every workspace of the archive, and why.
import {toLedgerPlace} from '../check';
import type {Config} from '../config';
import type {Events} from '../events';
import {ClosedWorkspaces} from './closed-workspaces';
import {findLostLedgers} from './lost-ledgers';

/** @returns the exit code: 0 when a ledger knows the record */
export async function showEvent(config: Config, recordId: string, events: Events): Promise<number> {
  const place = toLedgerPlace(config);
  try {
    let isKnown = false;
    const closed = new ClosedWorkspaces();
    for (const name of place.names()) {
      const explainer = closed.lookedInto(() => place.explainer(name));
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
    closed.tell();
    for (const name of await findLostLedgers(config, place)) events.ledgerMissing(name);
  } finally {
    place.close();
  }
  events.notInLedger();
  return 1;
}
