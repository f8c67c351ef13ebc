// Runs a process, or a pipe of them, and tells what each used and when lines of its output came.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, mkdtempSync, openSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

export interface Usage {
  readonly seconds: number;
  /** User and system time of all threads: what counts on a machine that others use too. */
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

export interface MeasuredRun {
  readonly seconds: number;
  readonly outBytes: number;
  /** One for each command of the pipe. */
  readonly usages: readonly Usage[];
}

export interface RunOptions {
  readonly folder: string;
  /** File to read stdin from. */
  readonly stdin?: string;
  /** File to write stdout to; else it is counted and thrown away. */
  readonly stdout?: string;
  readonly onOutput?: (bytes: Buffer) => void;
}

const preload = resolve('bench/usage.cjs');

/** Each command is a program with its arguments; the output of one is the input of the next. */
export async function runPipe(commands: readonly (readonly string[])[], options: RunOptions): Promise<MeasuredRun> {
  const told = mkdtempSync(join(options.folder, 'run-'));
  const usageFiles = commands.map((_, index) => join(told, `usage-${index}.json`));
  const script = commands
    .map((command, index) => {
      const environment = [`NODE_OPTIONS=--require ${preload}`, `BENCH_USAGE=${usageFiles[index] ?? ''}`];
      return ['env', ...environment, ...command].map(quote).join(' ');
    })
    .join(' | ');
  const input = options.stdin === undefined ? undefined : openSync(options.stdin, 'r');
  const output = options.stdout === undefined ? undefined : openSync(options.stdout, 'w');
  const startedMs = performance.now();
  const child = spawn('bash', ['-c', `set -o pipefail; ${script}`], {
    stdio: [input ?? 'ignore', output ?? 'pipe', 'inherit'],
  });
  let outBytes = 0;
  child.stdout?.on('data', (bytes: Buffer) => {
    outBytes += bytes.length;
    options.onOutput?.(bytes);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - startedMs) / 1000;
  if (input !== undefined) closeSync(input);
  if (output !== undefined) closeSync(output);
  if (code !== 0) throw new Error(`Exit code ${code ?? 'none'}: ${commands.map((each) => each.join(' ')).join(' | ')}`);
  return {seconds, outBytes, usages: usageFiles.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Usage)};
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
