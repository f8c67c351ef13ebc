// Command line of the bench: measures the rows, prints a table, writes JSON beside it.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {cpus, tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {parseArgs} from 'node:util';
import {Bench} from './bench';
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

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      quick: {type: 'boolean', default: false},
      only: {type: 'string', multiple: true},
      seed: {type: 'string', default: 'bench'},
      json: {type: 'string', default: 'bench-results/bench.json'},
      folder: {type: 'string', default: tmpdir()},
    },
  });
  const chosen = rows.filter(({name}) => values.only === undefined || values.only.includes(name));
  if (chosen.length === 0) throw new Error(`Known rows: ${rows.map(({name}) => name).join(', ')}.`);
  const folder = mkdtempSync(join(values.folder, 'bench-'));
  const results: Record<string, readonly Figure[]> = {};
  try {
    for (const row of chosen) {
      console.log(`\n${row.name}`);
      try {
        const figures = await row.measure(new Bench({seed: values.seed, quick: values.quick, folder}));
        results[row.name] = figures;
        for (const figure of figures) console.log(describe(figure));
      } catch (error) {
        console.error(error); // the other rows are measured all the same
        process.exitCode = 1;
      }
      rmSync(folder, {recursive: true, force: true});
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
  mkdirSync(dirname(values.json), {recursive: true});
  const machine = {node: process.version, cpu: cpus()[0]?.model, cpus: cpus().length};
  const {seed, quick} = values;
  writeFileSync(
    values.json,
    `${JSON.stringify({measured_at: new Date().toISOString(), machine, seed, quick, rows: results}, null, 2)}\n`
  );
}

function describe({what, value, unit, isLimit, reach, isReached}: Figure): string {
  const goal = reach === undefined ? '' : `  ${reach} ${isReached === true ? 'reached' : 'MISSED'}`;
  const kind = isLimit === true ? 'limit: ' : '';
  return `  ${`${kind}${what}`.padEnd(62)}${format(value).padStart(10)} ${unit}${goal}`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
