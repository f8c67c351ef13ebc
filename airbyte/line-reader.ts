// Splits a byte stream into lines, a block at a time, without ever decoding half a character.
import type {Readable} from 'node:stream';

const newline = 0x0a;

export interface LineBlock {
  readonly lines: readonly Buffer[];
}

/**
 * Yields the lines of each block that arrives (without their newline), and an empty block when nothing has come for
 * `idleMs`, so that the caller can act on time. Ends at the end of the stream or when `signal` aborts.
 */
export async function* readLines(input: Readable, idleMs: number, signal: AbortSignal): AsyncGenerator<LineBlock> {
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) return resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), {once: true});
  });
  let partial: Buffer[] = [];
  let next = chunks.next();
  for (;;) {
    const arrived = await raceIdle(next, aborted, idleMs);
    if (arrived === 'aborted') return;
    if (arrived === 'idle') {
      yield {lines: []};
      continue;
    }
    if (arrived.done === true) break;
    next = chunks.next();
    const {lines, rest} = splitBlock(partial, arrived.value);
    partial = rest;
    if (lines.length > 0) yield {lines};
  }
  if (partial.length > 0) yield {lines: [Buffer.concat(partial)]};
}

async function raceIdle<T>(
  next: Promise<T>,
  aborted: Promise<'aborted'>,
  idleMs: number
): Promise<T | 'idle' | 'aborted'> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<'idle'>((resolve) => {
    timer = setTimeout(() => resolve('idle'), idleMs);
  });
  try {
    return await Promise.race([next, aborted, idle]);
  } finally {
    clearTimeout(timer);
  }
}

function splitBlock(partial: Buffer[], block: Buffer): {lines: Buffer[]; rest: Buffer[]} {
  const lines: Buffer[] = [];
  let start = 0;
  let held = partial;
  for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, start)) {
    const piece = block.subarray(start, at);
    lines.push(held.length === 0 ? piece : Buffer.concat([...held, piece]));
    held = [];
    start = at + 1;
  }
  return {lines, rest: start < block.length ? [...held, block.subarray(start)] : held};
}
