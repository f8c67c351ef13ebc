// Counts what came in and what became of it, by stream and by user.
import {toSortableTime} from '../../core/micros';
import type {Outcome} from '../ledger/ledger';
import type {FileOutcome} from '../../contract/files';
import type {ItemKind} from '../render/item';

export const outcomes: readonly Outcome[] = ['delivered', 'duplicate', 'excluded', 'set_aside', 'context'];

export type Counts = {collected: number} & Record<Outcome, number>;

export interface TargetCounts {
  delivered: number;
  set_aside: number;
}

/** Users beyond these are counted together: their number is not ours to bound. */
const maxUsers = 5000;
const maxIdLength = 200;
const maxDays = 5000;
const nobody = '(no user)';
const noDay = '(no day)';
const others = '(others)';

/** More are not named: a report stays readable, and memory bounded. */
const maxUnmapped = 10_000;

export class Tally {
  readonly streams = new Map<string, Counts>();
  readonly users = new Map<string, Counts>();
  /** Of messages, by the day of their event in UTC. */
  readonly days = new Map<string, Counts>();
  /** Timestamp of the newest event, as it came. */
  newest: string | undefined;
  /** The same in a form that sorts. */
  private newestTime = '';
  readonly files = new Map<FileOutcome, number>();
  readonly items = new Map<ItemKind, number>();
  readonly ignored = new Map<string, number>();
  /** Items by target: those that it took, and those that it refused while others may have taken them. */
  readonly targets = new Map<string, TargetCounts>();
  /** Records that the policy excluded or set aside, by the rule that did. */
  readonly leftOutBy = new Map<string, number>();
  /** Ids of people of whom nothing says who they are. */
  readonly unmappedPeople = new Set<string>();

  /** @returns the counts of the user, for when the record has its outcome */
  collected(stream: string, userId: string | undefined): Counts {
    const user = this.ofUser(userId);
    of(this.streams, stream).collected += 1;
    user.collected += 1;
    return user;
  }

  /** Counts a message. @returns the counts of its day */
  ofDay(timestamp: string): Counts {
    const time = toSortableTime(timestamp);
    if (time !== undefined && time > this.newestTime) [this.newest, this.newestTime] = [timestamp, time];
    const day = time?.slice(0, 10) ?? noDay;
    const counts = of(this.days, this.days.has(day) || this.days.size < maxDays ? day : others);
    counts.collected += 1;
    return counts;
  }

  settled(stream: string, user: Counts, outcome: Outcome, day?: Counts): void {
    of(this.streams, stream)[outcome] += 1;
    user[outcome] += 1;
    if (day !== undefined) day[outcome] += 1;
  }

  delivered(kind: ItemKind): void {
    this.items.set(kind, (this.items.get(kind) ?? 0) + 1);
  }

  target(name: string, isDelivered: boolean): void {
    const counts = this.targets.get(name) ?? {delivered: 0, set_aside: 0};
    counts[isDelivered ? 'delivered' : 'set_aside'] += 1;
    this.targets.set(name, counts);
  }

  file(outcome: FileOutcome): void {
    this.files.set(outcome, (this.files.get(outcome) ?? 0) + 1);
  }

  leftOut(rule: string, records: number): void {
    this.leftOutBy.set(rule, (this.leftOutBy.get(rule) ?? 0) + records);
  }

  unmapped(userId: string): void {
    if (this.unmappedPeople.size < maxUnmapped) this.unmappedPeople.add(userId);
  }

  ignore(reason: string): void {
    this.ignored.set(reason, (this.ignored.get(reason) ?? 0) + 1);
  }

  private ofUser(userId: string | undefined): Counts {
    if (userId === undefined) return of(this.users, nobody);
    const isListed = this.users.has(userId) || (this.users.size < maxUsers && userId.length <= maxIdLength);
    return of(this.users, isListed ? userId : others);
  }
}

/** Records that have no outcome yet. */
export function unsettled(counts: Counts): number {
  return outcomes.reduce((left, outcome) => left - counts[outcome], counts.collected);
}

function of(all: Map<string, Counts>, name: string): Counts {
  let counts = all.get(name);
  if (counts === undefined) {
    counts = {collected: 0, delivered: 0, duplicate: 0, excluded: 0, set_aside: 0, context: 0};
    all.set(name, counts);
  }
  return counts;
}
