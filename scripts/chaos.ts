// `npm run chaos`: many seeded runs through all faults, then the executable killed again and again; exits with 1 on a loss.
import {parseArgs} from 'node:util';
import {runChaos} from './chaos/chaos-run';
import {runKills} from './chaos/kill-run';

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      seeds: {type: 'string', default: '200'},
      first: {type: 'string', default: '1'},
      kills: {type: 'string', default: '50'},
    },
  });
  const first = Number(values.first);
  let failed = 0;
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const verdict = await runChaos(`chaos ${seed}`);
    const {events, faults, files, interrupted, reads, requests} = verdict;
    console.log(
      `seed ${seed}: ${reads} reads (${interrupted} broken off), ${requests} requests, ${events} events, ${files} files: ${
        faults.length === 0 ? 'all there' : faults.slice(0, 5).join('; ')
      }`
    );
    if (faults.length > 0) failed++;
  }
  console.log(`${failed} of ${values.seeds} seeds failed.`);
  const {kills, missing} = await runKills('kills', Number(values.kills));
  console.log(`${kills} kills: ${missing.length === 0 ? 'all there' : missing.slice(0, 5).join('; ')}`);
  process.exitCode = failed === 0 && missing.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
