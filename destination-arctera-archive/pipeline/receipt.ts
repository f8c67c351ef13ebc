// Follows one record from its arrival to its outcome, and counts both.
import type {StreamDescriptor} from '../../airbyte/protocol';
import type {Outcome} from '../ledger/ledger';
import type {Counts, Tally} from '../report/tally';
import type {Epoch, StateGate} from './state-gate';

/** Held by whatever waits to give the record an outcome. */
export interface Receipt {
  readonly epoch: Epoch;
  /** Counts of the user whose record it is. */
  readonly user: Counts;
  /** Counts of the day of a message. */
  readonly day?: Counts;
}

export class Receipts {
  constructor(
    private readonly gate: StateGate,
    private readonly tally: Tally
  ) {}

  /** @param timestamp of a message; undefined for any other record */
  arrive(
    stream: StreamDescriptor,
    data: Readonly<Record<string, unknown>>,
    userId: string | undefined,
    timestamp?: string
  ): Receipt {
    const user = this.tally.collected(stream.name, userId);
    const epoch = this.gate.arrive(stream, data);
    return timestamp === undefined ? {epoch, user} : {epoch, user, day: this.tally.ofDay(timestamp)};
  }

  /** To be called once for each record, and only when the outcome is durable. */
  settle(receipt: Receipt, outcome: Outcome): void {
    this.tally.settled(receipt.epoch.stream, receipt.user, outcome, receipt.day);
    this.gate.settle(receipt.epoch, outcome);
  }

  settleAll(receipts: readonly Receipt[], outcome: Outcome): void {
    for (const receipt of receipts) this.settle(receipt, outcome);
  }
}
