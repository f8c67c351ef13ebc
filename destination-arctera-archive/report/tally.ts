// Counts what came in and what became of it, by stream.
import type {Outcome} from '../ledger/ledger';
import type {FileOutcome} from '../../contract/files';
import type {ItemKind} from '../render/item';

export const outcomes: readonly Outcome[] = ['delivered', 'duplicate', 'excluded', 'set_aside', 'context'];

export type StreamTally = {collected: number} & Record<Outcome, number>;

/** More are not named: a report stays readable, and memory bounded. */
const maxUnmapped = 10_000;

export class Tally {
  readonly streams = new Map<string, StreamTally>();
  readonly files = new Map<FileOutcome, number>();
  readonly items = new Map<ItemKind, number>();
  readonly ignored = new Map<string, number>();
  /** Records that the policy excluded or set aside, by the rule that did. */
  readonly leftOutBy = new Map<string, number>();
  /** Ids of people of whom nothing says who they are. */
  readonly unmappedPeople = new Set<string>();

  collected(stream: string): void {
    this.of(stream).collected += 1;
  }

  settled(stream: string, outcome: Outcome): void {
    this.of(stream)[outcome] += 1;
  }

  delivered(kind: ItemKind): void {
    this.items.set(kind, (this.items.get(kind) ?? 0) + 1);
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

  private of(stream: string): StreamTally {
    let tally = this.streams.get(stream);
    if (tally === undefined) {
      tally = {collected: 0, delivered: 0, duplicate: 0, excluded: 0, set_aside: 0, context: 0};
      this.streams.set(stream, tally);
    }
    return tally;
  }
}

/** Records of the stream that have no outcome yet. */
export function unsettled(tally: StreamTally): number {
  return outcomes.reduce((left, outcome) => left - tally[outcome], tally.collected);
}
