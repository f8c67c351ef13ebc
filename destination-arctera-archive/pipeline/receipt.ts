// Follows one record from its arrival to its outcome, and counts both.
import type {StreamDescriptor} from '../../airbyte/protocol';
import type {Outcome} from '../ledger/ledger';
import type {Tally} from '../report/tally';
import type {Epoch, StateGate} from './state-gate';

/** Held by whatever waits to give the record an outcome. */
export interface Receipt {
  readonly epoch: Epoch;
}

export class Receipts {
  constructor(
    private readonly gate: StateGate,
    private readonly tally: Tally
  ) {}

  arrive(stream: StreamDescriptor, data: Readonly<Record<string, unknown>>): Receipt {
    this.tally.collected(stream.name);
    return {epoch: this.gate.arrive(stream, data)};
  }

  /** To be called once for each record, and only when the outcome is durable. */
  settle(receipt: Receipt, outcome: Outcome): void {
    this.tally.settled(receipt.epoch.stream, outcome);
    this.gate.settle(receipt.epoch, outcome);
  }

  settleAll(receipts: readonly Receipt[], outcome: Outcome): void {
    for (const receipt of receipts) this.settle(receipt, outcome);
  }
}
