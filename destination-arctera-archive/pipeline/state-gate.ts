// Holds each STATE until every earlier record of its stream has a durable outcome, then lets it go, in order.
import type {InputState} from '../../airbyte/destination-input';
import type {StateMessage, StreamDescriptor} from '../../airbyte/protocol';
import {withMember} from '../../airbyte/raw-members';
import {IntegrityError} from '../../core/errors';
import type {StateLineage} from '../../contract/state-lineage';
import type {EvidenceLedger} from '../ledger/evidence';
import type {Outcome} from '../ledger/ledger';
import {toStreamKey} from './stream-role';

/** The records of one stream between two of its states. */
export interface Epoch {
  readonly stream: string;
  received: number;
  waiting: number;
  setAside: number;
}

/** Where a state stands in its lineage, and the ledger that has the outcomes of what it covers. */
export interface Following {
  readonly ledger: EvidenceLedger;
  readonly lineage: StateLineage;
}

/** What may be told to the platform now. */
export interface FreeState {
  readonly message: StateMessage;
  readonly following?: Following | undefined;
}

interface HeldState {
  readonly epoch: Epoch;
  readonly message: StateMessage;
  readonly following: Following | undefined;
  readonly heldSinceMs: number;
}

/** Of a cache it is all that was ever read, and not what is new. */
export type Brings = 'nothing' | 'records' | 'cache';

interface Lane {
  open: Epoch;
  readonly held: HeldState[];
  /** What came of the stream so far. Rows of a replayed cache carry counts that belong to another run. */
  brings: Brings;
}

export class StateGate {
  private readonly lanes = new Map<string, Lane>();
  /** States that belong to no one stream wait for all records before them. */
  private readonly unattached: {
    readonly message: StateMessage;
    readonly epochs: readonly Epoch[];
    readonly heldSinceMs: number;
  }[] = [];
  private textBytes = 0;
  private onFreed: (() => void) | undefined;

  constructor(private readonly nowMs: () => number) {}

  /** Announces a record; its epoch is settled when the record has a durable outcome. */
  arrive(stream: StreamDescriptor, data: Readonly<Record<string, unknown>>): Epoch {
    const lane = this.laneOf(stream);
    lane.open.received += 1;
    lane.open.waiting += 1;
    if (lane.open.received === 1) {
      lane.brings = Object.keys(data).some((key) => key.startsWith('_airbyte_')) ? 'cache' : 'records';
    }
    return lane.open;
  }

  settle(epoch: Epoch, outcome: Outcome, count = 1): void {
    epoch.waiting -= count;
    if (outcome === 'set_aside') epoch.setAside += count;
    if (epoch.waiting === 0) this.onFreed?.();
  }

  /** Resolves when records have their outcomes that a state may have waited for. One may wait at a time. */
  freed(): Promise<void> {
    return new Promise((resolve) => (this.onFreed = resolve));
  }

  /** Throws IntegrityError when the source sent more records than came. */
  hold(state: InputState, following?: Following): void {
    const heldSinceMs = this.nowMs();
    if (state.stream === undefined) {
      this.textBytes += state.message.text.length;
      const epochs = [...this.lanes.values()].flatMap((lane) => [...lane.held.map((held) => held.epoch), lane.open]);
      this.unattached.push({message: state.message, epochs, heldSinceMs});
      return;
    }
    const lane = this.laneOf(state.stream);
    const epoch = lane.open;
    if (state.sourceRecordCount !== undefined && epoch.received < state.sourceRecordCount && lane.brings !== 'cache') {
      throw new IntegrityError(
        'records_missing',
        `A state of stream ${state.stream.name} covers ${state.sourceRecordCount} records, but ${epoch.received} came.`
      );
    }
    this.textBytes += state.message.text.length;
    lane.held.push({epoch, following, message: state.message, heldSinceMs});
    lane.open = newEpoch(state.stream.name);
  }

  /** States that may be told to the platform now. */
  release(): FreeState[] {
    const released: FreeState[] = [];
    for (const lane of this.lanes.values()) {
      for (let head = lane.held[0]; head?.epoch.waiting === 0; head = lane.held[0]) {
        lane.held.shift();
        this.textBytes -= head.message.text.length;
        released.push({message: withStats(head.message, head.epoch), following: head.following});
      }
    }
    for (
      let head = this.unattached[0];
      head?.epochs.every((epoch) => epoch.waiting === 0) === true;
      head = this.unattached[0]
    ) {
      this.unattached.shift();
      this.textBytes -= head.message.text.length;
      released.push({message: head.message});
    }
    return released;
  }

  brings(stream: StreamDescriptor): Brings {
    return this.lanes.get(toStreamKey(stream))?.brings ?? 'nothing';
  }

  /** What the states take that wait. */
  get heldBytes(): number {
    return this.textBytes;
  }

  get heldCount(): number {
    return this.unattached.length + [...this.lanes.values()].reduce((sum, lane) => sum + lane.held.length, 0);
  }

  /** When the state that waits longest came in, in Unix milliseconds. */
  oldestHeldMs(): number | undefined {
    const since = [...this.lanes.values()].flatMap((lane) => lane.held.slice(0, 1));
    return [...since, ...this.unattached.slice(0, 1)].reduce<number | undefined>(
      (oldest, {heldSinceMs}) => (oldest === undefined || heldSinceMs < oldest ? heldSinceMs : oldest),
      undefined
    );
  }

  private laneOf(stream: StreamDescriptor): Lane {
    const key = toStreamKey(stream);
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = {open: newEpoch(stream.name), held: [], brings: 'nothing'};
      this.lanes.set(key, lane);
    }
    return lane;
  }
}

function newEpoch(stream: string): Epoch {
  return {stream, received: 0, waiting: 0, setAside: 0};
}

/** The state as received, unknown fields included, with our counts added. */
function withStats(message: StateMessage, epoch: Epoch): StateMessage {
  const destinationStats = {recordCount: epoch.received - epoch.setAside, rejectedRecordCount: epoch.setAside};
  return {type: 'STATE', text: withMember(message.text, 'destinationStats', JSON.stringify(destinationStats))};
}
