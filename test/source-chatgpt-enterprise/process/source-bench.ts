// The real executable against the simulator; whatever a run is about, its output must be sound.
import {join} from 'node:path';
import {expect} from '@jest/globals';
import {streamDefinitions} from '../../../contract';
import type {PartialOptions} from '../../../simulator/options';
import {type Simulator, startSimulator} from '../../../simulator/server';
import {
  collectResult,
  type ConnectorResult,
  errorTraces,
  type ErrorTrace,
  payloads,
  RunFolder,
  startConnector,
  streamStatuses,
} from '../../airbyte/connector-run';
import {canary} from '../../support/canary';
import type {Executable} from '../../support/executables';

const executable = join(__dirname, '..', '..', '..', 'bin', 'source-chatgpt-enterprise');

export type Row = Readonly<Record<string, unknown>>;

export interface ReadRequest {
  readonly streams: readonly string[];
  readonly config?: object;
  /** Content of the state file, or what an earlier run emitted; no state file when absent. */
  readonly state?: unknown;
  readonly syncMode?: 'incremental' | 'full_refresh';
  readonly env?: Readonly<Record<string, string>>;
  readonly ending?: string;
}

export class SourceRun {
  constructor(readonly result: ConnectorResult) {}

  get exitCode(): number | null {
    return this.result.exitCode;
  }

  /** Rows of a stream, in the order they came. */
  rows(stream: string): Row[] {
    return payloads(this.result, 'RECORD')
      .filter((record) => record['stream'] === stream)
      .map((record) => record['data'] as Row);
  }

  get states(): readonly Row[] {
    return payloads(this.result, 'STATE');
  }

  /** The newest state of each stream, as the platform hands them to the next read. */
  get lastStates(): Row[] {
    const newest = new Map(this.states.map((state) => [streamOf(state), state]));
    return [...newest.values()];
  }

  stateOf(stream: string): Row | undefined {
    const state = this.lastStates.find((one) => streamOf(one) === stream);
    return (state?.['stream'] as {stream_state: Row} | undefined)?.stream_state;
  }

  get statuses(): readonly string[] {
    return streamStatuses(this.result);
  }

  /** `COMPLETE` or `INCOMPLETE` by stream. */
  get ends(): Record<string, string> {
    const ends = this.statuses.map((status) => status.split(' ')).filter(([status]) => status?.endsWith('COMPLETE'));
    return Object.fromEntries(ends.map(([status, stream]) => [stream, status])) as Record<string, string>;
  }

  /** Without the one that sums them up. */
  get errors(): readonly ErrorTrace[] {
    return errorTraces(this.result).filter(({message}) => !summing.test(message));
  }

  /** The last error where several streams failed: it names all of them. */
  get summary(): ErrorTrace | undefined {
    return errorTraces(this.result).find(({message}) => summing.test(message));
  }

  logs(level: string): string[] {
    return payloads(this.result, 'LOG').flatMap((log) => (log['level'] === level ? [String(log['message'])] : []));
  }

  /** The one CONNECTION_STATUS of a check. */
  get connection(): {readonly status: string; readonly message?: string} {
    const statuses = this.result.messages.filter(({type}) => type === 'CONNECTION_STATUS');
    expect(statuses).toHaveLength(1);
    const [{connectionStatus}] = statuses as unknown as [{connectionStatus: {status: string; message?: string}}];
    return connectionStatus;
  }
}

const summing = /^\d+ streams could not be read completely/;

export class SourceBench {
  private readonly folder = new RunFolder();
  private files = 0;

  private constructor(readonly simulator: Simulator) {}

  /** A workspace without any content of its own unless the options ask for some. */
  static async open(options: PartialOptions = {}): Promise<SourceBench> {
    const empty = {events: 0, files: 0, faults: {duplicates: 0}};
    return new SourceBench(await startSimulator({...empty, apiKey: canary.key, ...options}));
  }

  async close(): Promise<void> {
    await this.simulator.close();
    this.folder.remove();
  }

  get config(): Readonly<Record<string, unknown>> {
    const {apiKey, baseUrl, workspaceId} = this.simulator;
    return {workspace_id: workspaceId, api_key: apiKey, api_base_url: baseUrl, requests_per_minute: 1_000_000};
  }

  /** Publishes a log file that ended so many hours ago; returns its id. */
  log(
    hours: number,
    lines: readonly (string | Buffer)[],
    more: {listedSha256?: string; hasLastNewline?: boolean} = {}
  ) {
    return this.simulator.plantLog({lines, endMicros: microsAgo(hours), ...more});
  }

  /** An upload of user-1, an hour old. */
  file(fileId: string, bytes: Buffer | string, more: Partial<Parameters<Simulator['plantFile']>[0]> = {}): void {
    this.simulator.plantFile({
      fileId,
      bytes: Buffer.from(bytes),
      ownerId: 'user-1',
      uploadedMicros: microsAgo(1),
      ...more,
    });
  }

  requestsTo(path: RegExp): number {
    return this.simulator.requests.filter((request) => path.test(request.path)).length;
  }

  async read(request: ReadRequest): Promise<SourceRun> {
    return sound(await collectResult(this.start(request)), request.streams);
  }

