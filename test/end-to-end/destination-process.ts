// Runs the destination as the platform does: a process with files for its settings and pipes for its messages.
import {once} from 'node:events';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface, type Interface} from 'node:readline';
import {afterEach} from '@jest/globals';
import {root} from '../source-files';
import {itemPaths} from './archive-reader';
import {canary} from '../support/canary';
import {type Executable, startExecutable} from '../support/executables';

const executable = join(root, 'bin', 'destination-arctera-archive');
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

/** An existing folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'end-to-end-'));
  cleanUps.push(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** What is added last is undone first. */
export function afterTest(cleanUp: () => void): void {
  cleanUps.push(cleanUp);
}

export interface RunSettings {
  readonly path: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly allowEphemeral?: boolean;
  /** Streams of the configured catalog. */
  readonly streams?: readonly string[];
  /** What the configured catalog says of each stream, beside or in place of the usual. */
  readonly configured?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Further arguments of the verb. */
  readonly options?: readonly string[];
  /** Text of the configuration file, in place of one made from the other settings. */
  readonly configText?: string;
  /** Text of the configured catalog, likewise. */
  readonly catalogText?: string;
}

export interface StateShape {
  readonly type: string;
  readonly stream: {readonly stream_descriptor: {readonly name: string}; readonly stream_state: unknown};
  readonly destinationStats?: {readonly recordCount: number; readonly rejectedRecordCount?: number};
  readonly id?: number;
}

interface ErrorShape {
  readonly message: string;
  readonly internal_message: string;
  readonly failure_type: string;
}

interface OutputShape {
  readonly type: string;
  readonly state?: StateShape;
  readonly trace?: {readonly type: string; readonly error?: ErrorShape};
  readonly connectionStatus?: {readonly status: string; readonly message?: string};
  readonly log?: {readonly level: string; readonly message: string};
}

const allStreams = ['users', 'messages', 'conversations', 'files', 'file_chunks', 'capture_runs'];

export class DestinationProcess {
  readonly outputs: OutputShape[] = [];
  /** Anything that does not belong where it was written. */
  stderr = '';
  private readonly child: Executable;
  private readonly waiting = new Set<() => void>();
  private readonly closed: Promise<unknown>;
  private readonly lines: Interface;
  private readerIsGone = false;

  /** @param onState called while the line is read, before the process can go on for long */
  constructor(
    private readonly verb: string,
    settings: RunSettings,
    private readonly onState: (state: StateShape) => void = () => undefined
  ) {
    const folder = temporaryFolder();
    const configFile = join(folder, 'config.json');
    const catalogFile = join(folder, 'catalog.json');
    const target = {
      type: 'folder',
      path: settings.path,
      ...(settings.allowEphemeral === true ? {allow_ephemeral: true} : {}),
    };
    writeFileSync(configFile, settings.configText ?? JSON.stringify({target, ...settings.config}));
    const streams = (settings.streams ?? allStreams).map((name) => ({
      stream: {name, json_schema: {description: canary.key}, supported_sync_modes: ['incremental']},
      sync_mode: 'incremental',
      destination_sync_mode: 'append',
      ...settings.configured,
    }));
    writeFileSync(catalogFile, settings.catalogText ?? JSON.stringify({streams}));
    const args = [
      verb,
      '--config',
      configFile,
      ...(verb === 'write' ? ['--catalog', catalogFile] : []),
      ...(settings.options ?? []),
    ];
    this.child = startExecutable(executable, args, {
      env: {...process.env, CANARY_KEY: canary.key, ...settings.environment},
    });
    cleanUps.push(() => this.child.kill('SIGKILL'));
    this.child.stdin.on('error', () => undefined); // a process that was killed no longer reads
    this.child.stderr.on('data', (bytes: Buffer) => (this.stderr += bytes.toString()));
    this.lines = createInterface(this.child.stdout);
    this.lines.on('line', (line) => {
      if (line.startsWith('{"type":"STATE"')) this.stateLines.push(line);
      this.take(JSON.parse(line) as OutputShape);
    });
    this.closed = Promise.all([once(this.lines, 'close'), once(this.child, 'close')]);
  }

  get states(): StateShape[] {
    return this.outputs.flatMap(({state}) => state ?? []);
  }

  /** The states told, as they were written. */
  readonly stateLines: string[] = [];

  get errors(): ErrorShape[] {
    return this.outputs.flatMap(({trace}) => trace?.error ?? []);
  }

