// Text as quoted-printable lines: byte for byte what nodemailer's encoder and wrapper give, in two passes over bytes.

const maxLine = 76;
/** A line may be cut this far before its end, behind a space or a stop. */
const margin = 25;
/** No soft-broken line is shorter: so much output a byte of input at most. */
const leastLine = 28;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const equals = 0x3d;
const hexDigits = Buffer.from('0123456789ABCDEF', 'latin1');
/** What becomes of a byte: 0 it stays, 1 it stays unless a line ends behind it, 2 it is written as a sequence. */
const kinds = Uint8Array.from({length: 256}, (_, byte) => {
  if (byte === space || byte === tab) return 1;
  const stays = byte === lineFeed || byte === carriageReturn || (byte > space && byte <= 0x7e && byte !== equals);
  return stays ? 0 : 2;
});
const mayEndLine = Uint8Array.from({length: 256}, (_, byte) => (' \t.,!?'.includes(String.fromCharCode(byte)) ? 1 : 0));

/** @param text its lines end in CRLF */
export function toQuotedPrintable(text: string): Buffer {
  return wrap(encode(Buffer.from(text)));
}

function encode(bytes: Buffer): Buffer {
  const output = Buffer.allocUnsafe(bytes.length * 3);
  let to = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const kind = kinds[byte];
    if (kind === 0 || (kind === 1 && !endsLine(bytes[at + 1]))) {
      output[to++] = byte;
      continue;
    }
    output[to++] = equals;
    output[to++] = hexDigits[byte >> 4] ?? 0;
    output[to++] = hexDigits[byte & 15] ?? 0;
  }
  return output.subarray(0, to);
}

function endsLine(following: number | undefined): boolean {
  return following === undefined || following === lineFeed || following === carriageReturn;
}

function wrap(encoded: Buffer): Buffer {
  if (encoded.length <= maxLine) return encoded;
  const output = Buffer.allocUnsafe(encoded.length + 3 * (Math.ceil(encoded.length / leastLine) + 1));
  let to = 0;
  for (let from = 0; from < encoded.length;) {
    const end = lineEnd(encoded, from);
    for (let at = from; at < end; at++) output[to++] = encoded[at] ?? 0;
    from = end;
    if (end === encoded.length || encoded[end - 1] === lineFeed) continue;
    output[to++] = equals;
    output[to++] = carriageReturn;
    output[to++] = lineFeed;
  }
  return output.subarray(0, to);
}

/** Where the line that begins at `from` ends: behind its own line break, or where it is to be broken softly. */
function lineEnd(encoded: Buffer, from: number): number {
  const most = Math.min(from + maxLine, encoded.length);
  for (let at = from; at < most; at++) {
    if (encoded[at] === lineFeed) return at + 1;
  }
  let end = behindStop(encoded, from, most) ?? beforeSequence(encoded, from, most);
  if (end === from) end = most;
  if (end === encoded.length || end - from < maxLine) return end;
  return end - (isSequence(encoded, end - 3) ? 3 : 1); // room for the `=` of the soft break
}

function behindStop(encoded: Buffer, from: number, most: number): number | undefined {
  if (most - from <= maxLine - margin) return undefined;
  for (let at = most - 1; at >= most - margin; at--) {
    if (mayEndLine[encoded[at] ?? 0] === 1) return at + 1;
  }
  return undefined;
}

/** Before a sequence that the end of the line cuts, or before the whole character such sequences spell. */
function beforeSequence(encoded: Buffer, from: number, most: number): number {
  let end = most;
  if (encoded[end - 1] === equals) end -= 1;
  else if (encoded[end - 2] === equals) end -= 2;
  while (
    end - from > 3 &&
    end < encoded.length &&
    isSequence(encoded, end - 3) &&
    !isOneCharacter(encoded, from, end)
  ) {
    const byte = Number.parseInt(encoded.toString('latin1', end - 2, end), 16);
    if (byte < 0x80) break;
    end -= 3;
    if (byte >= 0xc0) break;
  }
  return end;
}

function isSequence(encoded: Buffer, at: number): boolean {
  return encoded[at] === equals;
}

/** Whether the line is nothing but one to four sequences. */
function isOneCharacter(encoded: Buffer, from: number, end: number): boolean {
  const length = end - from;
  if (length % 3 !== 0 || length > 12) return false;
  for (let at = from; at < end; at += 3) if (!isSequence(encoded, at)) return false;
  return true;
}
