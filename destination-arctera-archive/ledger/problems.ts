// Collects what a verification finds: every problem is counted, the first ones are kept.

const kept = 100;

export class Problems {
  readonly #texts: string[] = [];
  #count = 0;

  get texts(): readonly string[] {
    return this.#texts;
  }

  get count(): number {
    return this.#count;
  }

  add(text: string): void {
    this.#count += 1;
    if (this.#texts.length < kept) this.#texts.push(text);
  }
}
