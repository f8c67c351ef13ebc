// What a source connector gives the runner: a class in the CDK's grammar, and plain values for what it reads.
import {
  type AirbyteCatalog,
  AirbyteCatalogMessage,
  type AirbyteConfig,
  type AirbyteConnectionStatusMessage,
  type AirbyteMessage,
  AirbyteSpec,
  SyncMode,
} from 'faros-airbyte-cdk/lib/protocol';
import {AirbyteSource} from 'faros-airbyte-cdk/lib/sources/source';
import type * as z from 'zod';
import type {StreamDefinition} from '../contract/row';
import type {Clock} from '../core/clock';
import {BugError, type ConnectorError} from '../core/errors';
import {toSourceSpecification} from './connector-spec';
import {toDraft07} from './json-schema';
import type {JsonText} from './json-text';
import type {Log} from './log';
import type {ConfiguredCatalog} from './protocol';

/** The newest saved state of each stream by name: plain JSON, exactly as it was emitted. */
export type StreamStates = ReadonlyMap<string, unknown>;

/**
 * What reading yields, in order; `rows` are records that are JSON already, several at once. The runner turns it into protocol messages: it counts records into `sourceStats`,
 * writes RUNNING before a stream's first record, and INCOMPLETE with an error trace for a failure.
 */
export type SourceOutput =
  | {readonly kind: 'started'; readonly stream: string}
  | {readonly kind: 'record'; readonly stream: string; readonly data: object}
  | {readonly kind: 'rows'; readonly stream: string; readonly rows: readonly JsonText[]}
  | {readonly kind: 'state'; readonly stream: string; readonly state: object}
  | {readonly kind: 'rate_limited'; readonly stream: string; readonly untilMs: number}
  | {readonly kind: 'estimate'; readonly stream: string; readonly rows: number; readonly bytes: number}
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

  override spec(): Promise<AirbyteSpec> {
    return Promise.resolve(
      new AirbyteSpec(toSourceSpecification(this) as ConstructorParameters<typeof AirbyteSpec>[0])
    );
  }

  override discover(): Promise<AirbyteCatalogMessage> {
    return Promise.resolve(new AirbyteCatalogMessage(this.catalog()));
  }

  /** The streams that this configuration offers. */
  streamsOf(config: Config): readonly StreamDefinition[];
  streamsOf(): readonly StreamDefinition[] {
    return this.streamDefinitions;
  }

  catalog(streams: readonly StreamDefinition[] = this.streamDefinitions): AirbyteCatalog {
    return {streams: streams.map(toCatalogStream)};
  }

  /** The CDK's own entries to checking and reading; SourceRunner calls checkConnection and readStreams instead. */
  override check(): Promise<AirbyteConnectionStatusMessage> {
    throw new BugError('A source is checked through its runner.');
  }

  override read(): AsyncGenerator<AirbyteMessage> {
    throw new BugError('A source is read through its runner.');
  }
}

function toCatalogStream(definition: StreamDefinition): AirbyteCatalog['streams'][number] & {is_resumable: boolean} {
  return {
    name: definition.name,
    json_schema: {$schema: 'http://json-schema.org/draft-07/schema#', ...toDraft07(definition.row, 'output')},
    supported_sync_modes: [SyncMode.FULL_REFRESH, SyncMode.INCREMENTAL],
    source_defined_cursor: true,
    default_cursor_field: [definition.cursorField],
    source_defined_primary_key: definition.primaryKey.map((field) => [field]),
    is_resumable: definition.isResumable,
  };
}
