// Base64 in lines of 76 characters, encoded piece by piece: the output does not depend on how the input was cut.

export const lineBytes = 57;
const lineChars = 76;
/** With its end. */
const lineLength = lineChars + 2;
/** What its part and the transcript say of an attachment, roughly. */
const headBytes = 1000;
/** Encoded at a time: it stays in the processor's cache, and its text is gone with the next small collection. */
const blockBytes = 512 * lineBytes;

/** Of an attachment of so many bytes, with the head of its part. */
export function toAttachmentBytes(size: number): number {
  return Math.ceil(size / lineBytes) * lineLength + headBytes;
}

const carriageReturnLineFeed = 0x0a0d; // as it lies in memory, the first byte being the low one

export class Base64Lines {
  private rest = Buffer.alloc(0);
  /** Used again for each block: new memory for each would have to be cleared by the system first. */
  private memory = Buffer.alloc(0);
  private view = new DataView(this.memory.buffer);

  /** Whole lines, each ended by CRLF, valid until the next are asked for; what does not fill a line waits. */
  *push(bytes: Buffer): Generator<Buffer> {
    const input = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const whole = input.length - (input.length % lineBytes);
    this.rest = Buffer.from(input.subarray(whole));
    for (let from = 0; from < whole; from += blockBytes) {
      yield this.encode(input, from, Math.min(from + blockBytes, whole));
    }
  }

  /** The last, shorter line, if there is one. */
  end(): Buffer {
    const last = this.rest;
    this.rest = Buffer.alloc(0);
    return Buffer.from(last.length === 0 ? '' : `${last.toString('base64')}\r\n`, 'latin1');
  }

  /**
   * The whole text at the end of the memory, then each line moved forward to its place: nothing is overwritten before
   * it has been moved. Eight characters at a time as a number is the quickest copy there is for so few, and exact:
   * the bits of ASCII characters are never those of a NaN.
   */
  private encode(input: Buffer, start: number, end: number): Buffer {
    const lines = (end - start) / lineBytes;
    const length = lines * lineLength;
    if (this.memory.length < length) {
      this.memory = Buffer.allocUnsafeSlow(length);
      this.view = new DataView(this.memory.buffer);
    }
    const {view} = this;
    let from = 2 * lines;
    this.memory.write(input.toString('base64', start, end), from, 'latin1');
    for (let to = 0; to < length; to += lineLength, from += lineChars) {
      for (let at = 0; at < 72; at += 8) view.setFloat64(to + at, view.getFloat64(from + at, true), true);
      view.setUint32(to + 72, view.getUint32(from + 72, true), true);
      view.setUint16(to + lineChars, carriageReturnLineFeed, true);
    }
    return this.memory.subarray(0, length);
  }
}
