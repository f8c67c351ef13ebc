// Builds the Airbyte SPEC of a connector from the zod schema of its configuration.
import {AirbyteSpec} from 'faros-airbyte-cdk';
import type {z} from 'zod';
import {toDraft07} from './json-schema';

interface SpecDetails {
  readonly documentationUrl: string;
  /** Only destinations have them, and must list them. */
  readonly destinationSyncModes?: readonly string[];
}

export function toConnectorSpec(configSchema: z.ZodType, details: SpecDetails): AirbyteSpec {
  const spec = {
    documentationUrl: details.documentationUrl,
    connectionSpecification: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      ...toDraft07(configSchema, 'input'),
      additionalProperties: true,
    },
    ...(details.destinationSyncModes === undefined
      ? {}
      : {supported_destination_sync_modes: details.destinationSyncModes, supportsIncremental: true}),
  };
  return new AirbyteSpec(spec as unknown as ConstructorParameters<typeof AirbyteSpec>[0]);
}
