// A log file cut into its lines: number, exact bytes and hash of each.
import {isUtf8} from 'node:buffer';
import {sha256Hex} from '../../core/digest';

/** Stands in the bytes of its log file: what is not asked for is never turned into characters. */
export class LogLine {
  constructor(
    readonly bytes: Buffer,
    readonly start: number,
    readonly end: number,
    /** From 1, blank lines counted. */
    readonly number: number,
    /** Set when the bytes are not UTF-8. */
    readonly encoding: 'base64' | null,
    readonly sha256: string
  ) {}

  /** The exact text without its newline, or base64 when the bytes are not UTF-8. */
  get text(): string {
    return this.bytes.toString(this.encoding ?? 'utf8', this.start, this.end);
  }
}

const newline = 0x0a;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export function* toLogLines(bytes: Buffer): Generator<LogLine, void, undefined> {
  // One test for the whole file: a newline byte is never part of another character.
  const isWholeUtf8 = isUtf8(bytes);
  let number = 0;
  // A byte order mark belongs to the file: the same event comes without one in another file.
  const first = bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0;
  for (let start = first; start < bytes.length;) {
    const found = bytes.indexOf(newline, start);
    const end = found === -1 ? bytes.length : found;
    number++;
    if (!isBlank(bytes, start, end)) {
      const line = bytes.subarray(start, end);
      yield new LogLine(bytes, start, end, number, isWholeUtf8 || isUtf8(line) ? null : 'base64', sha256Hex(line));
    }
    start = end + 1;
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
