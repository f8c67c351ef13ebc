// Legal holds that people place and lift, as the ledger tells them, and which items fall under them.
import type {Statement as Prepared} from 'better-sqlite3';
import {type Body, parseBody} from './entry';
import type {Hold, Intent} from './ledger';

/** What decides whether an item falls under a hold. */
export type HoldFacts = Pick<Intent, 'owner' | 'date' | 'conversation'>;

/** Names of the holds that an item falls under, oldest first. */
export function holdsOn(facts: HoldFacts, holds: readonly Hold[]): readonly string[] {
  return holds.filter((hold) => isUnder(facts, hold)).map(({name}) => name);
}

/** What the ledger does not know of an item may be so: too much is held rather than too little. */
function isUnder({owner, date, conversation}: HoldFacts, {users, conversations, from, until}: Hold): boolean {
  const isOfFirstRelease = date === undefined; // which told neither owner nor date
  const isOwnerUnknown = owner === unknownOwner || (owner === undefined && isOfFirstRelease);
  const dateMs = date === undefined ? 0 : Date.parse(date);
  const isDateUnknown = dateMs === 0;
  return (
    (users.length === 0 || isOwnerUnknown || (owner !== undefined && users.includes(owner))) &&
    (conversations.length === 0 || (conversation !== undefined && conversations.includes(conversation.id))) &&
    (from === undefined || isDateUnknown || dateMs >= Date.parse(from)) &&
    (until === undefined || isDateUnknown || dateMs < Date.parse(until))
  );
}

/** Of a file whose row never came. */
const unknownOwner = 'unknown';

export interface HoldRow {
  readonly seq: number;
  readonly at: string;
  readonly body: string;
}

export function toHold({seq, at, body}: HoldRow): Hold {
  const {name, reason, users, addresses = [], conversations, from, until} = parseBody(seq, 'hold_added', body);
  const dates = {from: from ?? undefined, until: until ?? undefined};
  return {name, reason, users, addresses, conversations, ...dates, entry: seq, at};
}

/**
 * The holds with everybody who has come to be known by an address of theirs: whoever leaves may come back under another id.
 * @param peopleBehind reads the entries of people behind the given one, in their order
 */
export function withPeople(
  holds: readonly Hold[],
  peopleBehind: (entry: number) => readonly HoldRow[]
): readonly Hold[] {
  const named = holds.filter(({addresses}) => addresses.length > 0);
  if (named.length === 0) return holds;
  const people = peopleBehind(Math.min(...named.map(({entry}) => entry)));
  const said = people.map(({seq, body}) => ({seq, ...parseBody(seq, 'people', body)}));
  return holds.map((hold) => {
    const later = said.filter(({seq}) => seq > hold.entry).flatMap((each) => peopleUnder(hold, each));
    return later.length === 0 ? hold : {...hold, users: [...new Set([...hold.users, ...later])].sort()};
  });
}

/** Ids of those who are known by an address of the hold. */
export function peopleUnder({addresses}: Pick<Hold, 'addresses'>, {people}: Body<'people'>): readonly string[] {
  if (addresses.length === 0) return [];
  return people.flatMap(({id, email}) => (email !== null && addresses.includes(email.toLowerCase()) ? id : []));
}

export function toHoldBody({
  name,
  reason,
  users,
  addresses,
  conversations,
  from,
  until,
}: Omit<Hold, 'entry' | 'at'>): Body<'hold_added'> {
  return {
    name,
    reason,
    users: [...users],
    ...(addresses.length === 0 ? {} : {addresses: [...addresses]}),
    conversations: [...conversations],
    from: from ?? null,
    until: until ?? null,
  };
}

/** Of a ledger in SQLite; where its projections are folded anew, of those. */
export function holdsIn(db: {prepare: (sql: string) => Prepared}): readonly Hold[] {
  // An earlier connector made ledgers without the table, and could not write of holds.
  const found = db
    .prepare(
      `SELECT 1 FROM sqlite_schema WHERE name = 'holds' UNION ALL SELECT 1 FROM sqlite_temp_schema WHERE name = 'holds'`
    )
    .get();
  if (found === undefined) return [];
  const rows = db
    .prepare('SELECT e.seq, e.at, e.body FROM holds h JOIN entries e ON e.seq = h.entry ORDER BY e.seq')
    .all() as HoldRow[];
  const people = "SELECT seq, at, body FROM entries WHERE kind = 'people' AND seq > ? ORDER BY seq";
  return withPeople(rows.map(toHold), (entry) => db.prepare(people).all(entry) as HoldRow[]);
}
