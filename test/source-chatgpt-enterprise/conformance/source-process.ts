// The source as the platform runs it, against a simulator: discover, read, read again from a state, kill.
import {resolve} from 'node:path';
import {createInterface} from 'node:readline';
import type {Simulator} from '../../../simulator/server';
import {
  collectResult,
  type ConnectorResult,
  type OutputMessage,
  payloads,
  RunFolder,
  startConnector,
  waitForEnd,
} from '../../airbyte/connector-run';

export interface CatalogStream {
  readonly name: string;
  readonly json_schema: {readonly properties: Readonly<Record<string, object>>};
  readonly supported_sync_modes: readonly string[];
  readonly default_cursor_field: readonly string[];
  readonly source_defined_primary_key: readonly (readonly string[])[];
  readonly is_resumable: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

/** Messages in their order, as far as they concern one stream. */
export interface StreamOutput {
  readonly messages: readonly OutputMessage[];
  readonly exitCode: number | null;
}

const command = [resolve('bin/source-chatgpt-enterprise')];

export class SourceProcess {
  private readonly folder = new RunFolder();
  private readonly config: string;

  constructor(simulator: Simulator, settings: object = {}) {
    this.config = this.folder.file('config.json', {
      workspace_id: simulator.workspaceId,
      api_key: simulator.apiKey,
      api_base_url: simulator.baseUrl,
      requests_per_minute: 1_000_000,
      ...settings,
    });
  }

  async discover(): Promise<readonly CatalogStream[]> {
    const result = await this.run(['discover', '--config', this.config]);
    return (payloads(result, 'CATALOG')[0] as {streams: CatalogStream[]} | undefined)?.streams ?? [];
  }

  read(streams: readonly string[], syncMode: string, states: readonly OutputMessage[] = []): Promise<ConnectorResult> {
    return this.run(this.readArguments(streams, syncMode, states));
  }

  /** Reads until `isEnough` says so of what has come, and is then killed; what came later is lost. */
  async readUntil(
    streams: readonly string[],
    isEnough: (messages: readonly OutputMessage[]) => boolean
  ): Promise<OutputMessage[]> {
    const child = startConnector({command, args: this.readArguments(streams, 'incremental')});
    const messages: OutputMessage[] = [];
    for await (const line of createInterface({input: child.stdout})) {
      messages.push(JSON.parse(line) as OutputMessage);
      if (isEnough(messages)) break;
    }
    child.kill('SIGKILL');
    await waitForEnd(child);
    return messages;
  }

  close(): void {
    this.folder.remove();
  }

  private async run(args: readonly string[]): Promise<ConnectorResult> {
    const result = await collectResult(startConnector({command, args}));
    if (result.stderr !== '') throw new Error(`stderr is not empty: ${result.stderr.slice(0, 500)}`);
    return result;
  }

  private readArguments(streams: readonly string[], syncMode: string, states: readonly OutputMessage[] = []): string[] {
    const catalog = {
      streams: streams.map((name) => ({
        stream: {name, json_schema: {}, supported_sync_modes: [syncMode]},
        sync_mode: syncMode,
        destination_sync_mode: 'append',
      })),
    };
    const args = ['read', '--config', this.config, '--catalog', this.folder.file('catalog.json', catalog)];
    return [
      ...args,
      '--state',
      this.folder.file(
        'state.json',
        states.map(({state}) => state)
      ),
    ];
  }
}

export function rowsOf(messages: readonly OutputMessage[], stream: string): readonly Row[] {
  return payloads({messages}, 'RECORD').flatMap((record) =>
    record['stream'] === stream ? [record['data'] as Row] : []
  );
}

export function statesOf(messages: readonly OutputMessage[], stream: string): readonly OutputMessage[] {
  return messages.filter((message) => message.type === 'STATE' && streamOfState(message) === stream);
}

/** The messages up to and including the nth state of the stream, from 1. */
export function upToState(messages: readonly OutputMessage[], stream: string, count: number): readonly OutputMessage[] {
  const state = statesOf(messages, stream)[count - 1];
  return state === undefined ? [] : messages.slice(0, messages.indexOf(state) + 1);
}

function streamOfState({state}: OutputMessage): string {
  return (state as {stream: {stream_descriptor: {name: string}}}).stream.stream_descriptor.name;
}
