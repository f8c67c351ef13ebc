// All finds of a pattern in a text, in a time that grows with the text alone, however little or much each of them is.
import type {RE2JS} from 're2js';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * For so many characters a text may be searched find by find, which is the quicker way where finds are few. A search
 * may read to the end of the text for a find of one character, so many of them may read it as many times.
 */
const searchedFindByFind = 1_000_000;
const minFindsBySearch = 4;

/** Leftmost first, none within another, without those of the empty text: those that searching again and again gives. */
export function allFinds(pattern: RE2JS, text: string): readonly Span[] {
  const spans: Span[] = [];
  const matcher = pattern.matcher(text);
  const bySearch = Math.max(minFindsBySearch, Math.floor(searchedFindByFind / Math.max(1, text.length)));
  let from = 0;
  for (let searches = 0; searches < bySearch; searches++) {
    if (!matcher.find()) return spans;
    const [start, end] = [matcher.start(), matcher.end()];
    if (end > start) spans.push({start, end});
    from = end > start ? end : end + widthAt(text, end);
  }
  return [...spans, ...findsFrom(from, text, pattern)];
}

/** One instruction of the automaton that the library compiles a pattern to, after Thompson and Cox. */
interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  matchRune(codePoint: number): boolean;
}

/** The library's numbers of instructions. */
const [alt, altMatch, capture, emptyWidth, fail, match, nop] = [1, 2, 3, 4, 5, 6, 7];
const [rune, runeOne, runeAny, runeAnyNotNewline] = [8, 9, 10, 11];
const known: readonly unknown[] = [
  ...[alt, altMatch, capture, emptyWidth, fail, match, nop],
  ...[rune, runeOne, runeAny, runeAnyNotNewline],
];
/** What holds between two characters, in the library's bits. */
const [lineBegins, lineEnds, textBegins, textEnds, wordBoundary, noWordBoundary] = [1, 2, 4, 8, 16, 32];
const allFlags = 63;

/** Instructions from which a place of the text leads to a find, with what is known of the place before it. */
interface Live {
  readonly bits: Uint32Array;
  readonly before: Map<number, Live>;
}

/** So much is kept of what a text taught, and then forgotten. */
const maxKeptSteps = 50_000;

/** The automaton read backwards: each set of instructions follows from the one behind it and the character between. */
class Program {
  readonly start: number;
  /** Of those that say what holds at a place. */
  readonly flags: number;
  private readonly instructions: readonly Instruction[];
  private readonly readers: readonly number[];
  private readonly finals: readonly number[];
  /** Which instructions lead to each without reading. */
  private readonly sources: readonly (readonly number[])[];
  private readonly lives = new Map<string, Live>();
  private keptSteps = 0;

  constructor(pattern: RE2JS) {
    const {inst, start} = pattern.re2().prog as {readonly inst: readonly Instruction[]; readonly start: number};
    this.instructions = inst;
    this.start = start;
    const sources = inst.map((): number[] => []);
    for (const [place, {op, out, arg}] of inst.entries()) {
      if (!known.includes(op)) throw new Error(`instruction ${op} is not known`);
      if (op === alt || op === altMatch) sources[arg]?.push(place);
      if (op === alt || op === altMatch || op === capture || op === emptyWidth || op === nop) sources[out]?.push(place);
    }
    this.sources = sources;
    this.readers = [...inst.keys()].filter((place) => this.of(place).op >= rune);
    this.finals = [...inst.keys()].filter((place) => this.of(place).op === match);
    this.flags = inst.reduce((flags, {op, arg}) => (op === emptyWidth ? flags | arg : flags), 0) & allFlags;
  }

  of(place: number): Instruction {
    const instruction = this.instructions[place];
    if (instruction === undefined) throw new Error(`there is no instruction ${place}`);
    return instruction;
  }

  get size(): number {
    return this.instructions.length;
  }

  /** @param flags that hold at the end of the text */
  atEnd(flags: number): Live {
    return this.close(this.finals, flags);
  }

  /** @param flags that hold before the character */
  before(behind: Live, codePoint: number, flags: number): Live {
    const step = codePoint * (allFlags + 1) + flags;
    const kept = behind.before.get(step);
    if (kept !== undefined) return kept;
    const places = [...this.finals];
    for (const place of this.readers) {
      const instruction = this.of(place);
      if (has(behind.bits, instruction.out) && reads(instruction, codePoint)) places.push(place);
    }
    const live = this.close(places, flags);
    if (++this.keptSteps > maxKeptSteps) {
      for (const each of this.lives.values()) each.before.clear();
      this.lives.clear();
      this.keptSteps = 0;
    }
    behind.before.set(step, live);
    return live;
  }

