// Tells states that say something new from repeats: the protocol wants no two equal states of a stream in a row.

export class StateNews {
  private readonly lastTexts = new Map<string, string>();

  /** Whether the state is to be told: it differs from the stream's previous one, or covers records. */
  isNews(stream: string, state: object, records: number): boolean {
    const text = JSON.stringify(state);
    if (records === 0 && this.lastTexts.get(stream) === text) return false;
    this.lastTexts.set(stream, text);
    return true;
  }
}
