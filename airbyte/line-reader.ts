// Splits a byte stream into lines, a block at a time, without ever decoding half a character.
import type {Readable} from 'node:stream';
import {IntegrityError} from '../core/errors';
import {GrowingLine} from './growing-line';

const newline = 0x0a;
/** Far more than the platform passes on in one message; without a bound one line could fill the memory. */
const maxLineBytes = 128 * 1024 * 1024;

export interface LineBlock {
  /** Valid until the next block is asked for. */
  readonly lines: readonly Buffer[];
}

/**
 * Yields the lines of each block that arrives (without their newline), and an empty block when nothing has come for
 * `idleMs`, so that the caller can act on time. Ends at the end of the stream or when `signal` aborts.
 * Throws IntegrityError at a line that is too long: to pass over it would lose what it says.
 */
export async function* readLines(input: Readable, idleMs: number, signal: AbortSignal): AsyncGenerator<LineBlock> {
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let growing = new GrowingLine();
  let spare = new GrowingLine();
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
    const block = arrived.value;
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = block.indexOf(newline); end !== -1; end = block.indexOf(newline, start)) {
      if (growing.length === 0) lines.push(block.subarray(start, end));
      else {
        growing.append(block.subarray(start, end));
        assertBounded(growing); // also a line that has ended: the same line must not pass by where its blocks end
        lines.push(growing.take());
        [growing, spare] = [spare, growing]; // the end of the block must not overwrite what it just gave
      }
      start = end + 1;
    }
    if (start < block.length) growing.append(block.subarray(start));
    assertBounded(growing);
    if (lines.length > 0) yield {lines};
  }
  if (growing.length > 0) yield {lines: [growing.take()]};
}

function assertBounded(line: GrowingLine): void {
  if (line.length <= maxLineBytes) return;
  throw new IntegrityError('line_too_long', `A line of the input is longer than ${maxLineBytes >> 20} MiB.`);
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
