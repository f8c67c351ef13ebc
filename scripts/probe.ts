// `npm run probe -- --config FILE`: asks the real API, read-only and in under 100 requests, what the documentation leaves open.
import {readFileSync} from 'node:fs';
import {openTransport} from '../source-chatgpt-enterprise/api/transport';
import {configSchema} from '../source-chatgpt-enterprise/config';
import {askFiles} from './probe/ask-files';
import {askObjectRoutes, askWorkspaceRoutes} from './probe/ask-routes';
import {begin, type Facts, noFacts, say, toSwitches} from './probe/fact-sheet';
import {hoursAgo, lookAtLogs, lookForLateFiles} from './probe/look-at-logs';
import {Prober} from './probe/prober';
import {toolCommand} from './tool-command';

async function main(): Promise<void> {
  const {config: file} = toolCommand(
    'probe',
    'Asks the real API, read-only and in under 100 requests, what it answers.'
  )
    .requiredOption('--config <file>', 'configuration of the source')
    .parse()
    .opts<{config: string}>();
  const config = configSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!config.success) {
    const fields = config.error.issues.map(({path}) => path.join('.') || 'all of it');
    throw new Error(`The configuration is not usable at: ${fields.join(', ')}. The check of the connector tells more.`);
  }
  const {api_base_url, api_key, ca_certificate, workspace_id} = config.data;
  const base = `${api_base_url.replace(/\/+$/, '')}/compliance/workspaces/${encodeURIComponent(workspace_id)}`;
  const prober = new Prober(openTransport(ca_certificate), base, api_key);
  const facts = noFacts();

  const member = await askWorkspaceRoutes(prober, facts, hoursAgo(48));
  const logs = await lookAtLogs(prober, facts);
  const users = logs.users.length > 0 || member === undefined ? logs.users : [member];
  await askFiles(prober, facts, logs.references, users[0]);
  begin('Status by route, current objects');
  await askObjectRoutes(prober, users);
  begin('At the end');
  await lookForLateFiles(prober, facts, logs);
  tellScopes(facts, users);
  tellLimits(prober, facts);
  console.log(`\n${prober.requests} requests were made. A simulator that resembles this workspace:`);
  console.log(['npm run simulator --', ...toSwitches(facts)].join(' '));
}

const scopeNames = {
  logs: 'compliance_logs_platform.read',
  stateful: 'compliance_export read',
  files: 'compliance_export read (files)',
} as const;

function tellScopes({missingScopes}: Facts, users: readonly string[]): void {
  begin('Permissions');
  for (const scope of ['logs', 'stateful', 'files'] as const) {
    const isUnknown = scope === 'files' && users.length === 0;
    say(scopeNames[scope], isUnknown ? 'unknown' : missingScopes.includes(scope) ? 'missing' : 'there, or not refused');
  }
}

function tellLimits({latenciesMs, limitHeaders, linkLifeSeconds, signedHosts}: Prober, facts: Facts): void {
  begin('Limits and times');
  for (const [name, value] of limitHeaders) {
    say(`header ${name}`, value.replace(/[^\w ,;:=."-]/g, '?').slice(0, 100));
    if (/limit(-requests)?$/.test(name) && /^\d+$/.test(value)) facts.requestsPerMinute = Number(value);
  }
  if (limitHeaders.size === 0) say('headers about limits', 'none');
  facts.linkLifeSeconds = linkLifeSeconds;
  say('seconds that a signed link lives', linkLifeSeconds ?? 'unknown');
  say('hosts of signed links', [...signedHosts].join(' ') || 'none seen');
  const ordered = [...latenciesMs].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(ordered[Math.floor(share * (ordered.length - 1))] ?? 0);
  [facts.latencyMs, facts.latencySpreadMs] = [at(0.1), at(0.9) - at(0.1)];
  say('milliseconds to an answer, of 1, 5 and 9 in 10', [at(0.1), at(0.5), at(0.9)].join(' '));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
