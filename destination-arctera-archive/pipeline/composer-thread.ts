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

export class ComposerThread implements Composer {
  private thread: Worker | undefined;
  private readonly waiting: Waiting[] = [];

  /** @param file program of the thread; started when there is something to compose, or before */
  constructor(private readonly file: string) {}

  /** Starts the thread before there is something to compose: it loads beside what happens until then. */
  begin(): void {
    this.thread ??= this.start();
  }

  compose(order: ComposeOrder): Promise<RenderedItem> {
    this.thread ??= this.start();
    const {thread} = this;
    return new Promise((resolve, reject) => {
      post(thread, order);
      this.waiting.push({resolve, reject});
      thread.ref();
    });
  }

  async close(): Promise<void> {
    const {thread} = this;
    this.thread = undefined;
    await thread?.terminate();
  }

  private start(): Worker {
    const thread = new Worker(this.file);
    thread.on('message', (answer: ComposerAnswer) => {
      const next = this.waiting.shift();
      if (this.waiting.length === 0) thread.unref(); // an idle thread does not keep the process alive
      if ('failure' in answer) next?.reject(fromPlainError(answer.failure));
      else next?.resolve(withBuffer(answer.composed));
    });
    // Never the content's own failure: that the thread would have answered.
    thread.on('error', (cause) => this.fail(new BugError('The thread that composes items failed.', {cause})));
    thread.on('exit', () => this.fail(new BugError('The thread that composes items has ended.')));
    thread.unref();
    return thread;
  }

  private fail(error: unknown): void {
    this.thread = undefined;
    for (const {reject} of this.waiting.splice(0)) reject(error);
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
