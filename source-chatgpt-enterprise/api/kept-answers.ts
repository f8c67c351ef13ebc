// Answers that several parts of one read ask for, kept within bounds so that no request is made twice.

/** All members of a large workspace, and the listings of log files of a month. */
const maxCharacters = 16 * 1024 * 1024;

export class KeptAnswers {
  private readonly texts = new Map<string, string>();
  private readonly underWay = new Map<string, Promise<string>>();
  private characters = 0;

  /** The answer that is kept, or is just being fetched, or is fetched now. */
  getOr(address: string, fetch: () => Promise<string>): Promise<string> {
    const text = this.texts.get(address);
    if (text !== undefined) {
      this.texts.delete(address); // to the end: what was asked for longest ago goes first
      this.texts.set(address, text);
      return Promise.resolve(text);
    }
    const known = this.underWay.get(address);
    if (known !== undefined) return known;
    const answer = fetch()
      .then((fetched) => this.keep(address, fetched))
      .finally(() => this.underWay.delete(address));
    this.underWay.set(address, answer);
    return answer;
  }

  private keep(address: string, text: string): string {
    this.texts.set(address, text);
    this.characters += text.length;
    for (const [oldest, {length}] of this.texts) {
      if (this.characters <= maxCharacters) break;
      this.texts.delete(oldest);
      this.characters -= length;
    }
    return text;
  }
}