  private close(places: readonly number[], flags: number): Live {
    const bits = new Uint32Array(Math.ceil(this.size / 32));
    const open = [...places];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (has(bits, place)) continue;
      bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
      for (const source of this.sources[place] ?? []) if (holds(this.of(source), flags)) open.push(source);
    }
    const key = bits.join();
    const live = this.lives.get(key) ?? {bits, before: new Map<number, Live>()};
    this.lives.set(key, live);
    return live;
  }
}

/** At most so many places are remembered at once; what lies behind them is read a second time. */
const blockLength = 4096;

/**
 * What is live at each place, for one who asks from left to right. It is known from the end alone: read once to
 * remember the ends of blocks, and once more for each block.
 */
class LivePlaces {
  private readonly ends: {readonly at: number; readonly live: Live}[] = [];
  private block: Live[] = [];
  private blockStart: number;
  private blockEnd: number;

  constructor(
    private readonly text: string,
    from: number,
    private readonly program: Program
  ) {
    let live = program.atEnd(flagsAt(text, text.length) & program.flags);
    this.ends.push({at: text.length, live});
    let end = text.length;
    for (let at = text.length; at > from;) {
      [at, live] = this.back(at, live);
      if (end - at < blockLength) continue;
      this.ends.push({at, live});
      end = at;
    }
    this.blockStart = from;
    this.blockEnd = from;
  }

  at(place: number): Live | undefined {
    while (place >= this.blockEnd && this.ends.length > 0) this.readBlock();
    return this.block[place - this.blockStart];
  }

  private readBlock(): void {
    const last = this.ends.pop();
    if (last === undefined) return;
    this.blockStart = this.blockEnd;
    this.block = [];
    let {at, live} = last;
    this.blockEnd = at;
    if (at === this.text.length) {
      this.block[at - this.blockStart] = live;
      this.blockEnd += 1;
    }
    while (at > this.blockStart) {
      [at, live] = this.back(at, live);
      this.block[at - this.blockStart] = live;
    }
  }

  private back(at: number, live: Live): [number, Live] {
    const before = at - widthBefore(this.text, at);
    const flags = this.program.flags === 0 ? 0 : flagsAt(this.text, before) & this.program.flags;
    return [before, this.program.before(live, this.text.codePointAt(before) ?? 0, flags)];
  }
}

/** The same finds, from a place on, whatever their number. */
export function* findsFrom(from: number, text: string, pattern: RE2JS): Generator<Span> {
  const program = new Program(pattern);
  const places = new LivePlaces(text, from, program);
  for (let at = from; at <= text.length;) {
    const live = places.at(at);
    if (live === undefined || !has(live.bits, program.start)) {
      at += widthAt(text, at);
      continue;
    }
    const end = endOfFind(text, at, places, program);
    if (end > at) yield {start: at, end};
    at = end > at ? end : end + widthAt(text, end);
  }
}

/** Where the find that begins there ends: of the ways that lead to an end the first is gone, so none is gone in vain. */
function endOfFind(text: string, start: number, places: LivePlaces, program: Program): number {
  let at = start;
  for (let place = program.start; ;) {
    const live = places.at(at);
    const next = live && firstThatReads(place, live, program, flagsAt(text, at));
    if (next === undefined) return at;
    place = next.out;
    at += widthAt(text, at);
  }
}

/** @returns undefined where the find ends before anything more is read */
function firstThatReads(from: number, live: Live, program: Program, flags: number): Instruction | undefined {
  const seen = new Set<number>();
  const open = [from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (seen.has(place) || !has(live.bits, place)) continue;
    seen.add(place);
    const instruction = program.of(place);
    if (instruction.op === match) return undefined;
    if (instruction.op >= rune) return instruction;
    if (instruction.op === alt || instruction.op === altMatch) open.push(instruction.arg);
    if (holds(instruction, flags)) open.push(instruction.out);
  }
  return undefined;
}

function reads(instruction: Instruction, codePoint: number): boolean {
  if (instruction.op === runeAny) return true;
  if (instruction.op === runeAnyNotNewline) return codePoint !== 0x0a;
  return instruction.matchRune(codePoint);
}

function holds({op, arg}: Instruction, flags: number): boolean {
  return op !== emptyWidth || (arg & ~flags) === 0;
}

function has(bits: Uint32Array, place: number): boolean {
  return (((bits[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
}

function flagsAt(text: string, at: number): number {
  const before = at === 0 ? undefined : text.charCodeAt(at - 1);
  const behind = at === text.length ? undefined : text.charCodeAt(at);
  let flags = isOfWord(before) === isOfWord(behind) ? noWordBoundary : wordBoundary;
  if (before === undefined) flags |= textBegins;
  if (before === undefined || before === 0x0a) flags |= lineBegins;
  if (behind === undefined) flags |= textEnds;
  if (behind === undefined || behind === 0x0a) flags |= lineEnds;
  return flags;
}

function isOfWord(unit: number | undefined): boolean {
  return unit !== undefined && unit < 0x80 && /\w/.test(String.fromCharCode(unit));
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function widthBefore(text: string, at: number): number {
  return at >= 2 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
}
