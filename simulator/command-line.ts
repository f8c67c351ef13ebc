// The switches of the simulator's command line, each described once for both parsing and --help.
import {parseArgs} from 'node:util';
import {scopes, type Faults, type PartialOptions, type Scope, type SimulatorOptions} from './options';

type NumberOption = {
  [Name in keyof SimulatorOptions]: SimulatorOptions[Name] extends number ? Name : never;
}[keyof SimulatorOptions];

export interface Flag {
  readonly name: string;
  readonly value: string;
  readonly help: string;
  /** The option it sets, if it is a plain number. */
  readonly option?: NumberOption;
  readonly fault?: keyof Faults;
  /** What one unit of the flag is in the option's unit. */
  readonly factor?: number;
}

export const flags: readonly Flag[] = [
  {name: 'port', value: 'PORT', option: 'apiPort', help: 'port of the API (default: any free one)'},
  {name: 'signed-port', value: 'PORT', option: 'signedPort', help: 'port of the signed host (default: any free one)'},
  {name: 'seed', value: 'TEXT', help: 'the same seed and --now give the same bytes (default: acme)'},
  {name: 'now', value: 'ISO', help: 'the instant at which the simulated present begins (default: now)'},
  {name: 'events', value: 'N', option: 'events', help: 'at least so many message events (default: 2000)'},
  {
    name: 'members',
    value: 'N',
    option: 'members',
    help: 'members of the workspace (default: by the events, 12 to 400)',
  },
  {
    name: 'files',
    value: 'N',
    option: 'files',
    help: 'at least so many files that can be captured (default: 3% of the events)',
  },
  {
    name: 'bulk-logs',
    value: 'MB',
    option: 'bulkLogBytes',
    factor: 1_000_000,
    help: 'further log files of about so many megabytes in all, for measuring (default: 0)',
  },
  {
    name: 'bulk-log-messages',
    value: 'N',
    option: 'bulkLogMessages',
    help: 'at least so many messages in each of them; 4000 make 13 MB, the service cuts at 15 (default: 4000)',
  },
  {
    name: 'bulk-files',
    value: 'N',
    option: 'bulkFiles',
    help: 'further files of one size, each named by a prompt of its own (default: 0)',
  },
  {
    name: 'bulk-file-size',
    value: 'MB',
    option: 'bulkFileBytes',
    factor: 1_000_000,
    help: 'size of each of them (default: 1)',
  },
  {name: 'days', value: 'N', option: 'days', help: 'days of history (default: 7)'},
  {name: 'key', value: 'TEXT', help: 'the API key to accept (default: made from the seed)'},
  {name: 'workspace-id', value: 'ID', help: 'id of the workspace (default: made from the seed)'},
  {name: 'produce-every', value: 'SECONDS', help: 'publish a further log file again and again (default: never)'},
  {name: 'produce-events', value: 'N', help: 'events in each further log file (default: 20)'},
  {
    name: 'truth',
    value: 'FILE',
    help: 'write what a perfect capture would hold, as JSON lines, now and after each production',
  },
  {
    name: 'upload-life',
    value: 'HOURS',
    option: 'uploadLifeMs',
    factor: 3_600_000,
    help: 'uploads older than this answer 410 (default: 48)',
  },
  {
    name: 'signed-url-life',
    value: 'SECONDS',
    option: 'signedUrlLifeMs',
    factor: 1000,
    help: 'how long a signed URL works (default: 300)',
  },
  {
    name: 'requests-per-minute',
    value: 'N',
    option: 'requestsPerMinute',
    help: 'rate limit of each route (default: 0, none)',
  },
  {name: 'deny', value: 'SCOPES', help: `answer 403 to these, comma separated: ${scopes.join(', ')}`},
  {
    name: 'faulty-types',
    value: 'TYPES',
    help: 'event types, comma separated, that the next five befall (default: CONVERSATION_MESSAGE)',
  },
  {name: 'duplicates', value: 'SHARE', fault: 'duplicates', help: 'share of events delivered twice (default: 0.003)'},
  {name: 'late-files', value: 'N', fault: 'lateFiles', help: 'recent log files listed only after the next production'},
  {name: 'ties', value: 'N', fault: 'ties', help: 'pairs of log files with equal end_time'},
  {name: 'tampered-sha256', value: 'N', fault: 'tamperedSha256', help: 'log files whose listed SHA-256 is wrong'},
  {name: 'unreadable-lines', value: 'N', fault: 'unreadableLines', help: 'log lines that are no events'},
  {name: 'cut-downloads', value: 'N', fault: 'cutDownloads', help: 'break off every Nth download'},
  {name: 'http-429-every', value: 'N', fault: 'http429Every', help: 'answer 429 to every Nth API request'},
  {name: 'http-5xx-every', value: 'N', fault: 'http5xxEvery', help: 'answer 5xx to every Nth API request'},
  {name: 'http-5xx-burst', value: 'N', fault: 'http5xxBurst', help: 'and to so many in a row each time (default: 1)'},
  {name: 'latency', value: 'MS', fault: 'latencyMs', help: 'wait so long before each answer'},
  {name: 'latency-spread', value: 'MS', fault: 'latencySpreadMs', help: 'and up to so much longer, by chance'},
  {
    name: 'corrupted-downloads',
    value: 'N',
    fault: 'corruptedDownloads',
    help: 'change one byte of every Nth log file downloaded',
  },
  {name: 'expired-links', value: 'N', fault: 'expiredLinks', help: 'give out every Nth signed URL expired'},
  {
    name: 'chaos',
    value: 'SHARE',
    fault: 'chaos',
    help: 'share of requests that meet a 429, 5xx, burst, reset, cut, corruption or expired link, by seed',
  },
  {name: 'member-leaves-after', value: 'N', fault: 'memberLeavesAfter', help: 'one member leaves after N API requests'},
  {name: 'lose', value: 'SCOPES', help: `the key loses these, comma separated: ${scopes.join(', ')}`},
  {name: 'lose-after', value: 'N', fault: 'scopesLostAfter', help: 'after so many API requests (default: 0)'},
];

