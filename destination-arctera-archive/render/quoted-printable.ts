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

const stays = 0;
/** Stays unless a line ends behind it. */
const blank = 1;
const ends = 2;
const return_ = 3;
/** Is written as a sequence. */
const coded = 4;
/** What becomes of a byte. */
const kinds = Uint8Array.from({length: 256}, (_, byte) => {
  if (byte === lineFeed) return ends;
  if (byte === carriageReturn) return return_;
  if (byte === space || byte === tab) return blank;
  return byte > space && byte <= 0x7e && byte !== equals ? stays : coded;
});
const mayEndLine = Uint8Array.from({length: 256}, (_, byte) => (' \t.,!?'.includes(String.fromCharCode(byte)) ? 1 : 0));

/** Where texts of usual length are encoded: what is used again is nothing to collect. */
const inputRoom = Buffer.allocUnsafeSlow(512 * 1024);
const outputRoom = Buffer.allocUnsafeSlow(768 * 1024);

/** @param pieces of a text whose lines end in LF; those of the result end in CRLF */
export function toQuotedPrintable(pieces: readonly string[]): Buffer {
  const bytes = toBytes(pieces);
  const expected = Math.ceil(bytes.length * 1.3) + lineRoom;
  const encoded = encode(bytes, expected <= outputRoom.length ? outputRoom : Buffer.allocUnsafe(expected));
  return encoded.buffer === outputRoom.buffer ? Buffer.from(encoded) : encoded;
}

function toBytes(pieces: readonly string[]): Buffer {
  let most = 0;
  for (const {length} of pieces) most += length * 3;
  if (most > inputRoom.length) return Buffer.from(pieces.join(''));
  let size = 0;
  for (const piece of pieces) size += inputRoom.write(piece, size);
  return inputRoom.subarray(0, size);
}

/** @param room where the result is written; where it does not suffice, the result has another */
function encode(bytes: Buffer, room: Buffer): Buffer {
  const {length} = bytes;
  const input = viewOf(bytes);
  let output = room;
  let view = viewOf(output);
  let from = 0; // of the line in the output
  let to = 0;
  for (let at = 0; at < length;) {
    if (output.length - to < lineRoom) {
      output = grown(output);
      view = viewOf(output);
    }
    // What stays as it is, up to where the line is full: nearly all there is, and four at a time while all four do.
    const first = at;
    const full = Math.min(at + maxLine - (to - from), length);
    for (; at + 4 <= full; at += 4) {
      const four = input.getUint32(at, true);
      if (!allStay(four)) break;
      view.setUint32(to, four, true);
      to += 4;
    }
    for (; at < full; at++) {
      const byte = bytes[at] ?? 0;
      if ((kinds[byte] ?? 0) > blank) break;
      output[to++] = byte;
    }
    if (at > first && isBlank(bytes, at - 1) && endsLine(bytes, at)) {
      at -= 1;
      to -= 1;
    }
    if (at === length) break;
    if (to - from === maxLine) {
      // Whatever follows does not fit. What no sequence is among is read again, on the next line.
      const again = to - lineEnd(output, from, to + 1);
      if (again <= at - first) {
        at -= again;
        from = breakAt(output, to - again, to - again);
        to = from;
        continue;
      }
    }
    const byte = bytes[at] ?? 0;
    const kind = kinds[byte] ?? 0;
    at += 1;
    if (kind === ends) {
      output[to++] = carriageReturn;
      output[to++] = lineFeed;
    } else if (kind === coded || (kind === blank && endsLine(bytes, at))) {
      output[to++] = equals;
      output[to++] = hexDigits[byte >> 4] ?? 0;
      output[to++] = hexDigits[byte & 15] ?? 0;
    } else output[to++] = byte;
    if (to - from > maxLine) {
      from = breakLine(output, from, to);
      to += softBreak;
    }
    if (kind === ends) from = to;
  }
  if (to <= maxLine) return output.subarray(0, to);
  // A last line without an end is broken behind its last stop, even where it would fit.
  for (let end = lineEnd(output, from, to); end < to; end = lineEnd(output, from, to)) {
    from = breakAt(output, end, to);
    to += softBreak;
  }
  return output.subarray(0, to);
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether none of four bytes is below a space, an `=`, or beyond `~`: each test sets the highest bit of a byte that is. */
function allStay(four: number): boolean {
  const equal = four ^ 0x3d3d3d3d;
  const tests = four | (four - 0x20202020) | (four + 0x01010101) | ((equal - 0x01010101) & ~equal);
  return (tests & 0x80808080) === 0;
}

const softBreak = 3;

function isBlank(bytes: Buffer, at: number): boolean {
  return kinds[bytes[at] ?? 0] === blank;
}

/** Whether a line ends before the byte there. */
function endsLine(bytes: Buffer, at: number): boolean {
  if (at >= bytes.length) return true;
  const byte = bytes[at] ?? 0;
  return byte === lineFeed || byte === carriageReturn;
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