  get status(): OutputShape['connectionStatus'] {
    return this.outputs.find(({connectionStatus}) => connectionStatus !== undefined)?.connectionStatus;
  }

  get warnings(): string[] {
    return this.outputs.flatMap(({log}) => (log?.level === 'WARN' ? log.message : []));
  }

  get logText(): string {
    return this.outputs.map(({log}) => log?.message ?? '').join('\n');
  }

  /** `stream:state` of each state told, in order. */
  get told(): string[] {
    return this.states.map(({stream}) => `${stream.stream_descriptor.name}:${JSON.stringify(stream.stream_state)}`);
  }

  feed(lines: readonly string[]): void {
    if (lines.length > 0) this.child.stdin.write(`${lines.join('\n')}\n`);
  }

  /** Bytes as they are; resolves when the process has taken what came before them. */
  async feedBytes(bytes: Buffer): Promise<void> {
    if (this.child.stdin.write(bytes)) return;
    const drained = new Promise<void>((resolve) => this.child.stdin.once('drain', resolve));
    await Promise.race([drained, this.closed]);
  }

  end(): void {
    this.child.stdin.end();
  }

  /** Stops reading stdout until it is resumed. */
  pauseOutput(): void {
    this.child.stdout.pause();
  }

  resumeOutput(): void {
    this.child.stdout.resume();
  }

  /** Closes stdout, as a platform that goes away does. */
  closeOutput(): void {
    this.readerIsGone = true;
    this.child.stdout.destroy();
    this.lines.close();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Most memory it has had so far, in bytes. Linux keeps it. */
  get peakMemoryBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves when an output makes it true; rejects when the process ends before. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      if (this.child.exitCode !== null) {
        throw new Error(`The process ended with ${this.child.exitCode}: ${JSON.stringify(this.errors)}`);
      }
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve);
        void this.closed.then(() => resolve());
      });
    }
  }

  /** Exit code, or the signal that ended it. Whatever the test is about, the process must have ended properly. */
  async ended(): Promise<number | NodeJS.Signals> {
    await this.closed;
    const end = this.child.exitCode ?? this.child.signalCode ?? -1;
    if (this.stderr !== '') throw new Error(`stderr is not empty: ${this.stderr.slice(0, 500)}`);
    if (this.verb === 'write' && !this.readerIsGone) this.assertOneVerdict(end);
    return end;
  }

  /** A run that failed says once why; one that did not, says nothing of the kind. */
  private assertOneVerdict(end: number | NodeJS.Signals): void {
    const traces = this.outputs.filter(({trace}) => trace?.type === 'ERROR');
    if (traces.length === (end === 1 ? 1 : 0) && (typeof end === 'string' || end <= 1)) return;
    throw new Error(`It ended with ${end} and ${traces.length} error traces: ${JSON.stringify(traces)}`);
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private take(output: OutputShape): void {
    if (output.state !== undefined) this.onState(output.state);
    this.outputs.push(output);
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}

/** Feeds everything and waits for the end. */
export async function write(
  settings: RunSettings,
  lines: readonly string[]
): Promise<{run: DestinationProcess; exit: number | NodeJS.Signals}> {
  const run = new DestinationProcess('write', settings);
  run.feed(lines);
  run.end();
  return {run, exit: await run.ended()};
}

/** Items that have their name. */
export function itemCountOf(path: string): number {
  return itemPaths(path).length;
}

/** Exit code of `verify`. */
export async function verify(path: string, config: RunSettings['config'] = {}): Promise<number | NodeJS.Signals> {
  const run = new DestinationProcess('verify', {path, config});
  run.end();
  return run.ended();
}

/** What a verb for people prints. */
export async function printed(
  verb: string,
  {path, config, options = [], environment}: RunSettings
): Promise<{exit: number | null; text: string}> {
  const file = join(temporaryFolder(), 'config.json');
  writeFileSync(file, JSON.stringify({target: {type: 'folder', path}, ...config}));
  const child = startExecutable(executable, [verb, ...options, '--config', file], {
    env: {...process.env, ...environment},
    showsText: true, // what people ask to see of an item may be its text
  });
  child.stdin.end();
  let [text, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  await once(child, 'close');
  if (stderr !== '') throw new Error(`stderr is not empty: ${stderr.slice(0, 500)}`);
  return {exit: child.exitCode, text};
}

if (!existsSync(join(root, 'dist', 'destination-arctera-archive.js'))) {
  throw new Error('Build first: node scripts/build.mjs');
}
