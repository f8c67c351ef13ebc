// Entry point of the thread that composes items.
import {parentPort} from 'node:worker_threads';
import {type ComposeOrder, ComposerInPlace} from './pipeline/compose-order';
import type {ComposerAnswer} from './pipeline/composer-thread';
import {toPlainError} from './pipeline/plain-error';
import type {RenderedItem} from './targets/target';

const composer = new ComposerInPlace();

async function answer(composing: Promise<RenderedItem>): Promise<void> {
  let told: ComposerAnswer;
  try {
    told = {composed: await composing};
  } catch (error) {
    told = {failure: toPlainError(error)};
  }
  // Handed over, not copied.
  const bytes = 'composed' in told && told.composed.body.kind === 'memory' ? told.composed.body.bytes : undefined;
  const isOwn = bytes?.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength;
  parentPort?.postMessage(told, isOwn ? [bytes.buffer] : []);
}

/** Answers come in the order of the orders, whichever item is flushed first. */
let answered = Promise.resolve();
parentPort?.on('message', (order: ComposeOrder) => {
  const composing = composer.compose(order);
  composing.catch(() => undefined); // told when its turn has come
  answered = answered.then(() => answer(composing));
});
