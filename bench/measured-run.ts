// Runs a process, or a pipe of them, and tells what each used and when lines of its output came.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, mkdtempSync, openSync, readFileSync} from 'node:fs';
import {basename, join, resolve} from 'node:path';
import {type MemoryCurve, MemoryWatch} from './memory-watch';

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
  readonly memory: readonly MemoryCurve[];
}

export interface RunOptions {
  readonly folder: string;
  /** File to read stdin from. */
  readonly stdin?: string;
  /** File to write stdout to; else it is counted and thrown away. */
  readonly stdout?: string;
  /** What the names of CPU profiles begin with. */
  readonly profile?: string;
  readonly onOutput?: (bytes: Buffer) => void;
}

const [usage, profiler] = ['bench/usage.cjs', 'bench/profile.cjs'].map((file) => resolve(file));

/** Each command is a program with its arguments; the output of one is the input of the next. */
export async function runPipe(commands: readonly (readonly string[])[], options: RunOptions): Promise<MeasuredRun> {
  const told = mkdtempSync(join(options.folder, 'run-'));
  const usageFiles = commands.map((_, index) => join(told, `usage-${index}.json`));
  const script = commands
    .map((command, index) => {
      const preloads = options.profile === undefined ? [usage] : [usage, profiler];
      const environment = [
        `NODE_OPTIONS=${preloads.map((file) => `--require ${file}`).join(' ')}`,
        `BENCH_USAGE=${usageFiles[index] ?? ''}`,
        `BENCH_PROFILE=${options.profile ?? ''}-${nameOf(command)}`,
      ];
      return ['env', ...environment, ...command].map(quote).join(' ');
    })
    .join(' | ');
  const input = options.stdin === undefined ? undefined : openSync(options.stdin, 'r');
  const output = options.stdout === undefined ? undefined : openSync(options.stdout, 'w');
  const startedMs = performance.now();
  const child = spawn('bash', ['-c', `set -o pipefail; ${script}`], {
    stdio: [input ?? 'ignore', output ?? 'pipe', 'inherit'],
  });
  const watch = new MemoryWatch(usageFiles.map((file) => `${file}.pid`));
  let outBytes = 0;
  child.stdout?.on('data', (bytes: Buffer) => {
    outBytes += bytes.length;
    options.onOutput?.(bytes);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - startedMs) / 1000;
  const memory = watch.stop();
  if (input !== undefined) closeSync(input);
  if (output !== undefined) closeSync(output);
  if (code !== 0) throw new Error(`Exit code ${code ?? 'none'}: ${commands.map((each) => each.join(' ')).join(' | ')}`);
  const usages = usageFiles.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Usage);
  return {seconds, outBytes, usages, memory};
}

/** Of the program that a command runs: `node` is none. */
function nameOf(command: readonly string[]): string {
  return basename(command.find((word) => word !== 'node') ?? 'node', '.js');
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
