// Where the JSON of rows is put together: side by side in a block that is used again, or in parts when it is large.
import type {JsonBytes, JsonText} from '../../airbyte/json-text';
import {copyInto, type JsonMembers} from '../../core/json-members';

export interface RowOutput {
  text(text: string): void;
  copy(bytes: Buffer, start: number, end: number): void;
  /** The line that was read last, as the content of a JSON string. */
  escapeLine(bytes: Buffer, start: number, end: number): void;
}

const blockBytes = 256 * 1024;
/** Longer lines are not copied into the block. */
const maxLineBytes = 16 * 1024;
/** Besides what comes of the line itself. */
const maxRowOverhead = 4 * 1024;
/** The escaped line takes at most twice its bytes, and the members that are copied once more as many. */
const maxRowBytes = 3 * maxLineBytes + maxRowOverhead;

/** Its rows are valid until it is cleared. */
export class RowBlock implements RowOutput {
  private readonly bytes = Buffer.allocUnsafeSlow(blockBytes);
  private filled = 0;
  private rowStart = 0;

  constructor(private readonly members: JsonMembers) {}

  /** Whether a row of a line of the length always has room in an empty block. */
  static fits(lineBytes: number): boolean {
    return lineBytes <= maxLineBytes;
  }

  /** Whether one more row might not find room. */
  get isFull(): boolean {
    return this.filled + maxRowBytes > blockBytes;
  }

  clear(): void {
    this.filled = 0;
    this.rowStart = 0;
  }

  text(text: string): void {
    this.filled += this.bytes.write(text, this.filled);
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.filled = copyInto(bytes, start, end, this.bytes, this.filled);
  }

  escapeLine(bytes: Buffer, start: number, end: number): void {
    this.filled = this.members.escapeInto(bytes, start, end, this.bytes, this.filled);
  }

  /** What was written since the last row. */
  endRow(): JsonText {
    const {bytes, filled, rowStart} = this;
    this.rowStart = filled;
    return [{bytes, start: rowStart, end: filled, isQuoted: false}];
  }
}

/** Copies nothing: the bytes stay where they are until they are written. */
export class RowParts implements RowOutput {
  readonly json: (string | JsonBytes)[] = [];

  text(text: string): void {
    this.json.push(text);
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.json.push({bytes, start, end, isQuoted: false});
  }

  escapeLine(bytes: Buffer, start: number, end: number): void {
    this.json.push({bytes, start, end, isQuoted: true});
  }
}
