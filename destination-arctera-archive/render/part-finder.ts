// Finds one attachment in the bytes of an item as they pass, without holding the item.
import {Base64Bytes} from './base64-bytes';

/** More than the head of any part that was rendered here. */
const maxHeadBytes = 64 * 1024;

export class PartFinder {
  /** Decoded bytes of the attachment, once it has passed. */
  content: Buffer | undefined;
  private looksFor: 'delimiter' | 'head' | 'end of the part' = 'delimiter';
  private pending: Buffer = Buffer.alloc(0);
  private readonly delimiter: Buffer;
  private readonly base64 = new Base64Bytes();

  /**
   * @param boundary of the multipart that holds the attachment; it occurs in no part
   * @param name file name in plain ASCII
   */
  constructor(
    boundary: string,
    private readonly name: string,
    /** Takes the decoded bytes as they pass; without it they are held in `content`. */
    private readonly onBytes?: (bytes: Buffer) => void
  ) {
    this.delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  push(bytes: Buffer): void {
    if (this.content !== undefined) return;
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    while (this.step());
  }

  /** @returns whether there may be more to find in what has come */
  private step(): boolean {
    if (this.looksFor === 'head') {
      const end = this.pending.indexOf('\r\n\r\n');
      if (end === -1) {
        if (this.pending.length > maxHeadBytes) this.looksFor = 'delimiter';
        return false;
      }
      const lines = this.pending.toString('latin1', 0, end).split('\r\n');
      this.looksFor = lines.includes(` filename=${this.name}`) ? 'end of the part' : 'delimiter';
      this.pending = this.pending.subarray(end + 2); // the line break belongs to the delimiter of an empty part
      return true;
    }
    const at = this.pending.indexOf(this.delimiter);
    if (at === -1) {
      const passed = Math.max(0, this.pending.length - this.delimiter.length + 1); // it may have come in part
      if (this.looksFor === 'end of the part') {
        if (this.onBytes === undefined) return false;
        this.onBytes(this.base64.push(this.pending.toString('latin1', 0, passed)));
      }
      this.pending = this.pending.subarray(passed);
      return false;
    }
    if (this.looksFor === 'end of the part') {
      const bytes = this.base64.push(this.pending.toString('latin1', 0, at));
      this.onBytes?.(bytes);
      this.content = this.onBytes === undefined ? bytes : Buffer.alloc(0);
      return false;
    }
    this.pending = this.pending.subarray(at + this.delimiter.length);
    this.looksFor = 'head';
    return true;
  }
}
