// Puts the holds of the ledger on what is there, and takes off those that were released: the entry comes first.
import {deliveredItems} from '../ledger/delivered-items';
import type {EvidenceLedger} from '../ledger/evidence';
import {holdsOn, peopleUnder, toHold} from '../ledger/holds';
import type {Hold} from '../ledger/ledger';
import {placeIn} from '../ledger/intent-place';
import type {Intent} from '../ledger/ledger';
import {findStillSetAside} from '../ledger/still-set-aside';
import type {Target} from '../targets/target';
import type {WorkspaceStores} from './workspace';

export interface HoldsApplied {
  /** Items that are held now. */
  readonly held: number;
  /** Items that no hold keeps any more. */
  readonly lifted: number;
  /** Items under a hold that lie in no target which can hold. */
  readonly unheld: number;
  /** Names of targets that have items under a hold and cannot hold. */
  readonly cannot: readonly string[];
}

type Stores = Pick<WorkspaceStores, 'ledger' | 'targets'>;

const atOnce = 8;

/** Whether an entry about a hold has not been carried out to its end. */
export async function arePending(ledger: EvidenceLedger): Promise<boolean> {
  const {last, applied} = await readLatest(ledger);
  return last > applied;
}

/**
 * Repeating it changes nothing; what cut it off, the next run does again. While intents are open it is not over: a
 * target that is down may have their items.
 */
export async function applyHolds({ledger, targets}: Stores): Promise<HoldsApplied> {
  const {last, applied, released, known} = await readLatest(ledger);
  const holds = ledger.holds();
  const {refusals} = await findStillSetAside(ledger);
  const refused = new Set(refusals.map(({itemId, target}) => keyOf(itemId, target)));
  const counts = {held: 0, lifted: 0, unheld: 0};
  const cannot = new Set<string>();
  const work = async (items: AsyncGenerator<Intent>): Promise<void> => {
    // A generator answers its readers one after the other: each takes the next item.
    for (let next = await items.next(); next.done !== true; next = await items.next()) {
      const intent = next.value;
      const names = holdsOn(intent, holds);
      if (names.length === 0 && holdsOn(intent, released).length === 0) continue;
      let isDone = false;
      for (const name of intent.targets) {
        const target = targets.get(name);
        if (target?.holds === undefined) {
          if (names.length > 0) cannot.add(name);
        } else if (!refused.has(keyOf(intent.itemId, name)))
          isDone = (await hold(intent, name, target, {names, known})) || isDone;
      }
      if (names.length === 0) counts.lifted += 1;
      else if (isDone) counts.held += 1;
      else counts.unheld += 1;
    }
  };
  const items = deliveredItems(ledger.entries);
  await Promise.all(Array.from({length: atOnce}, () => work(items)));
  if (last > applied && ledger.openIntents().length === 0) {
    await ledger.note({kind: 'holds_applied', body: {up_to: last, held: counts.held, lifted: counts.lifted}});
  }
  return {...counts, cannot: [...cannot].sort()};
}

/** @returns whether something lies there */
async function hold(
  intent: Intent,
  name: string,
  target: Target,
  {names, known}: {readonly names: readonly string[]; readonly known: ReadonlySet<string>}
): Promise<boolean> {
  const {holds} = target;
  if (holds === undefined) return false;
  const byPolicy = holds.placesPolicyHold ? [intent.decision?.legalHold ?? []].flat() : [];
  const {address, copies} = placeIn(intent, name);
  let isThere = true;
  for (const each of [...copies.map((copy) => copy.address), address]) {
    isThere = (await holds.set(each, [...names, ...byPolicy], known)) && isThere;
  }
  return isThere;
}

interface Latest {
  readonly last: number;
  readonly applied: number;
  readonly released: readonly Hold[];
  /** Names of all holds that there ever were. */
  readonly known: ReadonlySet<string>;
}

async function readLatest(ledger: EvidenceLedger): Promise<Latest> {
  const known = new Set<string>();
  const active = new Map<string, Hold>();
  let released: (Hold & {readonly endedBy: number})[] = [];
  let [last, applied] = [0, 0];
  for await (const {seq, at, kind, body} of ledger.entries([
    'hold_added',
    'hold_released',
    'holds_applied',
    'people',
  ])) {
    if (kind === 'people') {
      // Whoever has come back under another id falls under the holds that name the address.
      for (const hold of active.values()) {
        const later = peopleUnder(hold, body).filter((id) => !hold.users.includes(id));
        if (later.length === 0) continue;
        active.set(hold.name, {...hold, users: [...hold.users, ...later]});
        last = seq;
      }
      continue;
    }
    if (kind === 'hold_added') {
      known.add(body.name);
      active.set(body.name, toHold({seq, at, body: JSON.stringify(body)}));
    }
    if (kind === 'hold_released') {
      const hold = active.get(body.name);
      if (hold !== undefined) released.push({...hold, endedBy: seq});
      active.delete(body.name);
    }
    if (kind === 'holds_applied') {
      applied = body.up_to;
      released = released.filter(({endedBy}) => endedBy > body.up_to);
    } else last = seq;
  }
  return {last, applied, released, known};
}

function keyOf(itemId: string, target: string): string {
  return JSON.stringify([itemId, target]);
}
