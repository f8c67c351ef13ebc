// Composes items in a thread beside the one that reads and keeps the books.
import {Worker} from 'node:worker_threads';
import {BugError} from '../../core/errors';
import type {RenderedItem} from '../targets/target';
import {type ComposeOrder, type Composer, withoutStreams} from './compose-order';
import {fromPlainError, type PlainError} from './plain-error';

/** Answers come in the order of the orders. */
export type ComposerAnswer = {readonly composed: RenderedItem} | {readonly failure: PlainError};

interface Waiting {
  readonly resolve: (composed: RenderedItem) => void;
  readonly reject: (error: unknown) => void;
}

/** Each thread has orders of its own: one that has failed still says that it has ended when the next one is at work. */
interface Running {
  readonly thread: Worker;
  readonly waiting: Waiting[];
}

export class ComposerThread implements Composer {
  private running: Running | undefined;

  /** @param file program of the thread; started when there is something to compose, or before */
  constructor(private readonly file: string) {}

  /** Starts the thread before there is something to compose: it loads beside what happens until then. */
  begin(): void {
    this.running ??= this.start();
  }

  compose(order: ComposeOrder): Promise<RenderedItem> {
    this.running ??= this.start();
    const {thread, waiting} = this.running;
    return new Promise((resolve, reject) => {
      post(thread, order);
      waiting.push({resolve, reject});
      thread.ref();
    });
  }

  async close(): Promise<void> {
    const {running} = this;
    this.running = undefined;
    await running?.thread.terminate();
  }

  private start(): Running {
    const thread = new Worker(this.file);
    const waiting: Waiting[] = [];
    const running = {thread, waiting};
    const fail = (error: unknown): void => {
      if (this.running === running) this.running = undefined;
      for (const {reject} of waiting.splice(0)) reject(error);
    };
    thread.on('message', (answer: ComposerAnswer) => {
      const next = waiting.shift();
      // An idle thread does not keep the process alive; one that is being closed does, until it has ended.
      if (waiting.length === 0 && this.running === running) thread.unref();
      if ('failure' in answer) next?.reject(fromPlainError(answer.failure));
      else next?.resolve(withBuffer(answer.composed));
    });
    // Never the content's own failure: that the thread would have answered.
    thread.on('error', (cause) => fail(new BugError('The thread that composes items failed.', {cause})));
    thread.on('exit', () => fail(new BugError('The thread that composes items has ended.')));
    thread.unref();
    return running;
  }
}

/** What cannot be sent is a fault of ours, never of the content. */
function post(thread: Worker, order: ComposeOrder): void {
  const plain = {...order, item: withoutStreams(order.item)};
  try {
    thread.postMessage(plain);
  } catch (cause) {
    throw new BugError('An item cannot be given to the thread that composes it.', {cause});
  }
}

/** Buffers arrive as plain arrays of bytes. */
function withBuffer(composed: RenderedItem): RenderedItem {
  const {body} = composed;
  if (body.kind === 'file') return composed;
  const {buffer, byteOffset, byteLength} = body.bytes;
  return {...composed, body: {kind: 'memory', bytes: Buffer.from(buffer, byteOffset, byteLength)}};
}
