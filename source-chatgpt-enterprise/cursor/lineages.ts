// Numbers the states of each stream, across reads: what a read goes on from is told to whoever keeps the records.
import {z} from 'zod';
import {type StateLineage, stateLineage} from '../../contract/state-lineage';

const savedState = z.object({lineage: stateLineage});

export class Lineages {
  private readonly lineages = new Map<string, StateLineage>();
  /** Streams with records that no state covers yet. */
  private readonly uncovered = new Set<string>();

  /**
   * @param states the saved state of each stream that has states; those of earlier releases, without a lineage, begin one
   */
  constructor(states: ReadonlyMap<string, unknown>, newId: () => string) {
    for (const [stream, state] of states) {
      const {id, to} = savedState.safeParse(state).data?.lineage ?? {id: newId(), to: 0};
      this.lineages.set(stream, {id, from: to, to});
    }
  }

  countRecords(stream: string): void {
    this.uncovered.add(stream);
  }

  /** What the next state of the stream is to say beside its cursor; nothing as long as none has covered a record. */
  next(stream: string): {readonly lineage?: StateLineage} {
    const last = this.lineages.get(stream);
    if (last === undefined) return {};
    const lineage = this.uncovered.delete(stream) ? {...last, to: last.to + 1} : last;
    this.lineages.set(stream, lineage);
    return lineage.to === 0 ? {} : {lineage};
  }
}
