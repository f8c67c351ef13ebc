// Runs a read of the source against the tiny API and sorts what it yields.
import {expect} from '@jest/globals';
import {toText} from '../../airbyte/json-text';
import type {SyncMode} from '../../airbyte/protocol';
import type {SourceContext, SourceOutput} from '../../airbyte/source';
import {type Clock, systemClock} from '../../core/clock';
import {configSchema} from '../../source-chatgpt-enterprise/config';
import {ChatGptEnterpriseSource} from '../../source-chatgpt-enterprise/source';
import type {TinyApi} from './tiny-api';

export interface ReadResult {
  readonly outputs: readonly SourceOutput[];
  readonly log: readonly string[];
  records(stream: string): Record<string, unknown>[];
  states(): Map<string, unknown>;
  ends(): Record<string, string>;
}

export interface ReadOptions {
  readonly streams: readonly string[];
  readonly states?: ReadonlyMap<string, unknown>;
  readonly config?: object;
  readonly syncMode?: SyncMode;
  readonly clock?: Clock;
}

export function sourceContext(log: string[] = []): SourceContext {
  const write = (message: string): void => void log.push(message);
  return {
    clock: systemClock,
    log: {debug: write, info: write, warn: write, error: write},
    signal: new AbortController().signal,
  };
}

export function sourceConfig(
  api: Pick<TinyApi, 'baseUrl'>,
  config: object = {}
): ReturnType<typeof configSchema.parse> {
  const base = {workspace_id: 'ws-1', api_key: 'sk-test', api_base_url: api.baseUrl, requests_per_minute: 10_000};
  return configSchema.parse({...base, ...config});
}

export async function readSource(api: Pick<TinyApi, 'baseUrl'>, options: ReadOptions): Promise<ReadResult> {
  const log: string[] = [];
  const outputs: SourceOutput[] = [];
  const syncMode = options.syncMode ?? 'incremental';
  const catalog = {
    streams: options.streams.map((name) => ({
      name,
      namespace: undefined,
      syncMode,
      destinationSyncMode: 'append',
      primaryKey: [],
    })),
  };
  const context = {...sourceContext(log), clock: options.clock ?? systemClock};
  const request = {config: sourceConfig(api, options.config), catalog, states: options.states ?? new Map()};
  for await (const output of new ChatGptEnterpriseSource().readStreams(request, context)) {
    if (output.kind === 'rows') {
      for (const row of output.rows) {
        outputs.push({kind: 'record', stream: output.stream, data: JSON.parse(toText(row)) as object});
      }
      continue;
    }
    outputs.push(JSON.parse(JSON.stringify(output)) as SourceOutput);
    if (output.kind === 'failed') outputs.push({...outputs.pop()!, error: output.error} as SourceOutput);
  }
  // Neither key nor signed link nor text of a message is ever told.
  const errors = outputs.flatMap((output) => (output.kind === 'failed' ? [output.error.message] : []));
  expect([...log, ...errors].join('\n')).not.toMatch(/sk-test|signature|text of /);
  return {
    outputs,
    log,
    records: (stream) =>
      outputs.flatMap((output) =>
        output.kind === 'record' && output.stream === stream ? [output.data as Record<string, unknown>] : []
      ),
    states: () =>
      new Map(outputs.flatMap((output) => (output.kind === 'state' ? [[output.stream, output.state] as const] : []))),
    ends: () =>
      Object.fromEntries(
        outputs.flatMap((output) => {
          if (output.kind === 'completed') return [[output.stream, 'completed']];
          return output.kind === 'failed' ? [[output.stream, output.error.code]] : [];
        })
      ),
  };
}

/** Microsecond ISO time so many hours ago. */
export function hoursAgo(hours: number, micros = '000'): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString().replace('Z', `${micros}Z`);
}

export function messageLine(id: string, timestamp: string, files: readonly object[] = []): string {
  return JSON.stringify({
    event_id: id,
    type: 'CONVERSATION_MESSAGE',
    timestamp,
    actor: {type: 'ACCOUNT_USER', user_id: 'user-1', user_email: 'ana@acme.test'},
    message: {id: `m-${id}`, author: {type: 'user'}, content: {type: 'text', value: `text of ${id}`}, files},
    conversation: {id: 'c-1', title: 'Review'},
  });
}
