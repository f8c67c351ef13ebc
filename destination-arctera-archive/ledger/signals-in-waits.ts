// What a signal to stop does while the thread waits for a server: no handler of ours can run then, so it ends the process.

const stopSignals = ['SIGTERM', 'SIGINT'] as const;

type Handler = Parameters<typeof process.on>[1];

/** Whatever is under way, the next run settles it, as after any other end. */
export function endedBySignals<Result>(wait: () => Result): Result {
  const handlers = stopSignals.map((name) => [name, process.rawListeners(name) as Handler[]] as const);
  for (const name of stopSignals) process.removeAllListeners(name);
  try {
    return wait();
  } finally {
    for (const [name, own] of handlers) for (const handler of own) process.on(name, handler);
  }
}
