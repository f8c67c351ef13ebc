// `npm run chaos`: many seeded runs through all faults, then the executable killed again and again; exits with 1 on a loss.
import {runChaos} from './chaos/chaos-run';
import {type Stretch, useOf} from './chaos/judge-requests';
import {runKills} from './chaos/kill-run';
import {toCount, toolCommand, toWholeNumber} from './tool-command';

/** Of the requests that the limit allows while there is more to download, over all seeds. */
const leastUse = 0.95;
/** Enough for many minutes at the pace of the API. */
const busy = {events: 1_000, files: 200, days: 7};

async function main(): Promise<void> {
  const {seeds, first, kills} = toolCommand(
    'chaos',
    'Reads through all faults, seed by seed, then kills the executable.'
  )
    .option('--seeds <n>', 'how many', toCount, 200)
    .option('--first <n>', 'the first of them', toWholeNumber, 1)
    .option('--kills <n>', 'how often the executable is killed', toWholeNumber, 50)
    .parse()
    .opts<{seeds: number; first: number; kills: number}>();
  const sum = {reads: 0, interrupted: 0, requests: 0, events: 0, files: 0};
  const stretches: Stretch[] = [];
  let failed = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const verdict = await runChaos(`chaos ${seed}`, seed % 10 === 0 ? busy : {});
    const {events, faults, files, fingerprint, interrupted, reads, requests} = verdict;
    console.log(
      `seed ${seed}: ${reads} reads (${interrupted} broken off), ${requests} requests, ${events} events, ${files} files, ${fingerprint.slice(0, 12)}: ${
        faults.length === 0 ? 'all there' : faults.slice(0, 5).join('; ')
      }`
    );
    for (const name of ['reads', 'interrupted', 'requests', 'events', 'files'] as const) sum[name] += verdict[name];
    stretches.push(...verdict.stretches);
    if (faults.length > 0) failed++;
  }
  console.log(
    `${seeds} seeds: ${sum.reads} reads (${sum.interrupted} broken off), ${sum.requests} requests, ${sum.events} events, ${sum.files} files.`
  );
  if (stretches.length > 0) {
    const minutes = Math.round(stretches.reduce((all, {tookMs}) => all + tookMs, 0) / 60_000);
    console.log(
      `${minutes} minutes of downloads with more to do used ${(100 * useOf(stretches)).toFixed(1)}% of the allowed requests.`
    );
  }
  console.log(`${failed} of ${seeds} seeds failed.`);
  const {kills: killed, missing} = await runKills('kills', kills);
  console.log(`${killed} kills: ${missing.length === 0 ? 'all there' : missing.slice(0, 5).join('; ')}`);
  const isBudgetUsed = stretches.length === 0 || useOf(stretches) >= leastUse;
  process.exitCode = failed === 0 && missing.length === 0 && isBudgetUsed ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
