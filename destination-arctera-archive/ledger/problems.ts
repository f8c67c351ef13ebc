// Collects what a verification finds: every problem is counted, the first ones in order are kept, whenever they were found.

const kept = 100;

/** Numbers of entries by their value. */
const order = new Intl.Collator('en', {numeric: true});

export class Problems {
  readonly #texts: string[] = [];
  #count = 0;

  /** Of parts that were looked at one after the other, each in its own order. */
  static joined(parts: readonly Pick<Problems, 'texts' | 'count'>[]): Pick<Problems, 'texts' | 'count'> {
    return {
      texts: parts.flatMap(({texts}) => texts).slice(0, kept),
      count: parts.reduce((sum, {count}) => sum + count, 0),
    };
  }

  /** In order: the same archive gives the same texts each time, though it is looked at in parallel. */
  get texts(): readonly string[] {
    return this.#texts.toSorted(order.compare).slice(0, kept);
  }

  get count(): number {
    return this.#count;
  }

  add(text: string): void {
    this.#count += 1;
    this.#texts.push(text);
    if (this.#texts.length < 2 * kept) return;
    this.#texts.sort(order.compare);
    this.#texts.length = kept;
  }
}
