// The catalog of a connection: what discover gave, with the modes that the platform chooses for it.
import {askConnector} from './connector-process';

export interface ConfiguredStream {
  readonly stream: {
    readonly name: string;
    readonly json_schema: {readonly properties?: Readonly<Record<string, unknown>>};
    readonly default_cursor_field?: readonly string[];
    readonly source_defined_primary_key?: readonly (readonly string[])[];
  };
  readonly sync_mode: string;
  readonly destination_sync_mode: string;
  readonly [field: string]: unknown;
}

export interface ConfiguredCatalog {
  readonly streams: readonly ConfiguredStream[];
}

/** @param selected names of streams; all when absent */
export async function discoverCatalog(
  executable: string,
  config: string,
  selected?: readonly string[]
): Promise<ConfiguredCatalog> {
  const {catalog} = await askConnector(executable, ['discover', '--config', config], 'CATALOG');
  const {streams} = catalog as {readonly streams: readonly ConfiguredStream['stream'][]};
  return {
    streams: streams
      .filter(({name}) => selected === undefined || selected.includes(name))
      .map((stream) => ({
        stream,
        sync_mode: 'incremental',
        destination_sync_mode: 'append_dedup',
        cursor_field: stream.default_cursor_field ?? [],
        primary_key: stream.source_defined_primary_key ?? [],
      })),
  };
}
