// Entry point of the thread that composes items.
import {parentPort} from 'node:worker_threads';
import {type ComposeOrder, ComposerInPlace} from './pipeline/compose-order';
import type {ComposerAnswer} from './pipeline/composer-thread';
import {toPlainError} from './pipeline/plain-error';

const composer = new ComposerInPlace();

async function answer(order: ComposeOrder): Promise<void> {
  let told: ComposerAnswer;
  try {
    told = {composed: await composer.compose(order)};
  } catch (error) {
    told = {failure: toPlainError(error)};
  }
  // Handed over, not copied.
  const bytes = 'composed' in told && told.composed.body.kind === 'memory' ? told.composed.body.bytes : undefined;
  const isOwn = bytes?.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength;
  parentPort?.postMessage(told, isOwn ? [bytes.buffer] : []);
}

parentPort?.on('message', (order: ComposeOrder) => void answer(order));
