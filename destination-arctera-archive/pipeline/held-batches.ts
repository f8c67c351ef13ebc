// Holds records of streams that have no form of their own until they fill an item.
import type {Original} from '../render/item';
import type {Receipt} from './receipt';

export interface HeldRecord {
  readonly original: Original;
  readonly receipt: Receipt;
  readonly repeats: Receipt[];
}

const maxRecords = 1000;
const maxBytes = 8 * 1024 * 1024;

export class HeldBatch {
  readonly records = new Map<string, HeldRecord>();
  bytes = 0;

  /** @param isLog the originals are log lines */
  constructor(
    readonly stream: string,
    readonly isLog: boolean
  ) {}

  add(record: HeldRecord): void {
    this.records.set(record.original.recordId, record);
    this.bytes += record.original.text.length + 300;
  }

  /** Whether the batch has the size of an item. */
  get isFull(): boolean {
    return this.records.size >= maxRecords || this.bytes >= maxBytes;
  }
}
