// Command line of the bench: measures the rows, prints a table, writes JSON beside it.
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {cpus, tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {Option} from 'commander';
import {toCount, toolCommand} from '../scripts/tool-command';
import {Bench} from './bench';
import {emptyFiles} from './empty-files';
import {type CpuProfile, heaviest} from './heaviest';
import type {Figure, Row} from './row';
import {attachments} from './rows/attachments';
import {destination} from './rows/destination';
import {everyStream} from './rows/every-stream';
import {formats} from './rows/formats';
import {memory} from './rows/memory';
import {pace} from './rows/pace';
import {pair} from './rows/pair';
import {policy} from './rows/policy';
import {source} from './rows/source';
import {start} from './rows/start';
import {storage} from './rows/storage';
import {targets} from './rows/targets';
import {toSpread} from './spread';
import {toLine} from './table';

const rows: readonly Row[] = [
  source,
  destination,
  pair,
  attachments,
  policy,
  formats,
  start,
  pace,
  memory,
  everyStream,
  storage,
  targets,
];

interface Switches {
  readonly quick: boolean;
  readonly only?: readonly string[];
  readonly runs: number;
  readonly seed: string;
  readonly folder: string;
  readonly json: string;
  readonly profile?: string;
}

async function main(): Promise<void> {
  const names = rows.map(({name}) => name);
  const only = new Option('--only <row...>', 'these rows alone').choices(names);
  const values = toolCommand('bench', 'Measures the connectors as processes against the simulator.')
    .option('--quick', 'less data, one round instead of several', false)
    .addOption(only)
    .option('--runs <n>', 'the whole so often, for the median, the lowest and the highest', toCount, 1)
    .option('--seed <text>', 'another data set', 'bench')
    .option('--folder <path>', 'where archives are written while measuring', tmpdir())
    .option('--json <file>', 'where the figures go, and the picture of memory', 'bench-results/bench.json')
    .option('--profile <folder>', 'where a CPU profile of every thread is kept')
    .parse()
    .opts<Switches>();
  const {runs} = values;
  const chosen = rows.filter(({name}) => values.only === undefined || values.only.includes(name));
  const profiles = values.profile === undefined ? undefined : resolve(values.profile);
  for (const kept of [dirname(values.json), profiles]) if (kept !== undefined) mkdirSync(kept, {recursive: true});
  const folder = mkdtempSync(join(values.folder, 'bench-'));
  const startedMs = performance.now();
  const results = new Map<string, (readonly Figure[])[]>(chosen.map(({name}) => [name, []]));
  const rowSeconds = new Map<string, number>(chosen.map(({name}) => [name, 0]));
  try {
    // Run after run and not row after row, so that the spread holds how the machine changes.
    for (let run = 1; run <= runs; run++) {
      for (const row of chosen) {
        const {name} = row;
        console.log(runs === 1 ? `\n${name}` : `run ${run} of ${runs}: ${name}`);
        const profile = profiles === undefined ? undefined : join(profiles, runs === 1 ? name : `${name}-run-${run}`);
        const {seed, quick, json} = values;
        const own = join(folder, `${name}-${run}`);
        mkdirSync(own);
        const rowStartedMs = performance.now();
        try {
          const figures = await row.measure(new Bench({seed, quick, folder: own, profile, results: dirname(json)}));
          results.get(name)?.push(figures);
          if (runs === 1) print(figures);
        } catch (error) {
          console.error(error); // the other rows are measured all the same
          process.exitCode = 1;
        }
        const taken = secondsSince(rowStartedMs);
        console.log(`  took ${taken} s`);
        rowSeconds.set(name, (rowSeconds.get(name) ?? 0) + taken);
        emptyFiles(own);
      }
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
  if (runs > 1) {
    for (const [name, ofRuns] of results) {
      console.log(`\n${name}: median, lowest to highest of ${runs} runs`);
      print(...ofRuns);
    }
  }
  if (profiles !== undefined) printHeaviest(profiles);
  const machine = {node: process.version, cpu: cpus()[0]?.model, cpus: cpus().length};
  const {seed, quick} = values;
  const seconds = secondsSince(startedMs);
  console.log(`\n${runs === 1 ? 'The run' : 'All runs'} took ${seconds} s:`);
  for (const [name, taken] of rowSeconds) console.log(`  ${name.padEnd(12)}${String(taken).padStart(6)} s`);
  const spreads = Object.fromEntries([...results].map(([name, ofRuns]) => [name, toSpread(ofRuns)]));
  writeFileSync(
    values.json,
    `${JSON.stringify({measured_at: new Date().toISOString(), machine, seed, quick, runs, seconds, row_seconds: Object.fromEntries(rowSeconds), rows: spreads}, null, 2)}\n`
  );
}

function secondsSince(startedMs: number): number {
  return Math.round((performance.now() - startedMs) / 1000);
}

function print(...runs: readonly (readonly Figure[])[]): void {
  for (const figure of toSpread(runs)) console.log(toLine(figure));
}

function printHeaviest(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.cpuprofile'))) {
    console.log(`\n${name}`);
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile;
    for (const {name: called, selfMs, share} of heaviest(profile, 12)) {
      console.log(`  ${`${(100 * share).toFixed(1)} %`.padStart(7)}${selfMs.toFixed(0).padStart(8)} ms  ${called}`);
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
