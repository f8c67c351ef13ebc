// The output of the process, written by one of the threads of Node.js: what the reader keeps waiting is that thread.
import {write} from 'node:fs';
import {Writable} from 'node:stream';

/** Where another process has made the pipe non-blocking. */
const askAgainMs = 5;

/** `process.stdout` writes to a pipe in the thread that asks, which does nothing else until the reader has taken it. */
export class ProcessOutput extends Writable {
  constructor(private readonly descriptor: number) {
    super();
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const writeOn = (rest: Buffer): void => this._write(rest, encoding, done);
    write(this.descriptor, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(writeOn, askAgainMs, bytes);
      else if (error !== null) done(error);
      else if (written < bytes.length) writeOn(bytes.subarray(written));
      else done();
    });
  }
}
