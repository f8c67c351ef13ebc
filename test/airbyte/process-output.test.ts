// Output through a pipe that has less room than is written at once, or that nobody reads.
import {execFileSync} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, readSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {ProcessOutput} from '../../airbyte/process-output';

let folder: string;
let pipe: string;
const open: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
  pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
});
afterEach(() => {
  for (const descriptor of open.splice(0)) closeSync(descriptor);
  rmSync(folder, {recursive: true});
});

function opened(flags: number): number {
  const descriptor = openSync(pipe, flags);
  open.push(descriptor);
  return descriptor;
}

/** More than a pipe takes at once, no two parts alike. */
const bytes = Buffer.from(Array.from({length: 60_000}, (_, index) => `${index} `).join(''));

/** All that comes until there are as many bytes. */
async function readAll(descriptor: number, count: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let size = 0; size < count;) {
    const piece = Buffer.alloc(10_000);
    try {
      const length = readSync(descriptor, piece);
      pieces.push(piece.subarray(0, length));
      size += length;
    } catch {
      // nothing has come yet
    }
    await sleep(1);
  }
  return Buffer.concat(pieces);
}

describe('ProcessOutput', () => {
  test.each([
    ['waits for its reader', 0],
    ['was made non-blocking', constants.O_NONBLOCK],
  ])('writes everything in order into a pipe that %s, and the process goes on meanwhile', async (_, flags) => {
    const reader = opened(constants.O_RDONLY | constants.O_NONBLOCK);
    const output = new ProcessOutput(opened(constants.O_WRONLY | flags));
    let isTaken = false;
    output.write(bytes, () => (isTaken = true));
    output.write('end');
    await sleep(20);
    expect(isTaken).toBe(false);
    const read = await readAll(reader, bytes.length + 3);
    expect(read.equals(Buffer.concat([bytes, Buffer.from('end')]))).toBe(true);
    await sleep(20);
    expect(isTaken).toBe(true);
  });

  test('fails when its reader is gone', async () => {
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const output = new ProcessOutput(opened(constants.O_WRONLY));
    const failed = new Promise((resolve) => output.once('error', resolve));
    closeSync(reader);
    output.write('a');
    await expect(failed).resolves.toMatchObject({code: 'EPIPE'});
  });
});
