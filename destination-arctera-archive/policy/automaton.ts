// Finds any number of words in one pass over a text, however many there are: the automaton of Aho and Corasick.

/** The class of a UTF-16 unit, which is that of an equal unit of the words, or 0; undefined where the run has to end. */
export type ToClass = (unit: number) => number | undefined;

/** A column for units that leave each state as it is, and the last one, for units whose class is not looked up yet. */
const ownColumns = 2;
const toBeLookedUp = -0x80000000;
const none: readonly number[] = [];

/** Of each unit, filled as units are met: few texts have many. */
export type Classes = Uint16Array;

export class Automaton {
  /**
   * A state is where its row begins, and negative where a word ends, so that one cell is looked at for each unit; the
   * states that most texts stay in come first, so that they lie close together.
   */
  private readonly rows: Int32Array;
  private readonly columns: number;
  private readonly alphabet = new Map<string, number>();
  private readonly endsOf: (rank: number) => readonly number[];
  /** By the rank of a state the number of the run that met it last. */
  private readonly metIn: Int32Array;
  private runs = 0;

  /**
   * @param repeats a unit of which many count as one; no word has two
   * @param maxCells of the table, four bytes each. Throws an error when it would have more
   */
  constructor(words: readonly string[], maxCells: number, repeats = '') {
    const units = (word: string): readonly string[] => word.split('');
    for (const unit of [...units(repeats), ...words.flatMap(units)]) {
      if (!this.alphabet.has(unit)) this.alphabet.set(unit, this.alphabet.size + 1);
    }
    const width = this.alphabet.size + 1;
    const maxStates = words.reduce((sum, word) => sum + word.length, 1);
    if (maxStates * width > maxCells) throw new Error('the words are too many');
    const next = new Int32Array(maxStates * width);
    const ends: (readonly number[])[] = [none];
    const repeating: number[] = [];
    for (const [index, word] of words.entries()) {
      let state = 0;
      for (const unit of units(word)) {
        const cell = state * width + this.classOf(unit);
        if (next[cell] === 0) {
          next[cell] = ends.length;
          if (unit === repeats) repeating.push(ends.length);
          ends.push(none);
        }
        state = next[cell] ?? 0;
      }
      ends[state] = [...(ends[state] ?? none), index];
    }
    const order = [0, ...linkFailures(next, width, ends)];
    for (const state of repeating) next[state * width + this.classOf(repeats)] = state;
    this.columns = width + ownColumns;
    this.rows = toRows(next, width, ends, order);
    this.endsOf = (rank) => ends[order[rank] ?? 0] ?? none;
    this.metIn = new Int32Array(order.length);
  }

  /** 0 for a unit that no word has. */
  classOf(unit: string): number {
    return this.alphabet.get(unit) ?? 0;
  }

  unknownClasses(): Classes {
    return new Uint16Array(0x10000).fill(this.noClass);
  }

  /** Of units that are passed over. */
  get passedClass(): number {
    return this.columns - 2;
  }

  /** Of units that are not looked up yet. */
  get noClass(): number {
    return this.columns - 1;
  }

  /** @returns the next state, and negative where words end */
  step(state: number, unitClass: number): number {
    return this.rows[state + unitClass] ?? 0;
  }

  /** @param state as a negative step tells it, without the sign */
  wordsAt(state: number): readonly number[] {
    return this.endsOf(state / this.columns);
  }

  begin(): void {
    this.runs = this.runs === 0x7fffffff ? 1 : this.runs + 1;
    if (this.runs === 1) this.metIn.fill(0);
  }

  /**
   * Reads on from a state.
   * @param classes those that `toClass` has given before
   * @param found is given the words that end, some more than once, but none twice for the same state since `begin`
   * @returns the state at the end; undefined where a unit has no class
   */
  run(text: string, from: number, classes: Classes, toClass: ToClass, found: number[]): number | undefined {
    const {rows} = this;
    const {length} = text;
    let state = from;
    for (let at = 0; at < length;) {
      let unit = 0;
      let to = 0;
      // The inner loop is kept free of everything that is seldom done, so that it stays in registers.
      for (; at < length; at++) {
        unit = text.charCodeAt(at);
        to = rows[state + (classes[unit] ?? 0)] ?? 0;
        if (to < 0) break;
        state = to;
      }
      if (at === length) return state;
      if (to === toBeLookedUp) {
        const unitClass = toClass(unit);
        if (unitClass === undefined) return undefined;
        classes[unit] = unitClass;
        continue;
      }
      at += 1;
      state = -to | 0; // a whole number of 32 bits: so the loop is compiled to integers
      this.meet(state, found);
    }
    return state;
  }

  private meet(state: number, found: number[]): void {
    const rank = state / this.columns;
    if (this.metIn[rank] === this.runs) return;
    this.metIn[rank] = this.runs;
    for (const word of this.endsOf(rank)) found.push(word);
  }
}

function toRows(
  next: Int32Array,
  width: number,
  ends: readonly (readonly number[])[],
  order: readonly number[]
): Int32Array {
  const columns = width + ownColumns;
  const begins = new Int32Array(order.length);
  for (const [rank, state] of order.entries())
    begins[state] = (ends[state] ?? none).length > 0 ? -rank * columns : rank * columns;
  const rows = new Int32Array(order.length * columns);
  for (const [rank, state] of order.entries()) {
    const row = rank * columns;
    for (let unit = 0; unit < width; unit++) rows[row + unit] = begins[next[state * width + unit] ?? 0] ?? 0;
    rows[row + width] = row;
    rows[row + width + 1] = toBeLookedUp;
  }
  return rows;
}

/** Fills every cell with the state that the longest suffix leads to. @returns the states but the first, nearest to it first */
function linkFailures(next: Int32Array, width: number, ends: (readonly number[])[]): readonly number[] {
  const failure = new Int32Array(ends.length);
  const queue: number[] = [];
  for (let unit = 0; unit < width; unit++) if ((next[unit] ?? 0) !== 0) queue.push(next[unit] ?? 0);
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    const fallback = failure[state] ?? 0;
    const inherited = ends[fallback] ?? none;
    if (inherited.length > 0) ends[state] = [...(ends[state] ?? none), ...inherited];
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
