// How a connector process ends: exit code set, output drained, SIGTERM raised again after clean-up.

const cleanUpMs = 8_000; // the platform waits ten seconds before it kills

export interface ProcessEnd {
  /** Aborts on SIGTERM or SIGINT, or when stdout's reader is gone. */
  readonly signal: AbortSignal;
  /** Stop as soon as possible because nobody reads the output any more. */
  stop(): void;
  /** To be called when the command has ended and its output is flushed. */
  finish(exitCode: number): void;
}

export function watchProcessEnd(): ProcessEnd {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;

  const raise = (signal: NodeJS.Signals): void => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (received !== undefined) return raise(name);
      received = name;
      controller.abort();
      setTimeout(() => raise(name), cleanUpMs).unref();
    });
  }

  return {
    signal: controller.signal,
    stop: () => controller.abort(),
    finish: (exitCode) => {
      if (received !== undefined) return raise(received);
      process.exitCode = exitCode;
      process.stdin.destroy(); // an open pipe would keep the process alive
    },
  };
}
