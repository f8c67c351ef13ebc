// Text as quoted-printable lines: byte for byte what nodemailer's encoder and wrapper give, in one pass over the bytes.

const maxLine = 76;
/** A line may be cut this far before its end, behind a space or a stop. */
const margin = 25;
/** More than one line, the byte that does not fit it any more and a soft break take. */
const lineRoom = 128;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const equals = 0x3d;
const hexDigits = Buffer.from('0123456789ABCDEF', 'latin1');
/** What becomes of a byte: 0 it stays, 1 it stays unless a line ends behind it, 2 it is written as a sequence, 3 a line ends. */
const kinds = Uint8Array.from({length: 256}, (_, byte) => {
  if (byte === lineFeed) return 3;
  if (byte === space || byte === tab) return 1;
  return byte === carriageReturn || (byte > space && byte <= 0x7e && byte !== equals) ? 0 : 2;
});
const mayEndLine = Uint8Array.from({length: 256}, (_, byte) => (' \t.,!?'.includes(String.fromCharCode(byte)) ? 1 : 0));

/** Where texts of usual length are encoded: what is used again is nothing to collect. */
const inputRoom = Buffer.allocUnsafeSlow(512 * 1024);
const outputRoom = Buffer.allocUnsafeSlow(768 * 1024);

/** @param text its lines end in LF; those of the result end in CRLF */
export function toQuotedPrintable(text: string): Buffer {
  const bytes = toBytes(text);
  const expected = Math.ceil(bytes.length * 1.3) + lineRoom;
  const encoded = encode(bytes, expected <= outputRoom.length ? outputRoom : Buffer.allocUnsafe(expected));
  return encoded.buffer === outputRoom.buffer ? Buffer.from(encoded) : encoded;
}

function toBytes(text: string): Buffer {
  const most = text.length * 3;
  return most <= inputRoom.length ? inputRoom.subarray(0, inputRoom.write(text)) : Buffer.from(text);
}

/** @param room where the result is written; where it does not suffice, the result has another */
function encode(bytes: Buffer, room: Buffer): Buffer {
  let output = room;
  let from = 0; // of the line in the output
  let to = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    let kind = kinds[byte] ?? 0;
    // What stays as it is, up to where a line would be full: nearly all there is.
    for (const full = Math.min(at + maxLine - (to - from), bytes.length - 1); kind === 0 && at < full;) {
      output[to++] = byte;
      byte = bytes[++at] ?? 0;
      kind = kinds[byte] ?? 0;
    }
    if (kind === 0 || (kind === 1 && !endsLine(bytes[at + 1]))) output[to++] = byte;
    else if (kind === 3) {
      output[to++] = carriageReturn;
      output[to++] = lineFeed;
      if (to - from > maxLine) {
        from = breakLine(output, from, to);
        to += softBreak;
      }
      from = to;
      if (output.length - to < lineRoom) output = grown(output);
      continue;
    } else {
      output[to++] = equals;
      output[to++] = hexDigits[byte >> 4] ?? 0;
      output[to++] = hexDigits[byte & 15] ?? 0;
    }
    if (to - from <= maxLine) continue;
    from = breakLine(output, from, to);
    to += softBreak;
    if (output.length - to < lineRoom) output = grown(output);
  }
  if (to <= maxLine) return output.subarray(0, to);
  // A last line without an end is broken behind its last stop, even where it would fit.
  for (let end = lineEnd(output, from, to); end < to; end = lineEnd(output, from, to)) {
    from = breakAt(output, end, to);
    to += softBreak;
  }
  return output.subarray(0, to);
}

const softBreak = 3;

function endsLine(following: number | undefined): boolean {
  return following === undefined || following === lineFeed || following === carriageReturn;
}

/** @returns where the next line begins */
function breakLine(output: Buffer, from: number, to: number): number {
  return breakAt(output, lineEnd(output, from, to), to);
}

function breakAt(output: Buffer, end: number, to: number): number {
  for (let at = to - 1; at >= end; at--) output[at + softBreak] = output[at] ?? 0; // few bytes: a call would cost more
  output[end] = equals;
  output[end + 1] = carriageReturn;
  output[end + 2] = lineFeed;
  return end + softBreak;
}

function grown(output: Buffer): Buffer {
  const larger = Buffer.allocUnsafe(Math.ceil(output.length * 1.5) + lineRoom);
  output.copy(larger);
  return larger;
}

/** Where the line that begins at `from`, and has no break of its own within its length, is to be broken softly. */
function lineEnd(output: Buffer, from: number, to: number): number {
  const most = Math.min(from + maxLine, to);
  let end = behindStop(output, from, most) ?? beforeSequence(output, from, most, to);
  if (end === from) end = most;
  if (end === to || end - from < maxLine) return end;
  return end - (isSequence(output, end - 3) ? 3 : 1); // room for the `=` of the soft break
}

function behindStop(output: Buffer, from: number, most: number): number | undefined {
  if (most - from <= maxLine - margin) return undefined;
  for (let at = most - 1; at >= most - margin; at--) {
    if (mayEndLine[output[at] ?? 0] === 1) return at + 1;
  }
  return undefined;
}

/** Before a sequence that the end of the line cuts, or before the whole character such sequences spell. */
function beforeSequence(output: Buffer, from: number, most: number, to: number): number {
  let end = most;
  if (output[end - 1] === equals) end -= 1;
  else if (output[end - 2] === equals) end -= 2;
  while (end - from > 3 && end < to && isSequence(output, end - 3) && !isOneCharacter(output, from, end)) {
    const byte = Number.parseInt(output.toString('latin1', end - 2, end), 16);
    if (byte < 0x80) break;
    end -= 3;
    if (byte >= 0xc0) break;
  }
  return end;
}

function isSequence(output: Buffer, at: number): boolean {
  return output[at] === equals;
}

/** Whether the line is nothing but one to four sequences. */
function isOneCharacter(output: Buffer, from: number, end: number): boolean {
  const length = end - from;
  if (length % 3 !== 0 || length > 12) return false;
  for (let at = from; at < end; at += 3) if (!isSequence(output, at)) return false;
  return true;
}
