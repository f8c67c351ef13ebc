// Values by key, up to so many bytes in all: what was asked for longest ago goes first.

/** What an entry takes besides its key and its value. */
const entryBytes = 150;

export class RecentlyUsed<Value> {
  private readonly entries = new Map<string, {readonly value: Value; readonly bytes: number}>();
  private heldBytes = 0;

  /** @param sizeOf bytes of a value, roughly */
  constructor(
    private readonly maxBytes: number,
    private readonly sizeOf: (value: Value) => number
  ) {}

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key); // to the end
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value): void {
    this.delete(key);
    const bytes = entryBytes + key.length + this.sizeOf(value);
    this.entries.set(key, {value, bytes});
    this.heldBytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.heldBytes <= this.maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.heldBytes -= this.entries.get(key)?.bytes ?? 0;
    this.entries.delete(key);
  }

  list(): readonly (readonly [key: string, value: Value])[] {
    return [...this.entries].map(([key, {value}]) => [key, value]);
  }
}
