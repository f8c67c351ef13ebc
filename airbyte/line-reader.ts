// Splits a byte stream into lines, a block at a time, without ever decoding half a character.
import type {Readable} from 'node:stream';
import {IntegrityError} from '../core/errors';

const newline = 0x0a;
/** Far more than the platform passes on in one message; without a bound one line could fill the memory. */
const maxLineBytes = 128 * 1024 * 1024;

export interface LineBlock {
  readonly lines: readonly Buffer[];
}

/**
 * Yields the lines of each block that arrives (without their newline), and an empty block when nothing has come for
 * `idleMs`, so that the caller can act on time. Ends at the end of the stream or when `signal` aborts.
 * Throws IntegrityError at a line that is too long: to pass over it would lose what it says.
 */
export async function* readLines(input: Readable, idleMs: number, signal: AbortSignal): AsyncGenerator<LineBlock> {
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let partial: Buffer[] = [];
  let partialBytes = 0;
  const read = (): Promise<IteratorResult<Buffer>> => {
    const chunk = chunks.next();
    chunk.catch(() => undefined); // a consumer that stops leaves it behind, and the closing of the input rejects it
    return chunk;
  };
  let next = read();
  for (;;) {
    const arrived = await firstOf(next, idleMs, signal);
    if (arrived === 'aborted') return;
    if (arrived === 'idle') {
      yield {lines: []};
      continue;
    }
    if (arrived.done === true) break;
    next = read();
    const {lines, rest} = splitBlock(partial, arrived.value);
    partial = rest;
    partialBytes = lines.length === 0 ? partialBytes + arrived.value.length : (rest[0]?.length ?? 0);
    if (partialBytes > maxLineBytes) {
      throw new IntegrityError('line_too_long', `A line of the input is longer than ${maxLineBytes >> 20} MiB.`);
    }
    if (lines.length > 0) yield {lines};
  }
  if (partial.length > 0) yield {lines: [Buffer.concat(partial)]};
}

/** Not Promise.race: racing against a promise that outlives the race, as an abort does, keeps every block in memory. */
function firstOf<T>(next: Promise<T>, idleMs: number, signal: AbortSignal): Promise<T | 'idle' | 'aborted'> {
  if (signal.aborted) return Promise.resolve('aborted');
  return new Promise((resolve, reject) => {
    const stopWaiting = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const settle = (outcome: T | 'idle' | 'aborted'): void => {
      stopWaiting();
      resolve(outcome);
    };
    const onAbort = (): void => settle('aborted');
    const timer = setTimeout(() => settle('idle'), idleMs);
    signal.addEventListener('abort', onAbort, {once: true});
    next.then(settle, (error: unknown) => {
      stopWaiting();
      reject(error instanceof Error ? error : new Error('The input could not be read.', {cause: error}));
    });
  });
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