export interface CommandLine {
  readonly help: boolean;
  readonly options: PartialOptions;
  readonly produceEverySeconds: number;
  readonly produceEvents: number;
  readonly truthFile: string | undefined;
}

/** Throws an error that names the switch when a value does not fit. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const options = Object.fromEntries(flags.map(({name}) => [name, {type: 'string' as const}]));
  const {values} = parseArgs({args: [...args], options: {...options, help: {type: 'boolean', short: 'h'}}});
  const given: Partial<Record<string, string | boolean>> = values;
  const text = (name: string): string | undefined => (typeof given[name] === 'string' ? given[name] : undefined);
  const numbers: Partial<Record<NumberOption, number>> = {};
  const faults: Partial<Record<keyof Faults, number>> = {};
  for (const {name, option, fault, factor = 1} of flags) {
    const value = text(name);
    if (value === undefined) continue;
    if (option !== undefined) numbers[option] = toNumber(name, value) * factor;
    if (fault !== undefined) faults[fault] = toNumber(name, value);
  }
  const [seed, now, apiKey, workspaceId] = ['seed', 'now', 'key', 'workspace-id'].map(text);
  const [denied, lost] = ['deny', 'lose'].map((name) =>
    text(name)
      ?.split(',')
      .map((scope) => toScope(name, scope))
  );
  const faultyTypes = text('faulty-types')?.split(',');
  return {
    help: given['help'] === true,
    options: {
      ...numbers,
      faults,
      ...(seed !== undefined && {seed}),
      ...(now !== undefined && {nowMs: toNumber('now', String(Date.parse(now)))}),
      ...(apiKey !== undefined && {apiKey}),
      ...(workspaceId !== undefined && {workspaceId}),
      ...(denied !== undefined && {deniedScopes: denied}),
      ...(lost !== undefined && {lostScopes: lost}),
      ...(faultyTypes !== undefined && {faultyTypes}),
    },
    produceEverySeconds: toNumber('produce-every', text('produce-every') ?? '0'),
    produceEvents: toNumber('produce-events', text('produce-events') ?? '20'),
    truthFile: text('truth'),
  };
}

export function helpText(described: readonly Flag[]): string {
  const lines = described.map(({name, value, help}) => `  ${`--${name} ${value}`.padEnd(28)}${help}`);
  return [
    'A ChatGPT Enterprise Compliance API on 127.0.0.1, with an invented workspace.',
    'The first line printed is JSON: base_url, workspace_id, api_key, signed_origin.',
    '',
    'It answers for log files of messages and of eight other event types and CODEX_TURN, members, GPTs, projects,',
    'memories, canvases, recordings, automations, library files, Codex tasks and environments, agents, skills,',
    'and file bytes. The first inactive member answers 404 for what members own.',
    '',
    'Usage: npm run simulator -- [switches]',
    '',
    ...lines,
    `  ${'--help'.padEnd(28)}show this text`,
  ].join('\n');
}

function toNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new Error(`--${name}: not a usable value`);
  return value;
}

function toScope(name: string, text: string): Scope {
  const scope = scopes.find((one) => one === text);
  if (scope === undefined) throw new Error(`--${name}: unknown scope; known are ${scopes.join(', ')}`);
  return scope;
}
