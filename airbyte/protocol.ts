// The Airbyte protocol as the current platform speaks it; the CDK's own types lack half of it.

export interface StreamDescriptor {
  readonly name: string;
  readonly namespace?: string | null;
}

export type SyncMode = 'full_refresh' | 'incremental';

export interface ConfiguredStream {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly syncMode: SyncMode;
  readonly destinationSyncMode: string;
  readonly primaryKey: readonly (readonly string[])[];
  /** Fields that are selected, each with what the schema says of it; absent where the catalog names none. */
  readonly fields?: ReadonlyMap<string, string | undefined>;
}

/** The streams a user selected, in catalog order. */
export interface ConfiguredCatalog {
  readonly streams: readonly ConfiguredStream[];
}

export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE';

export interface StateMessage {
  readonly type: 'STATE';
  /** Exact JSON text of the state: nobody's numbers change on their way through us, however deep it is nested. */
  readonly text: string;
}

/** Any message in the form that is written to stdout. */
export interface ProtocolMessage {
  readonly type: string;
  readonly [payload: string]: unknown;
}
