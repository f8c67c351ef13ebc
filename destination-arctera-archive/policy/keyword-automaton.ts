// Finds any number of keywords in one pass over a text, however many there are: the automaton of Aho and Corasick.

/**
 * Text is read as words: whatever is not a letter, digit or mark separates them, and case does not count.
 * A keyword is a sequence of words with a space on each side that has to be the side of a word.
 */
export interface Automaton {
  /** Tells each keyword that occurs, with the number of words read so far; a keyword is told at each place it occurs. */
  scan(text: string, onFound: (keyword: number, words: number) => void): void;
}

/** Above this the table would not be worth its memory: 64 MB. */
const maxCells = 16 * 1024 * 1024;

/** Keywords as `toKeywordText` writes them. Throws an error with a readable message when there are too many. */
export function buildAutomaton(keywords: readonly string[]): Automaton {
  const alphabet = new Map<string, number>([[' ', 1]]);
  for (const keyword of keywords) {
    for (const unit of keyword.split('')) if (!alphabet.has(unit)) alphabet.set(unit, alphabet.size + 1);
  }
  const width = alphabet.size + 1;
  const maxStates = keywords.reduce((sum, keyword) => sum + keyword.length, 1);
  if (maxStates * width > maxCells) throw new Error('the keyword lists are too large together');
  const next = new Int32Array(maxStates * width);
  const ends: number[][] = [[]];
  for (const [index, keyword] of keywords.entries()) {
    let state = 0;
    for (const unit of keyword.split('')) {
      const cell = state * width + (alphabet.get(unit) ?? 0);
      if (next[cell] === 0) {
        next[cell] = ends.length;
        ends.push([]);
      }
      state = next[cell] ?? 0;
    }
    ends[state]?.push(index);
  }
  const order = [0, ...linkFailures(next, width, ends)];
  const classes = new Int32Array(0x10000).fill(-1); // filled as units are met: few texts have many
  const tables = {
    next: toRows(next, width, ends, order),
    width,
    ends: order.map((state) => ends[state] ?? []),
    classes,
  };
  return {scan: (text, onFound) => scan({...tables, alphabet}, text, onFound)};
}

/**
 * The table by which texts are scanned. A state is where its row begins, and negative where a keyword ends, so that one
 * cell is looked at for each character; the states that most texts stay in come first, so that they lie close together.
 */
function toRows(
  next: Int32Array,
  width: number,
  ends: readonly (readonly number[])[],
  order: readonly number[]
): Int32Array {
  const begins = new Int32Array(order.length);
  for (const [rank, state] of order.entries())
    begins[state] = (ends[state] ?? []).length > 0 ? -rank * width : rank * width;
  const rows = new Int32Array(order.length * width);
  for (const [rank, state] of order.entries()) {
    for (let unit = 0; unit < width; unit++) rows[rank * width + unit] = begins[next[state * width + unit] ?? 0] ?? 0;
  }
  return rows;
}

/** Fills every cell with the state that the longest suffix leads to. @returns the states but the first, nearest to it first */
function linkFailures(next: Int32Array, width: number, ends: number[][]): readonly number[] {
  const failure = new Int32Array(ends.length);
  const queue: number[] = [];
  for (let unit = 0; unit < width; unit++) if ((next[unit] ?? 0) !== 0) queue.push(next[unit] ?? 0);
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    const fallback = failure[state] ?? 0;
    const inherited = ends[fallback] ?? [];
    if (inherited.length > 0) ends[state] = [...(ends[state] ?? []), ...inherited];
    for (let unit = 0; unit < width; unit++) {
      const cell = state * width + unit;
      const target = next[cell] ?? 0;
      const other = next[fallback * width + unit] ?? 0;
      if (target === 0) next[cell] = other;
      else {
        failure[target] = other;
        queue.push(target);
      }
    }
  }
  return queue;
}

interface Tables {
  readonly next: Int32Array;
  readonly width: number;
  readonly ends: readonly (readonly number[])[];
  readonly classes: Int32Array;
  readonly alphabet: ReadonlyMap<string, number>;
}

const separator = 1;

function scan(
  {next, width, ends, classes, alphabet}: Tables,
  text: string,
  onFound: (keyword: number, words: number) => void
): void {
  let state = next[separator] ?? 0;
  let words = 0;
  let wasSeparator = true;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 0x20 : text.charCodeAt(at);
    let unit = classes[code] ?? 0;
    if (unit === -1) {
      unit = classOf(code, alphabet);
      classes[code] = unit;
    }
    if (unit === separator) {
      if (wasSeparator) continue;
      wasSeparator = true;
      words += 1;
    } else wasSeparator = false;
    state = next[state + unit] ?? 0;
    if (state >= 0) continue;
    state = -state;
    for (const keyword of ends[state / width] ?? []) onFound(keyword, words);
  }
}

/** Gives the class of a UTF-16 unit: 0 for what no keyword has, 1 for separators, else that of its lower case. */
function classOf(code: number, alphabet: ReadonlyMap<string, number>): number {
  const unit = String.fromCharCode(code);
  if (isSeparator(unit)) return separator;
  const lower = unit.toLowerCase();
  return alphabet.get(lower.length === 1 ? lower : unit) ?? 0;
}

const separators = /[^\p{L}\p{N}\p{M}\p{Cs}]/u;

function isSeparator(unit: string): boolean {
  return separators.test(unit);
}

/** A keyword in the form the automaton reads text in; an asterisk at an end stands for the rest of a word. */
export function toKeywordText(keyword: string): string {
  const words = keyword
    .normalize('NFC')
    .split('')
    .map((unit) => {
      const lower = unit.toLowerCase();
      return isSeparator(unit) ? ' ' : lower.length === 1 ? lower : unit;
    })
    .join('')
    .trim()
    .replace(/ +/g, ' ');
  if (words === '') return '';
  return `${keyword.startsWith('*') ? '' : ' '}${words}${keyword.endsWith('*') ? '' : ' '}`;
}
