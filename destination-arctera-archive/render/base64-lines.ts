// Base64 in lines of 76 characters, encoded piece by piece: the output does not depend on how the input was cut.

const lineBytes = 57;
const lineChars = 76;

export class Base64Lines {
  private rest = Buffer.alloc(0);

  /** Whole lines, each ended by CRLF; what does not fill a line waits. */
  push(bytes: Buffer): Buffer {
    const input = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const whole = input.length - (input.length % lineBytes);
    this.rest = Buffer.from(input.subarray(whole));
    return toLines(input.subarray(0, whole));
  }

  /** The last, shorter line, if there is one. */
  end(): Buffer {
    const last = this.rest;
    this.rest = Buffer.alloc(0);
    return toLines(last);
  }
}

function toLines(bytes: Buffer): Buffer {
  const encoded = Buffer.from(bytes.toString('base64'), 'latin1');
  const lines = Math.ceil(encoded.length / lineChars);
  const output = Buffer.allocUnsafe(encoded.length + lines * 2);
  let to = 0;
  for (let from = 0; from < encoded.length; from += lineChars) {
    to += encoded.copy(output, to, from, from + lineChars);
    output[to++] = 0x0d;
    output[to++] = 0x0a;
  }
  return output;
}
