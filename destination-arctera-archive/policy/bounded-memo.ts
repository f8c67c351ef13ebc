// What was worked out for keys that come again and again; all of it is forgotten when it has grown too large.

/** Longer keys hardly come again, and would be memory. */
const maxKeyLength = 500;
/** Of one entry beside its key and value. */
const entryBytes = 150;

export class BoundedMemo<Value> {
  private readonly known = new Map<string, Value>();
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly valueBytes: number
  ) {}

  of(key: string, work: (key: string) => Value): Value {
    const kept = this.known.get(key);
    if (kept !== undefined) return kept;
    const value = work(key);
    if (key.length > maxKeyLength) return value;
    this.bytes += entryBytes + 2 * key.length + this.valueBytes;
    if (this.bytes > this.maxBytes) {
      this.known.clear();
      this.bytes = 0;
    }
    this.known.set(key, value);
    return value;
  }
}
