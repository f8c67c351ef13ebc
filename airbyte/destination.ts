// What a destination connector gives the runner: a class in the CDK's grammar that turns input into released states.
import {AirbyteDestination} from 'faros-airbyte-cdk/lib/destinations/destination';
import {
  type AirbyteConfig,
  type AirbyteConnectionStatusMessage,
  AirbyteSpec,
  type AirbyteStateMessage,
} from 'faros-airbyte-cdk/lib/protocol';
import type * as z from 'zod';
import type {Clock} from '../core/clock';
import {BugError} from '../core/errors';
import {toDestinationSpecification} from './connector-spec';
import type {DestinationInput} from './destination-input';
import type {Log} from './log';
import type {ConfiguredCatalog, StateMessage} from './protocol';

export interface DestinationContext {
  readonly log: Log;
  readonly clock: Clock;
  /** Aborts when the platform asks the process to end. */
  readonly signal: AbortSignal;
}

export interface WriteRequest<Config> {
  readonly config: Config;
  readonly catalog: ConfiguredCatalog;
  /** Blocks of messages; an empty block when stdin has been quiet for a while. */
  readonly input: AsyncIterable<readonly DestinationInput[]>;
}

/** What a verb gets besides the configuration. */
export interface VerbInput {
  /** Values of its options, by name. */
  readonly options: Readonly<Record<string, string>>;
  /** Messages on stdin, for verbs that read them. */
  readonly input: () => WriteRequest<unknown>['input'];
  /** Writes lines for a person or a script, instead of protocol messages. Resolves when the reader has taken them. */
  readonly print: (text: string) => Promise<void>;
  /** Resolves when the reader has taken what was logged. */
  readonly logged: () => Promise<void>;
}

/** A verb beyond spec, check and write, for people: it returns an exit code. */
export interface ExtraVerb<Config> {
  readonly name: string;
  readonly description: string;
  /** What stands behind its name, such as `<action>`; its value is the option `argument`. */
  readonly argument?: string;
  /** Options that it requires besides `--config`, by name, with what their value is. */
  readonly options?: Readonly<Record<string, string>>;
  /** Options that may be left out. */
  readonly furtherOptions?: Readonly<Record<string, string>>;
  run(config: Config, context: DestinationContext, given: VerbInput): Promise<number>;
}

/** A destination connector. The runner parses the configuration with `configSchema` before any other method sees it. */
export abstract class Destination<Config> extends AirbyteDestination<AirbyteConfig> {
  abstract readonly configSchema: z.ZodType<Config>;
  abstract readonly documentationUrl: string;
  abstract readonly extraVerbs: readonly ExtraVerb<Config>[];
  /** Throws a ConnectorError that says what is wrong. */
  abstract checkConnection(config: Config, context: DestinationContext): Promise<void>;
  /** Yields states whose records all have a durable outcome, in order for each stream. */
  abstract writeRecords(request: WriteRequest<Config>, context: DestinationContext): AsyncGenerator<StateMessage>;

  override spec(): Promise<AirbyteSpec> {
    return Promise.resolve(
      new AirbyteSpec(toDestinationSpecification(this) as ConstructorParameters<typeof AirbyteSpec>[0])
    );
  }

  /** The CDK's own entries to checking and writing; DestinationRunner calls checkConnection and writeRecords instead. */
  override check(): Promise<AirbyteConnectionStatusMessage> {
    throw new BugError('A destination is checked through its runner.');
  }

  override write(): AsyncGenerator<AirbyteStateMessage> {
    throw new BugError('A destination is written through its runner.');
  }
}
