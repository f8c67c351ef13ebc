// A generator that is read before anybody asks, as far as a buffer of bounded bytes allows.

type Settled<Item, Result> =
  {readonly ok: true; readonly next: IteratorResult<Item, Result>} | {readonly ok: false; readonly error: unknown};

export class ReadAhead<Item, Result> {
  private readonly arrived: Settled<Item, Result>[] = [];
  private heldBytes = 0;
  private isClosed = false;
  private wakeReader: (() => void) | undefined;
  private wakeWriter: (() => void) | undefined;

  /** @param maxBytes reading pauses while so many are held; one larger item passes alone */
  constructor(
    private readonly source: AsyncGenerator<Item, Result, undefined>,
    private readonly sizeOf: (item: Item) => number,
    private readonly maxBytes: number
  ) {
    void this.pump();
  }

  /** As the generator's own; a failure comes after all that came before it. */
  async next(): Promise<IteratorResult<Item, Result>> {
    for (;;) {
      const head = this.arrived.shift();
      if (head !== undefined) {
        if (!head.ok) throw head.error;
        if (head.next.done !== true) this.heldBytes -= this.sizeOf(head.next.value);
        this.wakeWriter?.();
        return head.next;
      }
      await new Promise<void>((resolve) => {
        this.wakeReader = resolve;
      });
    }
  }

  /** Lets go of what is held and of the source, without waiting for what it is just doing. */
  close(result: Result): void {
    this.isClosed = true;
    this.arrived.length = 0;
    this.wakeWriter?.();
    this.source.return(result).catch(() => undefined);
  }

  private async pump(): Promise<void> {
    try {
      for (;;) {
        while (this.heldBytes >= this.maxBytes && !this.isClosed) {
          await new Promise<void>((resolve) => {
            this.wakeWriter = resolve;
          });
        }
        if (this.isClosed) return;
        const next = await this.source.next();
        if (next.done !== true) this.heldBytes += this.sizeOf(next.value);
        this.push({ok: true, next});
        if (next.done === true) return;
      }
    } catch (error) {
      this.push({ok: false, error});
    }
  }

  private push(settled: Settled<Item, Result>): void {
    if (!this.isClosed) this.arrived.push(settled);
    this.wakeReader?.();
  }
}
