// Starts a connector as the platform's pods do: a shell that evaluates AIRBYTE_ENTRYPOINT, in a folder of its own.
import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable, Writable} from 'node:stream';
import {startExecutable} from '../executables';
import {type Message, parseMessage} from './message';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Names and contents of the files that the platform puts into the working folder. */
export type JobFiles = Readonly<Record<string, unknown>>;

export class ConnectorProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<ProcessEnd>;
  private readonly child: ChildProcess;

  /** @param folder working folder of the process; its files are written there, an undefined one is left out */
  constructor(executable: string, verb: 'read' | 'write', folder: string, files: JobFiles) {
    mkdirSync(folder, {recursive: true});
    const args = Object.entries(files).flatMap(([flag, content]) => {
      if (content === undefined) return [];
      const path = join(folder, `${flag}.json`);
      writeFileSync(path, JSON.stringify(content));
      return [`--${flag}`, quote(path)];
    });
    const child = startExecutable('sh', ['-c', 'eval "$AIRBYTE_ENTRYPOINT $ARGUMENTS"'], {
      cwd: folder,
      detached: true, // a group of its own, so that a signal reaches the connector and not its shell alone
      env: {
        ...process.env,
        AIRBYTE_ENTRYPOINT: quote(executable),
        ARGUMENTS: [verb, ...args].join(' '),
        DEPLOYMENT_MODE: 'OSS',
        USE_FILE_TRANSFER: 'false',
        WORKER_CONNECTOR_IMAGE: 'connector:dev',
        WORKER_JOB_ID: '1',
        WORKER_JOB_ATTEMPT: '0',
      },
    });
    this.child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.stdin.on('error', () => undefined); // the connector may have been killed; its exit tells
    this.ended = endOf(child);
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.child.pid ?? NaN), signal);
    } catch {
      return; // it has ended by itself
    }
  }
}

/** One word for a shell, whatever characters are in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Runs a verb that answers with one message of the given type. */
export async function askConnector(executable: string, args: readonly string[], type: string): Promise<Message> {
  const asked = startExecutable(executable, args);
  asked.stdin.end();
  asked.stderr.pipe(process.stderr);
  let answer: Message | undefined;
  await Promise.all([
    once(asked, 'exit'),
    eachLine(asked.stdout, (line) => {
      const message = parseMessage(line);
      if (message?.type === type) answer ??= message;
    }),
  ]);
  if (answer === undefined) throw new Error(`${executable} ${args[0] ?? ''} gave no ${type}.`);
  return answer;
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return {code, signal};
}

export async function eachLine(output: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({input: output, crlfDelay: Infinity})) take(line);
}
