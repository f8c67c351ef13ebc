// Runs one sync as the Airbyte platform does: source to destination through pipes, states kept only once acknowledged.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Writable} from 'node:stream';

export interface SyncOptions {
  /** Folder for the files the platform hands to connectors, and for the acknowledged states. */
  readonly workFolder: string;
  readonly source: {readonly executable: string; readonly config: object};
  readonly destination: {readonly executable: string; readonly config: object};
  /** Streams to select; all when absent. */
  readonly streams?: readonly string[];
  readonly onMessage?: (from: 'source' | 'destination', message: Message) => void;
  /** Given every line that either process writes; without it, stderr goes to the terminal. */
  readonly onLine?: (from: 'source' | 'destination', channel: 'stdout' | 'stderr', line: string) => void;
  /** Told when both processes have started. */
  readonly onStarted?: (processes: {readonly source: ChildProcess; readonly destination: ChildProcess}) => void;
}

export interface Message {
  readonly type: string;
  readonly [payload: string]: unknown;
}

export interface SyncResult {
  readonly sourceEnd: ProcessEnd;
  readonly destinationEnd: ProcessEnd;
  readonly records: number;
  readonly statesSent: number;
  readonly statesReturned: number;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Whether both sides ended well, which is the platform's verdict. */
export function isComplete({sourceEnd, destinationEnd}: SyncResult): boolean {
  return sourceEnd.code === 0 && destinationEnd.code === 0;
}

export async function runSync(options: SyncOptions): Promise<SyncResult> {
  const {workFolder, source, destination} = options;
  const file = (name: string, content: unknown): string => {
    const path = join(workFolder, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const sourceConfig = file('source-config.json', source.config);
  const destinationConfig = file('destination-config.json', destination.config);
  const catalog = file('catalog.json', await configuredCatalog(source.executable, sourceConfig, options.streams));
  const states = new SavedStates(join(workFolder, 'states.json'));

  const onErrorLine = (from: 'source' | 'destination', line: string): void => {
    if (options.onLine === undefined) process.stderr.write(`${line}\n`);
    else options.onLine(from, 'stderr', line);
  };
  const writing = spawn(destination.executable, ['write', '--config', destinationConfig, '--catalog', catalog], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const reading = spawn(
    source.executable,
    ['read', '--config', sourceConfig, '--catalog', catalog, '--state', states.path],
    {stdio: ['ignore', 'pipe', 'pipe']}
  );
  const seen = Promise.all([
    eachLine(reading.stderr, (line) => onErrorLine('source', line)),
    eachLine(writing.stderr, (line) => onErrorLine('destination', line)),
  ]);
  options.onStarted?.({source: reading, destination: writing});
  const ends = Promise.all([endOf(reading), endOf(writing)]);
  writing.stdin.on('error', () => undefined); // the destination may have been killed; its exit tells

  let statesReturned = 0;
  const acknowledging = eachLine(writing.stdout, (line) => {
    options.onLine?.('destination', 'stdout', line);
    const message = parseMessage(line);
    if (message === undefined) return;
    options.onMessage?.('destination', message);
    if (message.type !== 'STATE') return;
    states.save(message);
    statesReturned += 1;
  });

  let records = 0;
  let stateId = 0;
  for await (const line of createInterface({input: reading.stdout, crlfDelay: Infinity})) {
    options.onLine?.('source', 'stdout', line);
    // The platform forwards RECORD and STATE alone, and stamps each STATE.
    let forwarded: string | undefined;
    if (line.startsWith('{"type":"RECORD"')) {
      records += 1;
      forwarded = line;
    } else {
      const message = parseMessage(line);
      if (message !== undefined) options.onMessage?.('source', message);
      if (message?.type === 'STATE') forwarded = JSON.stringify(withId(message, (stateId += 1)));
    }
    if (forwarded === undefined || writing.stdin.destroyed) continue;
    if (!writing.stdin.write(`${forwarded}\n`)) await drained(writing.stdin);
  }
  writing.stdin.end();
  await Promise.all([acknowledging, seen]);
  const [sourceEnd, destinationEnd] = await ends;
  return {sourceEnd, destinationEnd, records, statesSent: stateId, statesReturned};
}

/** Runs a verb that answers with one message of the given type. */
export async function askConnector(executable: string, args: readonly string[], type: string): Promise<Message> {
  const asked = spawn(executable, args, {stdio: ['ignore', 'pipe', 'inherit']});
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

async function configuredCatalog(
  executable: string,
  config: string,
  selected: readonly string[] | undefined
): Promise<object> {
  const {catalog} = await askConnector(executable, ['discover', '--config', config], 'CATALOG');
  const {streams} = catalog as {
    streams: {name: string; default_cursor_field: string[]; source_defined_primary_key: string[][]}[];
  };
  return {
    streams: streams
      .filter(({name}) => selected === undefined || selected.includes(name))
      .map((stream) => ({
        stream,
        sync_mode: 'incremental',
        destination_sync_mode: 'append_dedup',
        cursor_field: stream.default_cursor_field,
        primary_key: stream.source_defined_primary_key,
      })),
  };
}

/** Resolves when there is room again, or when nobody will ever make any. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

/** The newest acknowledged state of each stream, as the platform keeps it. */
class SavedStates {
  private readonly byStream = new Map<string, unknown>();

  constructor(readonly path: string) {
    for (const state of this.load()) this.byStream.set(streamOf(state), state);
    this.write();
  }

  save({state}: Message): void {
    this.byStream.set(streamOf(state), state);
    this.write();
  }

  private load(): readonly unknown[] {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8')) as unknown[];
    } catch {
      return [];
    }
  }

  private write(): void {
    writeFileSync(this.path, JSON.stringify([...this.byStream.values()]));
  }
}

function streamOf(state: unknown): string {
  return (state as {stream: {stream_descriptor: {name: string}}}).stream.stream_descriptor.name;
}

function withId(message: Message, id: number): Message {
  return {...message, state: {...(message['state'] as object), id}};
}

async function eachLine(output: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({input: output, crlfDelay: Infinity})) take(line);
}

/** Undefined for the line that a killed process did not finish: the platform passes over what is not JSON. */
function parseMessage(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return {code, signal};
}
