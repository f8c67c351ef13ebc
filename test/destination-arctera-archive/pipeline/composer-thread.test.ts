// A thread that composes: what it answers, and what becomes of orders when it fails.
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import {afterEach, beforeEach, expect, jest, test} from '@jest/globals';
import {BugError, ConfigError, IntegrityError, TransientError} from '../../../core/errors';
import type {ComposeOrder} from '../../../destination-arctera-archive/pipeline/compose-order';
import {ComposerThread} from '../../../destination-arctera-archive/pipeline/composer-thread';
import {fromPlainError, toPlainError} from '../../../destination-arctera-archive/pipeline/plain-error';
import {toEndOfRun} from '../../../destination-arctera-archive/targets/folder-errors';
import {attached, message, messagesItem, settings} from '../render/sample-items';

const order: ComposeOrder = {
  item: messagesItem(),
  format: 'eml',
  settings,
  record: '{}',
  address: 'aa/item.eml',
  directory: '/nowhere',
};

let folder: string;
let composer: ComposerThread | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'composer-'));
});
afterEach(async () => {
  await composer?.close();
  rmSync(folder, {recursive: true});
});

function threadThat(does: string): ComposerThread {
  const file = join(folder, 'thread.js');
  writeFileSync(file, `const {parentPort} = require('node:worker_threads');\n${does}`);
  const thread = new ComposerThread(file);
  composer = thread;
  return thread;
}

test('bytes that the thread answers arrive as a buffer', async () => {
  const thread = threadThat(`parentPort.on('message', ({address}) => {
    const bytes = Buffer.from('the item');
    parentPort.postMessage({composed: {itemId: 'i', address, sha256: 's', size: 8, body: {kind: 'memory', bytes}}});
  });`);
  const [one, two] = await Promise.all([thread.compose(order), thread.compose({...order, address: 'bb/item.eml'})]);
  expect([one.address, two.address]).toEqual(['aa/item.eml', 'bb/item.eml']);
  expect(one.body).toEqual({kind: 'memory', bytes: Buffer.from('the item')});
  expect(one.body.kind === 'memory' && Buffer.isBuffer(one.body.bytes)).toBe(true);
});

test('a thread that has begun before there is an order is the one that carries it out', async () => {
  const thread = threadThat(`let orders = 0;
  parentPort.on('message', () => parentPort.postMessage({composed: {size: ++orders, body: {kind: 'file', path: ''}}}));
  require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'begun'))}, 'x');`);
  thread.begin();
  while (!existsSync(join(folder, 'begun'))) await sleep(5);
  thread.begin();
  const sizes = [await thread.compose(order), await thread.compose(order)].map(({size}) => size);
  expect([sizes, readFileSync(join(folder, 'begun'), 'utf8')]).toEqual([[1, 2], 'x']);
});

test.each([
  ['ends', 'process.exit(0)', 'The thread that composes items has ended.'],
  ['fails', `throw new Error('broken')`, 'The thread that composes items failed.'],
])('every order fails when the thread %s', async (_, does, words) => {
  const thread = threadThat(`parentPort.on('message', () => { ${does}; });`);
  const ends = await Promise.allSettled([thread.compose(order), thread.compose(order)]);
  expect(ends.map((end) => end.status === 'rejected' && String(end.reason))).toEqual([
    expect.stringContaining(words),
    expect.stringContaining(words),
  ]);
});

test('a thread that has failed takes no order of the next one with it', async () => {
  const thread = threadThat(`parentPort.on('message', ({address}) => {
    if (address === 'broken') throw new Error('broken');
    setTimeout(() => parentPort.postMessage({composed: {address, body: {kind: 'file', path: ''}}}), 100);
  });`);
  for (let time = 0; time < 3; time += 1) {
    await expect(thread.compose({...order, address: 'broken'})).rejects.toThrow('failed');
    const addresses = ['aa/item.eml', 'bb/item.eml'];
    const composed = await Promise.all(addresses.map((address) => thread.compose({...order, address})));
    expect(composed.map(({address}) => address)).toEqual(addresses);
  }
});

test('an upload without a file is refused rather than lost', async () => {
  const item = messagesItem({messages: [message({files: [attached('a.txt', Buffer.from('abc'))]})]});
  await expect(threadThat('').compose({...order, item})).rejects.toThrow(BugError);
});

test.each([
  new IntegrityError('transfer_broken', 'Chunk 1 is missing.', {cause: new Error('why')}),
  new TransientError('disk_full', 'The disk is full.'),
  new ConfigError('target_not_writable', 'No.'),
  new BugError('Unexpected.'),
  Object.assign(new Error('ENOSPC: no space left on device'), {code: 'ENOSPC'}),
  new RangeError('Invalid string length'),
])('%s crosses whole', (error) => {
  const crossed = fromPlainError(structuredClone(toPlainError(error)));
  expect(crossed).toMatchObject({name: error.name, message: error.message});
  expect(String(crossed.cause)).toBe(String(error.cause));
  const seen = (each: Error): unknown => {
    const {recovery, code, message: words} = toEndOfRun(each, '/archive');
    return {recovery, code, words};
  };
  expect(seen(crossed)).toEqual(seen(error));
});

test('an answer that comes while the thread is being closed does not let the process end before that', async () => {
  const unref = jest.spyOn(Worker.prototype, 'unref');
  const answered = join(folder, 'answered');
  const thread = threadThat(`parentPort.on('message', () => {
    parentPort.postMessage({failure: {name: 'Error', message: 'late'}});
    require('node:fs').writeFileSync(${JSON.stringify(answered)}, 'x');
  });`);
  const composing = thread.compose(order).catch((error: unknown) => String(error));
  while (!existsSync(answered)); // it answers, and nobody here takes the answer yet
  const before = unref.mock.calls.length;
  await thread.close();
  expect(await composing).toContain('late');
  expect(unref.mock.calls.length).toBe(before);
  unref.mockRestore();
});
