// Registers both images in an Airbyte and creates source, destination and a scheduled connection, or says what it would do.
import {readFileSync} from 'node:fs';
import {streamDefinitions} from '../contract/index';
import {toExtraLogStreams} from '../source-chatgpt-enterprise/streams/log-streams';
import {AirbyteApi} from './deploy/airbyte-api';
import {applyPlan, type Step} from './deploy/apply';
import {parsePlan} from './deploy/plan';
import {toolCommand} from './tool-command';

async function main(): Promise<void> {
  const {file, dryRun, sendSecrets} = toolCommand('deploy', 'Registers both images and connects them in an Airbyte.')
    .requiredOption('--file <file>', 'what to deploy; deploy/example.json shows the form')
    .option('--dry-run', 'look and tell, change nothing', false)
    .option(
      '--send-secrets',
      'send configurations anew although nothing visible differs, after a key was replaced',
      false
    )
    .addHelpText('after', '\nSigns in with AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET, or with AIRBYTE_TOKEN.')
    .parse()
    .opts<{file: string; dryRun: boolean; sendSecrets: boolean}>();
  const plan = parsePlan(readFileSync(file, 'utf8'), process.env);
  const steps: Step[] = [];
  await applyPlan(await AirbyteApi.signIn(plan.airbyte.url, process.env), plan, {
    isDryRun: dryRun,
    sendsSecrets: sendSecrets,
    streams: [...streamDefinitions, ...toExtraLogStreams(plan.extraLogTypes, streamDefinitions)].map(({name}) => name),
    report: (step) => {
      steps.push(step);
      const differs = step.differs.length === 0 ? '' : ` (${step.differs.join(', ')})`;
      console.log(`${dryRun ? 'would ' : ''}${step.does.padEnd(6)} ${step.what}${differs}`);
    },
  });
  const changes = steps.filter(({does}) => does !== 'keep').length;
  console.log(changes === 0 ? 'Nothing to do.' : `${changes} ${dryRun ? 'to do' : 'done'}.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
