// What a ledger keeps of runs as a whole, and how everything in it is read back: the part that reports and proofs need.
import type {EntryKind, Statement} from './entry';
import type {Ledger} from './ledger';

export type Note = Extract<Statement, {kind: RunKind | HoldKind}>;

type RunKind = 'run_started' | 'run_report' | 'run_ended' | 'manifest' | 'states_released';

type HoldKind = 'hold_added' | 'hold_released' | 'holds_applied';

/** An entry as it is read back. */
export type LedgerEntry = {readonly seq: number; readonly at: string; readonly hash: string} & Statement;

/** Entries of these kinds behind the one with the given number, oldest first. */
export type ReadEntries = (kinds: readonly EntryKind[], after?: number) => AsyncIterable<LedgerEntry>;

export interface EvidenceLedger extends Ledger {
  /** Appends what concerns no single record: the beginning and the end of a run, its manifest and states, a hold. */
  note(statement: Note): Promise<void>;
  readonly entries: ReadEntries;
  /** The last entry that is known to be committed, where the ledger is elsewhere and may be away. */
  readonly head?: Pick<LedgerEntry, 'seq' | 'hash'>;
}