  /** A read that goes on; its output is the caller's. */
  start({config = {}, ending = 'json', env, state, streams, syncMode = 'incremental'}: ReadRequest) {
    const args = ['read', '--config', this.write('config', ending, {...this.config, ...config})];
    args.push('--catalog', this.write('catalog', ending, catalogOf(streams, syncMode)));
    if (state !== undefined) args.push('--state', this.write('state', ending, state));
    return this.spawn(args, env);
  }

  /** Runs `check` with this configuration alone. */
  async check(config: unknown = this.config): Promise<SourceRun> {
    const run = sound(await collectResult(this.spawn(['check', '--config', this.write('config', 'json', config)])), []);
    expect(run.exitCode).toBe(0);
    return run;
  }

  /** A check that goes on. */
  startCheck(): Executable {
    return this.spawn(['check', '--config', this.write('config', 'json', this.config)]);
  }

  async run(args: readonly string[]): Promise<SourceRun> {
    return sound(await collectResult(this.spawn(args)), []);
  }

  /** Writes a file and returns its path; text as it is, all else as JSON. */
  write(what: string, ending: string, content: unknown): string {
    return this.folder.file(`${what}-${String((this.files += 1))}.${ending}`, content);
  }

  private spawn(args: readonly string[], env?: Readonly<Record<string, string>>): Executable {
    const child = startConnector({command: [executable], args, ...(env === undefined ? {} : {env})});
    child.stdin.end();
    return child;
  }
}

function catalogOf(streams: readonly string[], syncMode = 'incremental'): object {
  return {
    streams: streams.map((name) => ({
      stream: {name, json_schema: {type: 'object', properties: {}}, supported_sync_modes: ['incremental']},
      sync_mode: syncMode,
      destination_sync_mode: 'append',
    })),
  };
}

/** What holds for every run that came to its own end. */
function sound(result: ConnectorResult, streams: readonly string[]): SourceRun {
  expect(result.stderr).toBe('');
  expect(result.strayLines).toEqual([]);
  const run = new SourceRun(result);
  for (const stream of streams) expectSoundStream(run, stream);
  const failed = Object.values(run.ends).filter((end) => end === 'INCOMPLETE').length;
  if (failed > 0) expect(run.errors).toHaveLength(failed);
  expect(run.summary !== undefined).toBe(failed > 1);
  expect(result.exitCode).toBe(run.errors.length > 0 ? 1 : 0);
  return run;
}

/** STARTED, then RUNNING with records and states that count them, then one end; every row fits its schema. */
function expectSoundStream({result, statuses}: SourceRun, stream: string): void {
  const own = statuses.filter((status) => status.endsWith(` ${stream}`)).map((status) => status.split(' ')[0]);
  if (own.length === 0) return;
  expect(own.join(' ')).toMatch(/^STARTED (RUNNING )*(COMPLETE|INCOMPLETE)$/);
  const {row} = streamDefinitions.find(({name}) => name === stream)!;
  let isOpen = false;
  let unstated = 0;
  for (const message of result.messages) {
    const [status] = streamStatuses({messages: [message]});
    if (status?.endsWith(` ${stream}`) === true) isOpen = !status.includes('COMPLETE');
    const [record] = payloads({messages: [message]}, 'RECORD');
    if (record?.['stream'] === stream) {
      expect(isOpen).toBe(true);
      expect(record['emitted_at']).toEqual(expect.any(Number));
      expect(row.strict().safeParse(record['data']).error).toBeUndefined();
      unstated += 1;
    }
    const [state] = payloads({messages: [message]}, 'STATE');
    if (state !== undefined && streamOf(state) === stream) {
      expect(isOpen).toBe(true);
      expect(state).toMatchObject({type: 'STREAM', sourceStats: {recordCount: unstated}});
      expect(state).not.toHaveProperty('id');
      unstated = 0;
    }
  }
  if (own.at(-1) === 'COMPLETE') expect({stream, unstated}).toEqual({stream, unstated: 0});
}

function streamOf(state: Row): string {
  return (state['stream'] as {stream_descriptor: {name: string}}).stream_descriptor.name;
}

export function microsAgo(hours: number): number {
  return (Date.now() - Math.round(hours * 3_600_000)) * 1000;
}

/** ISO 8601 with microseconds. */
export function timeAgo(hours: number): string {
  return new Date(microsAgo(hours) / 1000).toISOString().replace('Z', '123Z');
}

export interface EventParts {
  readonly timestamp?: string;
  readonly files?: readonly (string | object)[];
  readonly conversation?: string;
  readonly messageId?: string;
  readonly text?: string;
}

/** A log line of `messages` as the API writes it. */
export function event(id: string, parts: EventParts = {}): string {
  const {conversation = 'c-1', files = [], messageId = `m-${id}`, text = '', timestamp = timeAgo(6)} = parts;
  return JSON.stringify({
    event_id: id,
    type: 'CONVERSATION_MESSAGE',
    timestamp,
    principal: {id: 'ws', type: 'CHATGPT_WORKSPACE'},
    actor: {type: 'ACCOUNT_USER', user_id: 'user-1', user_email: 'ana@acme.test'},
    message: {
      id: messageId,
      author: {type: 'user', client_type: 'desktop_web'},
      content: {type: 'text', value: `${canary.text} ${text}`},
      files: files.map((file) => (typeof file === 'string' ? {id: file, name: `${file}.bin`} : file)),
    },
    conversation: {id: conversation, title: 'Review', created_at: timeAgo(7)},
  });
}
