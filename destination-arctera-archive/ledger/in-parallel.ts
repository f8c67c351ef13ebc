// Does one thing for each element, several at a time and no more.

/** Takes the next element only when a place is free. The first failure ends it, after what is under way. */
export async function inParallel<Element>(
  elements: Iterable<Element>,
  places: number,
  work: (element: Element) => Promise<void>
): Promise<void> {
  const iterator = elements[Symbol.iterator]();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    while (!hasFailed) {
      const next = iterator.next();
      if (next.done === true) return;
      await work(next.value).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({length: places}, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
