// The one way in which tests run executables of ours: whatever a process writes until it ends or is killed, no secret may be in it.
import {type ChildProcessByStdio, spawn, spawnSync, type SpawnSyncReturns} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import type {Readable, Writable} from 'node:stream';
import {setTimeout} from 'node:timers/promises';
import {CanaryWatch} from './canary';

export interface ExecutableOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A process group of its own. */
  readonly detached?: boolean;
  /** What must not be seen either, beside the secrets of the configuration. */
  readonly secrets?: readonly string[];
  /** A person asked for it: stdout may hold the text of messages, though never a secret. */
  readonly showsText?: boolean;
}

export type Executable = ChildProcessByStdio<Writable, Readable, Readable>;

const drainMs = 1_000;
const longestEndMs = 10_000;

const leaks: string[] = [];
const running = new Set<Promise<unknown>>();

/** What has been seen since it was asked last. `no-leaks.ts` asks after every test. */
export function takeLeaks(): string[] {
  return [...new Set(leaks.splice(0))];
}

/** Resolves when everything that was started and has ended was looked at to its end. */
export async function allEnded(): Promise<void> {
  await Promise.race([Promise.all(running), setTimeout(longestEndMs, undefined, {ref: false})]);
}

export function startExecutable(program: string, args: readonly string[], options: ExecutableOptions = {}): Executable {
  const child = spawn(program, args, {...toSpawnOptions(options), stdio: ['pipe', 'pipe', 'pipe']});
  const run = new WatchedRun(program, args, options);
  tap(child.stdout, run.stdout);
  tap(child.stderr, run.stderr);
  const watched = endOf(child).finally(() => {
    run.end();
    running.delete(watched);
  });
  running.add(watched);
  return child;
}

/** Runs to the end, with nothing on stdin. */
export function runExecutable(
  program: string,
  args: readonly string[],
  options: ExecutableOptions = {}
): SpawnSyncReturns<string> {
  const settings = {input: '', encoding: 'utf8', maxBuffer: 1 << 28} as const;
  const result = spawnSync(program, args, {...toSpawnOptions(options), ...settings});
  const run = new WatchedRun(program, args, options);
  run.stdout(Buffer.from(result.stdout));
  run.stderr(Buffer.from(result.stderr));
  run.end();
  return result;
}

function toSpawnOptions({cwd, detached, env}: ExecutableOptions): ExecutableOptions {
  return {...(cwd !== undefined && {cwd}), ...(detached !== undefined && {detached}), ...(env !== undefined && {env})};
}

/** A killed process whose output nobody reads to its end never closes its pipes. */
async function endOf(child: Executable): Promise<void> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await Promise.race([closed, exited.then(() => setTimeout(drainMs, undefined, {ref: false}))]);
}

/** One process, from its command line to the reports that lie in its archive when it has ended. */
class WatchedRun {
  readonly stdout: (piece: Buffer | undefined) => void;
  readonly stderr: (piece: Buffer | undefined) => void;
  private readonly watch: CanaryWatch;
  private readonly config: unknown;
  private readonly command: string;

  constructor(program: string, args: readonly string[], {env, secrets = [], showsText = false}: ExecutableOptions) {
    this.command = [program, ...args].join(' ');
    this.config = configNamedIn(`${this.command} ${env?.['ARGUMENTS'] ?? ''}`);
    this.watch = new CanaryWatch([...secrets, ...secretsOf(this.config)]);
    this.stdout = this.watch.linesOf('stdout', (line) => showsText || line.indexOf('{"type":"RECORD"') === 0);
    this.stderr = this.watch.linesOf('stderr', () => false);
  }

  end(): void {
    this.stdout(undefined);
    this.stderr(undefined);
    for (const path of pathsOf(this.config)) this.watch.seeReports(path);
    leaks.push(...this.watch.leaks.map((leak) => `${leak}, of ${this.command.slice(0, 300)}`));
  }
}

/** Sees what arrives without reading it: whoever reads the stream goes on at its own pace. */
function tap(stream: Readable, take: (piece: Buffer) => void): void {
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (Buffer.isBuffer(chunk)) take(chunk);
    return push(chunk, encoding);
  };
}

/** The content of the file behind `--config`, as far as it can be read here. */
function configNamedIn(command: string): unknown {
  const path = /--config[ =]'?([^\s']+)/.exec(command)?.[1];
  if (path === undefined || !existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // what is not JSON is what some test is about
  }
}

/** Values of the fields that the specifications call secrets, as long as they cannot be met by chance. */
function secretsOf(config: unknown): string[] {
  return valuesOf(config, secretFields()).filter((value) => value.length >= 8);
}

/** Folders that reports may lie in. */
function pathsOf(config: unknown): string[] {
  return [...new Set(valuesOf(config, new Set(['path'])))].filter((path) => existsSync(path));
}

function valuesOf(config: unknown, names: ReadonlySet<string>): string[] {
  const found: string[] = [];
  let level: unknown[] = [config];
  while (level.length > 0) {
    level = level.flatMap((value) => {
      if (typeof value !== 'object' || value === null) return [];
      for (const [name, member] of Object.entries(value)) {
        if (typeof member === 'string' && names.has(name)) found.push(member);
      }
      return Object.values(value) as unknown[];
    });
  }
  return found;
}

function secretFields(): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [name, member] of Object.entries(schema)) {
      if (typeof member === 'object' && member !== null && 'airbyte_secret' in member) names.add(name);
      visit(member);
    }
  };
  for (const name of ['source-chatgpt-enterprise', 'destination-arctera-archive']) {
    visit(JSON.parse(readFileSync(resolve('spec', `${name}.json`), 'utf8')));
  }
  return names;
}
