// Runs the robustness properties on as many generated cases as asked for: npm run fuzz -- --cases 100000 --seed 1
import {parseArgs} from 'node:util';
import fc from '../test/support/generated';
import {type Robustness, robustness} from '../test/robustness/properties';

const {values} = parseArgs({options: {cases: {type: 'string', default: '10000'}, seed: {type: 'string'}}});
const cases = Number(values.cases);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
  throw new Error('--cases and --seed take whole numbers.');
}

const casesOfBatch = 500;

/** Number of cases that were run, and the first failure with its input made small. */
async function fuzz({title, share, property}: Robustness): Promise<{run: number; failure: string | undefined}> {
  const wanted = Math.ceil(cases * share);
  for (let run = 0; run < wanted;) {
    const numRuns = Math.min(casesOfBatch, wanted - run);
    const details = await fc.check(property, {seed: seed + run, numRuns});
    run += details.numRuns;
    if (details.failed) return {run, failure: fc.defaultReportMessage(details)};
    console.log(`${title}: ${run} of ${wanted}`);
  }
  return {run: wanted, failure: undefined};
}

async function main(): Promise<void> {
  console.log(`Seed ${seed}, ${cases} cases.`);
  let total = 0;
  const failures: string[] = [];
  for (const each of robustness) {
    const {run, failure} = await fuzz(each);
    total += run;
    if (failure === undefined) continue;
    failures.push(each.title);
    console.log(`FAILED ${each.title}\n${failure}`);
  }
  console.log(`${total} cases, ${failures.length} of ${robustness.length} properties failed.`);
  if (failures.length > 0) process.exitCode = 1;
}

void main();
