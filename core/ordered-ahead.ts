// Work done ahead: several producers run at once, their results come out strictly in order, held bytes are bounded.

export interface AheadOptions<Item, Result> {
  readonly maxAtOnce: number;
  /** Bound on the bytes being produced or waiting; one larger object passes alone. */
  readonly maxBytes: number;
  /** Size of a result, known before its production starts. */
  readonly sizeOf: (item: Item) => number;
  readonly produce: (item: Item) => Promise<Result>;
}

type Settled<T> = {readonly ok: true; readonly value: T} | {readonly ok: false; readonly error: unknown};

interface Running<Result> {
  readonly size: number;
  readonly result: Promise<Settled<Result>>;
}

/** A failure, of the items or of a producer, is thrown where its result would have come, after all before it. */
export async function* orderedAhead<Item, Result>(
  items: AsyncIterator<Item>,
  options: AheadOptions<Item, Result>
): AsyncGenerator<Result, void, undefined> {
  const running: Running<Result>[] = [];
  let heldBytes = 0;
  let next: Promise<Settled<IteratorResult<Item>>> | undefined = settle(items.next());
  let arrived: Settled<IteratorResult<Item>> | undefined;

  try {
    for (;;) {
      if (arrived?.ok === true && arrived.value.done !== true) {
        const item = arrived.value.value;
        const size = options.sizeOf(item);
        if (running.length === 0 || (running.length < options.maxAtOnce && heldBytes + size <= options.maxBytes)) {
          heldBytes += size;
          running.push({size, result: settle(options.produce(item))});
          arrived = undefined;
          next = settle(items.next());
          continue;
        }
      }
      const head = running[0];
      if (arrived === undefined && next !== undefined) {
        // Whichever comes first: the oldest result, or one more item to start.
        const pending: Promise<Settled<IteratorResult<Item>> | 'head'> = next;
        const first = await Promise.race(
          head === undefined ? [pending] : [pending, head.result.then(() => 'head' as const)]
        );
        if (first !== 'head') {
          arrived = first;
          next = undefined;
          continue;
        }
      }
      if (head === undefined) {
        if (arrived?.ok === false) throw arrived.error;
        return;
      }
      const settled = await head.result;
      if (!settled.ok) throw settled.error;
      yield settled.value;
      running.shift();
      heldBytes -= head.size;
    }
  } finally {
    // Not awaited: it would wait for an item that nobody wants any more.
    if (items.return !== undefined) void settle(items.return());
  }
}

/** A promise that never rejects, so that a result nobody comes to fetch is not an unhandled rejection. */
function settle<T>(promise: Promise<T>): Promise<Settled<T>> {
  return promise.then(
    (value) => ({ok: true, value}),
    (error: unknown) => ({ok: false, error})
  );
}
