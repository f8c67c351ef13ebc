// Runs the robustness properties on as many generated cases as asked for: npm run fuzz -- --cases 100000 --seed 1
import fc from '../test/support/generated';
import {type Robustness, robustness} from '../test/robustness/properties';
import {toCount, toolCommand, toWholeNumber} from './tool-command';

const {cases, seed} = toolCommand('fuzz', 'Runs the robustness properties on generated cases.')
  .option('--cases <n>', 'how many', toCount, 10_000)
  .option('--seed <n>', 'the same seed gives the same cases (default: by the clock)', toWholeNumber)
  .parse()
  .opts<{cases: number; seed?: number}>();
const firstSeed = seed ?? Date.now() % 1_000_000;

const casesOfBatch = 500;

/** Number of cases that were run, and the first failure with its input made small. */
async function fuzz({title, share, property}: Robustness): Promise<{run: number; failure: string | undefined}> {
  const wanted = Math.ceil(cases * share);
  for (let run = 0; run < wanted;) {
    const numRuns = Math.min(casesOfBatch, wanted - run);
    const details = await fc.check(property, {seed: firstSeed + run, numRuns});
    run += details.numRuns;
    if (details.failed) return {run, failure: fc.defaultReportMessage(details)};
    console.log(`${title}: ${run} of ${wanted}`);
  }
  return {run: wanted, failure: undefined};
}

async function main(): Promise<void> {
  console.log(`Seed ${firstSeed}, ${cases} cases.`);
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
