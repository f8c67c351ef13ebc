// The demo: a simulated workspace, both connectors run as Airbyte would, and what to look at afterwards.
import {appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {startSimulator} from '../simulator/server';
import {askConnector} from '../test/support/platform/connector-process';
import type {Message} from '../test/support/platform/message';
import {isComplete, runSync} from '../test/support/platform/sync';
import {toolCommand} from './tool-command';

const root = join(__dirname, '..');
const archive = resolve('demo-archive');
const workFolder = join(archive, '.demo');
const executables = {
  source: join(root, 'bin', 'source-chatgpt-enterprise'),
  destination: join(root, 'bin', 'destination-arctera-archive'),
};

/** What a later run of the demo needs to find the same workspace again, grown by what happened since. */
interface Memory {
  readonly nowMs: number;
  readonly produced: readonly {readonly events: number; readonly endMicros: number}[];
}

/** What crossed over in this run, and a policy to try on it. */
const recordsFile = join(workFolder, 'records.jsonl');
const policyFile = join(workFolder, 'policy.json');
const policy = {
  keyword_lists: [{name: 'contracts', keywords: ['clause', 'carve-out*', 'supplier NEAR/5 consent']}],
  rules: [
    {name: 'no temporary chats', temporary_chat: 'yes', disposition: 'exclude'},
    {name: 'contracts', keyword_lists: ['contracts'], tags: ['legal'], legal_hold: 'matter-17'},
    {name: 'addresses', detectors: ['email'], redact: ['email']},
  ],
  grouping: 'interaction',
};

const memoryFile = join(workFolder, 'workspace.json');

function recall(): Memory {
  if (!existsSync(memoryFile)) return {nowMs: Date.now(), produced: []};
  const memory = JSON.parse(readFileSync(memoryFile, 'utf8')) as Memory;
  return {...memory, produced: [...memory.produced, {events: 150, endMicros: Date.now() * 1000}]};
}

async function main(): Promise<number> {
  mkdirSync(workFolder, {recursive: true});
  const isFirst = !existsSync(memoryFile);
  const memory = recall();
  const simulator = await startSimulator({
    seed: 'demo',
    nowMs: memory.nowMs,
    presentMs: Date.now(),
    events: 3000,
    files: 80,
  });
  for (const {events, endMicros} of memory.produced) simulator.produce(events, endMicros);
  writeFileSync(memoryFile, JSON.stringify(memory));
  try {
    console.log(
      isFirst
        ? 'A simulated ChatGPT Enterprise workspace is up. Reading it for the first time.'
        : 'The same workspace, with 150 more events. Reading what is new.'
    );
    return await capture(simulator);
  } finally {
    await simulator.close();
  }
}

async function capture(simulator: Awaited<ReturnType<typeof startSimulator>>): Promise<number> {
  const sourceConfig = {
    workspace_id: simulator.workspaceId,
    api_key: simulator.apiKey,
    api_base_url: simulator.baseUrl,
    requests_per_minute: 1_000_000, // the simulator has no limit to respect
  };
  const destinationConfig = {target: {type: 'folder', path: archive}};
  for (const [name, executable, config] of [
    ['source', executables.source, sourceConfig],
    ['destination', executables.destination, destinationConfig],
  ] as const) {
    const file = join(workFolder, `${name}-config.json`);
    writeFileSync(file, JSON.stringify(config));
    const {connectionStatus} = await askConnector(executable, ['check', '--config', file], 'CONNECTION_STATUS');
    const {status, message} = connectionStatus as {status: string; message?: string};
    console.log(`check ${name}: ${status}${message === undefined ? '' : ` ${message}`}`);
    if (status !== 'SUCCEEDED') return 1;
  }

  writeFileSync(recordsFile, '');
  writeFileSync(policyFile, JSON.stringify({...destinationConfig, ...policy}));
  const result = await runSync({
    workFolder,
    source: {executable: executables.source, config: sourceConfig},
    destination: {executable: executables.destination, config: destinationConfig},
    onMessage: showProgress,
    onLine: (from, channel, line) => {
      if (from === 'source' && line.startsWith('{"type":"RECORD"')) appendFileSync(recordsFile, `${line}\n`);
      if (channel === 'stderr') console.error(`${from}: ${line}`);
    },
  });
  if (!isComplete(result)) {
    console.log(
      `The sync failed: source ${describeEnd(result.sourceEnd)}, destination ${describeEnd(result.destinationEnd)}.`
    );
    return 1;
  }
  if (result.findings.length > 0) {
    for (const {rule, detail} of result.findings) console.log(`The platform would not stand this: ${rule} (${detail})`);
    return 1;
  }
  console.log(`\n${result.records} records crossed over; ${result.statesReturned} states were acknowledged.`);
  tellWhereToLook(simulator.workspaceId);
  return 0;
}

/** Log lines and failures as they come; the destination's last lines are its summary. */
function showProgress(from: 'source' | 'destination', message: Message): void {
  if (message.type === 'LOG') {
    const {level, message: text} = message['log'] as {level: string; message: string};
    if (level !== 'DEBUG' && level !== 'TRACE') console.log(`${from === 'source' ? 'src' : 'dst'}  ${text}`);
  }
  const trace = message['trace'] as {type: string; error?: {message: string}} | undefined;
  if (trace?.type === 'ERROR') console.log(`${from} failed: ${trace.error?.message ?? ''}`);
}

function tellWhereToLook(workspaceId: string): void {
  const folder = join(archive, workspaceId);
  const items = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.eml'));
  const largest = items
    .map((name) => ({name, size: readFileSync(join(folder, name)).length}))
    .sort((a, b) => b.size - a.size)
    .at(0);
  console.log(`The archive holds ${items.length} items: ${archive}`);
  console.log(`It explains itself:    ${join(archive, 'archive-README.txt')}`);
  if (largest !== undefined) console.log(`Open in a mail program: ${join(folder, largest.name)}`);
  console.log(
    `Try a policy on the same records, without delivering:\n  bin/destination-arctera-archive policy-test --config ${policyFile} < ${recordsFile}`
  );
  console.log('Run the demo again: it adds only what is new.');
}

function describeEnd({code, signal}: {code: number | null; signal: string | null}): string {
  return signal === null ? `exited with ${code ?? '?'}` : `was ended by ${signal}`;
}

toolCommand('demo', 'Captures a simulated workspace into the folder demo-archive; again: what is new in it.').parse();

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  }
);
