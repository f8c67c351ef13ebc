// One connector process: its output, its signals, and the run of one command from start to exit code.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Clock, systemClock} from '../core/clock';
import {BugError, toConnectorError} from '../core/errors';
import type {Log} from './log';
import {MessageWriter} from './message-writer';
import {type ProcessEnd, watchProcessEnd} from './process-end';
import {ProtocolLogger} from './protocol-logger';
import {toErrorTrace} from './traces';
import {keepThreadsAwake} from './waking-threads';

/** Far longer than a reader pauses that has not been forgotten by whoever started it. */
const lastWordsMs = 15 * 60_000;

export class ConnectorProcess {
  readonly clock: Clock = systemClock;
  readonly end: ProcessEnd = watchProcessEnd();
  readonly writer = new MessageWriter(process.stdout, () => this.end.stop());
  readonly logger = new ProtocolLogger(this.writer);

  get log(): Log {
    return this.logger;
  }

  /** Runs a command to its end; a failure becomes one error trace and exit code 1. */
  async run(command: () => Promise<number>): Promise<void> {
    let exitCode = 1;
    process.once('beforeExit', this.endWithoutOutcome);
    // In the place of the CDK's, which would end the process before its output has left it.
    process.removeAllListeners('uncaughtException').on('uncaughtException', this.breakOff);
    const letSleep = keepThreadsAwake();
    try {
      exitCode = await command();
    } catch (error) {
      const cause = toConnectorError(error);
      if (cause.recovery === 'bug' && error instanceof Error && error.stack !== undefined) {
        this.logger.error(`${cause.message} ${framesOf(error.stack)}`);
      }
      if (!this.end.signal.aborted) await this.writer.write(toErrorTrace(cause, this.clock.nowMs()));
    }
    await this.writer.flush();
    letSleep();
    process.removeListener('beforeExit', this.endWithoutOutcome);
    this.end.finish(this.writer.readerGone ? 1 : exitCode);
  }

  /** A command that waits for something that can no longer come would otherwise end with exit code 0: a sync complete. */
  private readonly endWithoutOutcome = (): void => {
    process.exitCode = 1;
    const error = new BugError('The command stopped without an outcome.');
    void this.writer.writeLast(toErrorTrace(error, this.clock.nowMs()));
  };

  private readonly breakOff = (error: unknown): void => {
    const end = (): void => process.exit(1);
    this.logger.traceError(error);
    setTimeout(end, lastWordsMs).unref(); // what waits to be written keeps the process alive until then
    void this.writer.flush().then(end);
  };
}

/** Version from the package.json that stands above the bundle, as the CDK needs it too. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

/** Where a bug happened: file positions only, since the message of a foreign error may quote data. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 6)
    .map((line) => line.trim())
    .join(' ');
}
