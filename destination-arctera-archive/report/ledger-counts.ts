// Counts what a ledger holds, by run, day, user and stream, and how much of it a target still has.
import type {Body} from '../ledger/entry';
import type {ReadEntries} from '../ledger/evidence';
import {placeIn} from '../ledger/intent-place';
import {toIntent} from '../ledger/entry';

export interface LedgerCount {
  items: number;
  /** Of those, in each of their targets that can be asked. */
  found: number;
  delivered: number;
  excluded: number;
  set_aside: number;
}

export type CountsBy = Map<string, LedgerCount>;

export interface LedgerCounts {
  readonly runs: CountsBy;
  readonly days: CountsBy;
  readonly users: CountsBy;
  readonly streams: CountsBy;
}

/** Of entries behind the last run that ended, or before the first release that kept runs. */
const noRun = '(no run)';

/**
 * @param isThere whether a target has an address; undefined where it cannot be asked
 * @param after entries up to this one are not counted
 */
export async function countLedger(
  entries: ReadEntries,
  isThere: (target: string, address: string) => boolean | undefined,
  after = 0
): Promise<LedgerCounts> {
  const counts: LedgerCounts = {runs: new Map(), days: new Map(), users: new Map(), streams: new Map()};
  const open = new Map<string, Body<'intent'>>();
  const runIds = new Map<number, string>();
  for await (const {seq, kind, body} of entries(['run_ended'])) if (kind === 'run_ended') runIds.set(seq, body.run_id);
  const ends = [...runIds.keys()];
  const isTaken = await takenAfterRefusal(entries);
  let next = 0;
  const add = (seq: number, {stream, date, owner}: Partial<Body<'intent'>>, count: Partial<LedgerCount>): void => {
    while ((ends[next] ?? Infinity) < seq) next += 1;
    addTo(counts.runs, runIds.get(ends[next] ?? -1) ?? noRun, count);
    addTo(counts.streams, stream ?? '', count);
    if (count.items === undefined) return; // neither day nor user is known of what no item holds
    addTo(counts.days, date?.slice(0, 10) ?? '(not known)', count);
    addTo(counts.users, owner ?? '(no user)', count);
  };
  for await (const {seq, kind, body} of entries(['intent', 'delivered', 'voided', 'set_aside', 'excluded'])) {
    if (kind === 'intent') open.set(body.item_id, body);
    if (seq <= after && (kind === 'set_aside' || kind === 'excluded')) continue;
    if (kind === 'set_aside') add(seq, {stream: body.stream}, {set_aside: 1});
    if (kind === 'excluded') add(seq, {stream: body.stream}, {excluded: body.records.length});
    if (kind !== 'delivered' && kind !== 'voided') continue;
    for (const itemId of body.item_ids) {
      const intent = open.get(itemId);
      open.delete(itemId);
      if (intent === undefined || kind === 'voided' || seq <= after) continue;
      const whole = toIntent(intent);
      const refused = (body.refusals ?? [])
        .filter((each) => each.item_id === itemId && !isTaken(itemId, each.target))
        .map(({target}) => target);
      const answers = whole.targets
        .filter((name) => !refused.includes(name))
        .map((name) => isThere(name, placeIn(whole, name).address));
      const found = answers.includes(false) ? 0 : 1;
      add(seq, intent, {items: 1, found, delivered: intent.records.length});
    }
  }
  return counts;
}

/** Whether a target has an item that it refused before. Keeps what was refused alone: far more is taken while another target is down. */
async function takenAfterRefusal(entries: ReadEntries): Promise<(itemId: string, target: string) => boolean> {
  const keyOf = (itemId: string, target: string): string => JSON.stringify([itemId, target]);
  const refusedAt = new Map<string, number>();
  for await (const {seq, kind, body} of entries(['delivered'])) {
    if (kind !== 'delivered') continue;
    for (const {item_id: itemId, target} of body.refusals ?? []) refusedAt.set(keyOf(itemId, target), seq);
  }
  const taken = new Set<string>();
  if (refusedAt.size === 0) return () => false;
  for await (const {seq, kind, body} of entries(['taken'])) {
    if (kind !== 'taken') continue;
    for (const {item_id: itemId, target} of body.items) {
      const key = keyOf(itemId, target);
      if ((refusedAt.get(key) ?? Infinity) < seq) taken.add(key);
    }
  }
  return (itemId, target) => taken.has(keyOf(itemId, target));
}

function addTo(counts: CountsBy, name: string, more: Partial<LedgerCount>): void {
  const count = counts.get(name) ?? {items: 0, found: 0, delivered: 0, excluded: 0, set_aside: 0};
  for (const key of ['items', 'found', 'delivered', 'excluded', 'set_aside'] as const) count[key] += more[key] ?? 0;
  counts.set(name, count);
}
