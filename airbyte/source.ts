// What a source connector gives the runner: a class in the CDK's grammar, and plain values for what it reads.
import {AirbyteSource} from 'faros-airbyte-cdk';
import type {AirbyteConfig} from 'faros-airbyte-cdk';
import type {z} from 'zod';
import type {StreamDefinition} from '../contract/row';
import type {Clock} from '../core/clock';
import type {ConnectorError} from '../core/errors';
import type {Log} from './log';
import type {ConfiguredCatalog} from './protocol';

/** The newest saved state of each stream by name: plain JSON, exactly as it was emitted. */
export type StreamStates = ReadonlyMap<string, unknown>;

/**
 * What reading yields, in order. The runner turns it into protocol messages: it counts records into `sourceStats`,
 * writes RUNNING before a stream's first record, and INCOMPLETE with an error trace for a failure.
 */
export type SourceOutput =
  | {readonly kind: 'started'; readonly stream: string}
  | {readonly kind: 'record'; readonly stream: string; readonly data: object}
  | {readonly kind: 'state'; readonly stream: string; readonly state: object}
  | {readonly kind: 'rate_limited'; readonly stream: string; readonly untilMs: number}
  | {readonly kind: 'estimate'; readonly stream: string; readonly bytes: number}
  | {readonly kind: 'completed'; readonly stream: string}
  | {readonly kind: 'failed'; readonly stream: string; readonly error: ConnectorError};

export type CheckResult = {readonly ok: true} | {readonly ok: false; readonly error: ConnectorError};

export interface SourceContext {
  readonly log: Log;
  readonly clock: Clock;
  /** Aborts when the platform asks the process to end. */
  readonly signal: AbortSignal;
}

export interface ReadRequest<Config> {
  readonly config: Config;
  readonly catalog: ConfiguredCatalog;
  readonly states: StreamStates;
}

/** A source connector. The runner parses the configuration with `configSchema` before any other method sees it. */
export abstract class Source<Config> extends AirbyteSource<AirbyteConfig> {
  abstract readonly configSchema: z.ZodType<Config>;
  abstract readonly documentationUrl: string;
  abstract readonly streamDefinitions: readonly StreamDefinition[];
  abstract checkConnection(config: Config, context: SourceContext): Promise<CheckResult>;
  abstract readStreams(request: ReadRequest<Config>, context: SourceContext): AsyncGenerator<SourceOutput>;
}
