// Where chosen members stand in the bytes of a JSON object, so that they can be copied instead of parsed and written anew.

interface Wanted {
  readonly name: Uint8Array;
  readonly slot: number;
  readonly within: Level | undefined;
}

type Level = readonly Wanted[];

const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const dot = 0x2e;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const newline = 0x0a;
const letterR = 0x72;
const letterT = 0x74;
const tab = 0x09;
const carriageReturn = 0x0d;
const braceOpen = 0x7b;
const braceClose = 0x7d;
const bracketOpen = 0x5b;
const bracketClose = 0x5d;

const notUnderstood = -1;
const maxDepth = 64;
/** Of a text with more the escaped form cannot be asked for. */
const maxMarks = 32 * 1024;
/** Below it a loop is quicker than a call. */
const fewBytes = 64;
/** Bytes are read and written by words where there are many. */
const wordBytes = 4;
/** Every double has a text of so many digits; parsers disagree on longer ones. */
const maxNumberBytes = 17;

const literals: Readonly<Record<number, Uint8Array>> = Object.fromEntries(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)])
);

/**
 * Reads the plain JSON that machines write, strictly: what it understands is valid JSON in which no name is escaped, no
 * chosen member comes twice, no number is long or has an exponent, and nothing is nested deeply. For anything else it
 * says so, and the text has to be parsed.
 */
export class JsonMembers {
  private readonly level: Level;
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  private readonly marks = new Int32Array(maxMarks);
  private markCount = 0;
  /** What was looked through last. */
  private bytes: Uint8Array = Buffer.alloc(0);
  private words = wordsOf(this.bytes);
  private target: Uint8Array = this.bytes;
  private targetWords = this.words;

  /** @param paths names of members, with a dot before one within another; the index of each is its slot */
  constructor(paths: readonly string[]) {
    this.level = toLevel(paths, '');
    this.starts = new Int32Array(paths.length);
    this.ends = new Int32Array(paths.length);
  }

  /** Whether the bytes were understood. They must be UTF-8 and end before a newline, which ends every loop below. */
  find(bytes: Uint8Array, start: number, end: number): boolean {
    if (end < bytes.length && bytes[end] !== newline) return false;
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.words = wordsOf(bytes);
    }
    this.starts.fill(notUnderstood);
    this.markCount = 0;
    const first = this.skipBlanks(bytes, start);
    if (bytes[first] !== braceOpen) return false;
    const after = this.object(bytes, first, this.level, 0);
    return after !== notUnderstood && this.skipBlanks(bytes, after) === end;
  }

  /** Where the member's value begins; -1 when there is none. */
  start(slot: number): number {
    return this.starts[slot] ?? notUnderstood;
  }

  end(slot: number): number {
    return this.ends[slot] ?? notUnderstood;
  }

  /** How many bytes longer `escapeInto` makes the text; undefined when it cannot. */
  get maxGrowth(): number | undefined {
    return this.markCount <= maxMarks ? this.markCount : undefined;
  }

  /**
   * Writes the text that was found last as the content of a JSON string, and returns where it ends.
   *
   * @param target has room for `wordBytes` more, which may be written to
   */
  escapeInto(bytes: Buffer, start: number, end: number, target: Buffer, to: number): number {
    if (target !== this.target) {
      this.target = target;
      this.targetWords = wordsOf(target);
    }
    const {markCount, marks} = this;
    let from = start;
    let at = to;
    for (let index = 0; index < markCount; index++) {
      const mark = marks[index] ?? end;
      at = this.copyTo(mark, bytes, from, target, at);
      target[at++] = backslash;
      const byte = bytes[mark] ?? 0;
      target[at++] = byte === tab ? letterT : byte === carriageReturn ? letterR : byte;
      from = mark + 1;
    }
    return copyInto(bytes, from, end, target, at);
  }

  /** As `copyInto`, and it may write beyond the end, because what comes next is written over it. */
  private copyTo(mark: number, bytes: Buffer, start: number, target: Buffer, to: number): number {
    const {targetWords, words} = this;
    if (mark - start > fewBytes || mark + wordBytes > bytes.length) return copyInto(bytes, start, mark, target, to);
    const shift = to - start;
    for (let at = start; at < mark; at += wordBytes) targetWords.setInt32(at + shift, words.getInt32(at, true), true);
    return mark + shift;
  }

  private object(bytes: Uint8Array, start: number, level: Level | undefined, depth: number): number {
    let at = this.skipBlanks(bytes, start + 1);
    if (bytes[at] === braceClose) return at + 1;
    for (;;) {
      if (bytes[at] !== quote) return notUnderstood;
      const nameEnd = this.endOfName(bytes, at);
      if (nameEnd === notUnderstood) return notUnderstood;
      const wanted = level === undefined ? undefined : findName(level, bytes, at + 1, nameEnd - 1);
      at = this.skipBlanks(bytes, nameEnd);
      if (bytes[at] !== colon) return notUnderstood;
      at = this.skipBlanks(bytes, at + 1);
      const valueEnd = this.value(bytes, at, wanted?.within, depth);
      if (valueEnd === notUnderstood) return notUnderstood;
      if (wanted !== undefined) {
        if (this.starts[wanted.slot] !== notUnderstood) return notUnderstood;
        this.starts[wanted.slot] = at;
        this.ends[wanted.slot] = valueEnd;
      }
      at = this.skipBlanks(bytes, valueEnd);
      if (bytes[at] === braceClose) return at + 1;
      if (bytes[at] !== comma) return notUnderstood;
      at = this.skipBlanks(bytes, at + 1);
    }
  }

  private array(bytes: Uint8Array, start: number, depth: number): number {
    let at = this.skipBlanks(bytes, start + 1);
    if (bytes[at] === bracketClose) return at + 1;
    for (;;) {
      at = this.value(bytes, at, undefined, depth);
      if (at === notUnderstood) return notUnderstood;
      at = this.skipBlanks(bytes, at);
      if (bytes[at] === bracketClose) return at + 1;
      if (bytes[at] !== comma) return notUnderstood;
      at = this.skipBlanks(bytes, at + 1);
    }
  }

  private value(bytes: Uint8Array, at: number, level: Level | undefined, depth: number): number {
    switch (bytes[at]) {
      case quote:
        return this.endOfString(bytes, at);
      case braceOpen:
        return depth < maxDepth ? this.object(bytes, at, level, depth + 1) : notUnderstood;
      case bracketOpen:
        return depth < maxDepth ? this.array(bytes, at, depth + 1) : notUnderstood;
      default:
        return endOfScalar(bytes, at);
    }
  }

  /** A newline is no blank here: it ends the text. */
  private skipBlanks(bytes: Uint8Array, start: number): number {
    let at = start;
    for (; ; at++) {
      const byte = bytes[at];
      if (byte === space) continue;
      if (byte !== tab && byte !== carriageReturn) return at;
      this.mark(at);
    }
  }

  private endOfString(bytes: Uint8Array, start: number): number {
    this.mark(start);
    for (let at = this.skipPlain(bytes, start + 1); ; at = this.skipPlain(bytes, at + 1)) {
      const byte = bytes[at];
      if (byte !== quote && byte !== backslash) return notUnderstood;
      this.mark(at);
      if (byte === quote) return at + 1;
      at = this.endOfEscape(bytes, at);
      if (at === notUnderstood) return notUnderstood;
    }
  }

  /** The next byte that does not stand for itself in a string: a quote, a backslash or a control character. */
  private skipPlain(bytes: Uint8Array, start: number): number {
    const {words} = this;
    const lastWord = words.byteLength - wordBytes;
    let at = start;
    for (; at <= lastWord; at += wordBytes) {
      const found = notPlain(words.getInt32(at, true));
      if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >> 3);
    }
    for (; ; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === quote || byte === backslash || byte < space) return at;
    }
  }

  /** The last byte of the escape. */
  private endOfEscape(bytes: Uint8Array, start: number): number {
    switch (bytes[start + 1]) {
      case quote:
      case backslash:
        this.mark(start + 1);
        return start + 1;
      case 0x2f: // solidus
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return start + 1;
      case 0x75: // u
        for (let at = start + 2; at < start + 6; at++) if (!isHexDigit(bytes[at] ?? 0)) return notUnderstood;
        return start + 5;
      default:
        return notUnderstood;
    }
  }

  /** As of a string, but without escapes. */
  private endOfName(bytes: Uint8Array, start: number): number {
    this.mark(start);
    const at = this.skipPlain(bytes, start + 1);
    if (bytes[at] !== quote) return notUnderstood;
    this.mark(at);
    return at + 1;
  }

  private mark(at: number): void {
    if (this.markCount < maxMarks) this.marks[this.markCount] = at;
    this.markCount++;
  }
}

