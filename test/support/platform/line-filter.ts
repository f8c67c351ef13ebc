// A program between the two connectors that reads each line and writes it again, as the platform's own code does.
import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Readable, Writable} from 'node:stream';

export class LineFilter {
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;

  constructor(private readonly command: readonly string[]) {}

  /** Where to write lines that are to reach `next`, which ends when the filter has ended. */
  before(next: Writable): Writable {
    const [program = '', ...args] = this.command;
    const child = spawn(program, args, {stdio: ['pipe', 'pipe', 'inherit']});
    child.stdin.on('error', () => undefined); // the filter may have ended; its exit code tells
    child.stdout.pipe(next);
    this.child = child;
    return child.stdin;
  }

  /** Exit code; null before the filter has run. */
  async ended(): Promise<number | null> {
    const {child} = this;
    if (child === undefined) return null;
    if (child.exitCode === null) await once(child, 'exit');
    return child.exitCode;
  }
}
