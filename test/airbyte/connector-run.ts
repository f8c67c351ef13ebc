// Runs a connector as the platform does: a real process with files, pipes and an environment, and what came out of it.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {type Executable, startExecutable} from '../support/executables';

/** One line of stdout. Members are loose on purpose: a test looks at what is there. */
export interface OutputMessage {
  readonly type: string;
  readonly [payload: string]: unknown;
}

export interface ConnectorResult {
  readonly messages: readonly OutputMessage[];
  /** Lines of stdout that are not JSON objects with a type. */
  readonly strayLines: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ConnectorStart {
  /** Executable and its leading arguments. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A connector that is running: its pipes are the caller's. */
export function startConnector({command, args, env}: ConnectorStart): Executable {
  const [executable, ...leading] = command;
  return startExecutable(executable!, [...leading, ...args], {
    env: {PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...env},
  });
}

/** Everything the process writes until it ends. */
export async function collectResult(child: Executable): Promise<ConnectorResult> {
  const [stdout, stderr, end] = await Promise.all([readAll(child.stdout), readAll(child.stderr), waitForEnd(child)]);
  return {...parseOutput(stdout), stdout, stderr, ...end};
}

export function waitForEnd(child: Executable): Promise<Pick<ConnectorResult, 'exitCode' | 'signal'>> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({exitCode: child.exitCode, signal: child.signalCode});
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => resolve({exitCode, signal}));
  });
}

/** Runs to the end with the given stdin, written in these pieces and then closed. */
export function runConnector(
  start: ConnectorStart,
  stdin: readonly (string | Buffer)[] = []
): Promise<ConnectorResult> {
  const child = startConnector(start);
  child.stdin.on('error', () => undefined); // a connector need not read its input to the end
  for (const piece of stdin) child.stdin.write(piece);
  child.stdin.end();
  return collectResult(child);
}

/** Resolves with all of stdout so far as soon as it contains `text`; the stream goes on flowing. */
export function waitForOutput(child: Executable, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      seen += piece;
      if (seen.includes(text)) resolve(seen);
    });
    child.once('exit', () => reject(new Error('The connector ended before it wrote what was awaited.')));
  });
}

export async function readAll(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece as Buffer | string));
  return Buffer.concat(pieces).toString('utf8');
}

export function parseOutput(stdout: string): Pick<ConnectorResult, 'messages' | 'strayLines'> {
  const messages: OutputMessage[] = [];
  const strayLines: string[] = [];
  for (const line of stdout.split('\n')) {
    if (line === '') continue;
    const message = parseMessage(line);
    if (message === undefined) strayLines.push(line);
    else messages.push(message);
  }
  return {messages, strayLines};
}

function parseMessage(line: string): OutputMessage | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
    return value as OutputMessage;
  } catch {
    return undefined;
  }
}

/** The payloads of all messages of a type, in order. */
export function payloads(result: Pick<ConnectorResult, 'messages'>, type: string): readonly Record<string, unknown>[] {
  return result.messages
    .filter((message) => message.type === type)
    .map((message) => message[type.toLowerCase()] as Record<string, unknown>);
}

export interface ErrorTrace {
  readonly message: string;
  readonly failure_type: string;
  readonly internal_message?: string;
  readonly stream_descriptor?: {readonly name: string};
}

export function errorTraces(result: Pick<ConnectorResult, 'messages'>): readonly ErrorTrace[] {
  return payloads(result, 'TRACE').flatMap((trace) =>
    trace['type'] === 'ERROR' ? [trace['error'] as ErrorTrace] : []
  );
}

/** `STARTED alpha`, `RUNNING alpha`, … in the order they were written. */
export function streamStatuses(result: Pick<ConnectorResult, 'messages'>): readonly string[] {
  return payloads(result, 'TRACE').flatMap((trace) => {
    if (trace['type'] !== 'STREAM_STATUS') return [];
    const status = trace['stream_status'] as {stream_descriptor: {name: string}; status: string};
    return [`${status.status} ${status.stream_descriptor.name}`];
  });
}

/** A scratch folder for the files of a test, gone with `remove`. */
export class RunFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'connector-run-'));

  /** Writes a file, objects as JSON, and returns its path. */
  file(name: string, content: unknown): string {
    const path = join(this.path, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  remove(): void {
    rmSync(this.path, {recursive: true, force: true});
  }
}

/** A configured catalog as the platform writes it. */
export function configuredCatalog(names: readonly string[], destinationSyncMode = 'append'): object {
  return {
    streams: names.map((name) => ({
      stream: {name, json_schema: {type: 'object', properties: {}}, supported_sync_modes: ['incremental']},
      sync_mode: 'incremental',
      destination_sync_mode: destinationSyncMode,
    })),
  };
}
