// Base64 in lines of 76 characters, encoded piece by piece: the output does not depend on how the input was cut.

const lineBytes = 57;
const lineChars = 76;

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1');
/** The two characters of each twelve bits as they lie in memory: two at a time is much faster than one. */
const pairs = new Uint16Array(4096);
new Uint8Array(pairs.buffer).set(
  Array.from({length: 4096}, (_, bits) => [alphabet[bits >> 6] ?? 0, alphabet[bits & 63] ?? 0]).flat()
);
const [lineEnd = 0] = new Uint16Array(Uint8Array.of(0x0d, 0x0a).buffer);

export class Base64Lines {
  private rest = Buffer.alloc(0);

  /** Whole lines, each ended by CRLF; what does not fill a line waits. */
  push(bytes: Buffer): Buffer {
    const input = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const whole = input.length - (input.length % lineBytes);
    this.rest = Buffer.from(input.subarray(whole));
    return wholeLines(input, whole / lineBytes);
  }

  /** The last, shorter line, if there is one. */
  end(): Buffer {
    const last = this.rest;
    this.rest = Buffer.alloc(0);
    return Buffer.from(last.length === 0 ? '' : `${last.toString('base64')}\r\n`, 'latin1');
  }
}

function wholeLines(input: Buffer, lines: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(lines * (lineChars + 2)); // has a memory of its own, so it begins at an even address
  const output = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  let to = 0;
  let from = 0;
  for (let line = 0; line < lines; line++) {
    for (const end = from + lineBytes; from < end; from += 3) {
      const bits = ((input[from] ?? 0) << 16) | ((input[from + 1] ?? 0) << 8) | (input[from + 2] ?? 0);
      output[to++] = pairs[bits >> 12] ?? 0;
      output[to++] = pairs[bits & 4095] ?? 0;
    }
    output[to++] = lineEnd;
  }
  return bytes;
}
