// Registers both images in an Airbyte and creates source, destination and a scheduled connection, or says what it would do.
import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {streamDefinitions} from '../contract/index';
import {toExtraLogStreams} from '../source-chatgpt-enterprise/streams/log-streams';
import {AirbyteApi} from './deploy/airbyte-api';
import {applyPlan, type Step} from './deploy/apply';
import {parsePlan} from './deploy/plan';

const usage = `Usage: npm run deploy -- --file FILE [--dry-run] [--send-secrets]

  --file FILE      what to deploy; deploy/example.json shows the form
  --dry-run        look and tell, change nothing
  --send-secrets   send configurations anew although nothing visible differs, after a key was replaced

Signs in with AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET, or with AIRBYTE_TOKEN.`;

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      file: {type: 'string'},
      'dry-run': {type: 'boolean', default: false},
      'send-secrets': {type: 'boolean', default: false},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help || values.file === undefined) {
    console.log(usage);
    if (!values.help) process.exitCode = 1;
    return;
  }
  const plan = parsePlan(readFileSync(values.file, 'utf8'), process.env);
  const steps: Step[] = [];
  await applyPlan(await AirbyteApi.signIn(plan.airbyte.url, process.env), plan, {
    isDryRun: values['dry-run'],
    sendsSecrets: values['send-secrets'],
    streams: [...streamDefinitions, ...toExtraLogStreams(plan.extraLogTypes, streamDefinitions)].map(({name}) => name),
    report: (step) => {
      steps.push(step);
      const differs = step.differs.length === 0 ? '' : ` (${step.differs.join(', ')})`;
      console.log(`${values['dry-run'] ? 'would ' : ''}${step.does.padEnd(6)} ${step.what}${differs}`);
    },
  });
  const changes = steps.filter(({does}) => does !== 'keep').length;
  console.log(changes === 0 ? 'Nothing to do.' : `${changes} ${values['dry-run'] ? 'to do' : 'done'}.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