function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Looks at the four bytes of a word at once, which takes a third of the time: of each that is a quote, a backslash or a
 * control character the highest bit is set. Bits above the lowest such byte may be set for nothing, by what is borrowed.
 */
function notPlain(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  return ((word - 0x20202020) | (quotes - 0x01010101) | (backslashes - 0x01010101)) & ~word & 0x80808080;
}

function toLevel(paths: readonly string[], prefix: string): Level {
  return paths.flatMap((path, slot) => {
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    if (name === '' || name.includes('.')) return [];
    const within = toLevel(paths, `${path}.`);
    return [{name: Buffer.from(name), slot, within: within.length > 0 ? within : undefined}];
  });
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

function endOfScalar(bytes: Uint8Array, start: number): number {
  const word = literals[bytes[start] ?? 0];
  if (word === undefined) return endOfNumber(bytes, start);
  return isThere(word, bytes, start) ? start + word.length : notUnderstood;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === minus ? start + 1 : start;
  const whole = at;
  at = skipDigits(bytes, at);
  if (at === whole || (bytes[whole] === zero && at > whole + 1)) return notUnderstood;
  if (bytes[at] === dot) {
    const fraction = at + 1;
    at = skipDigits(bytes, fraction);
    if (at === fraction) return notUnderstood;
  }
  // An exponent is left to whoever looks for what may follow a value.
  return at - start <= maxNumberBytes ? at : notUnderstood;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at] ?? 0)) at++;
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
}

function findName(level: Level, bytes: Uint8Array, start: number, end: number): Wanted | undefined {
  for (const wanted of level) {
    if (wanted.name.length === end - start && isThere(wanted.name, bytes, start)) return wanted;
  }
  return undefined;
}

function isThere(wanted: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < wanted.length; index++) if (bytes[start + index] !== wanted[index]) return false;
  return true;
}

/** Copies bytes, and returns where they end in the target. */
export function copyInto(bytes: Buffer, start: number, end: number, target: Buffer, to: number): number {
  if (end - start > fewBytes) return to + bytes.copy(target, to, start, end);
  let at = to;
  for (let index = start; index < end; index++) target[at++] = bytes[index] ?? 0;
  return at;
}
