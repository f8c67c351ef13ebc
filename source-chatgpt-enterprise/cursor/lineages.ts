// Numbers the states of each stream, across reads: what a read goes on from is told to whoever keeps the records.
import * as z from 'zod';
import {type StateLineage, stateLineage} from '../../contract/state-lineage';

const savedState = z.object({lineage: stateLineage});

export class Lineages {
  private readonly lineages = new Map<string, StateLineage>();
  /** Streams with records that no state covers yet. */
  private readonly uncovered = new Set<string>();
  /** Streams of which a state of this read covers records. */
  private readonly covered = new Set<string>();

  /**
   * @param states the saved state of each stream that has states; those of earlier releases, without a lineage, begin one
   */
  constructor(states: ReadonlyMap<string, unknown>, newId: () => string) {
    for (const [stream, state] of states) {
      this.lineages.set(stream, savedState.safeParse(state).data?.lineage ?? {id: newId(), from: 0, to: 0});
    }
  }

  countRecords(stream: string): void {
    this.uncovered.add(stream);
  }

  /** What the next state of the stream is to say beside its cursor; nothing as long as none has covered a record. */
  next(stream: string): {readonly lineage?: StateLineage} {
    const last = this.lineages.get(stream);
    if (last === undefined) return {};
    if (!this.uncovered.delete(stream)) return last.to === 0 ? {} : {lineage: last};
    const from = this.covered.has(stream) ? last.from : last.to;
    const lineage = {...last, from, to: last.to + 1};
    this.covered.add(stream);
    this.lineages.set(stream, lineage);
    return {lineage};
  }
}
