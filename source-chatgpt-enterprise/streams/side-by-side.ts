// Outputs of several streams that are read at the same time, each in its own order.
import type {StreamOutputs} from './read-scope';

type Outputs = StreamOutputs;

/** Each is asked for its next output when the one before has been taken: no more than one of each is held. */
export async function* sideBySide(all: readonly Outputs[]): StreamOutputs {
  const pending = new Map<Outputs, ReturnType<typeof ask>>(all.map((outputs) => [outputs, ask(outputs)]));
  try {
    while (pending.size > 0) {
      const {next, outputs} = await Promise.race(pending.values());
      if (next.done === true) {
        pending.delete(outputs);
        continue;
      }
      yield next.value;
      pending.delete(outputs); // to the end, so that each has its turn
      pending.set(outputs, ask(outputs));
    }
  } finally {
    // One that awaits a request ends when that does; whoever stops the read aborts the request as well.
    for (const outputs of pending.keys()) outputs.return().catch(() => undefined);
  }
}

async function ask(
  outputs: Outputs
): Promise<{readonly outputs: Outputs; readonly next: IteratorResult<Output, void>}> {
  return {outputs, next: await outputs.next()};
}

type Output = Outputs extends AsyncGenerator<infer Yielded> ? Yielded : never;
