// What a connector publishes of itself: the Airbyte specification, made from the zod schema of its configuration.
import type * as z from 'zod';
import {toDraft07} from './json-schema';

export interface Published {
  readonly configSchema: z.ZodType;
  readonly documentationUrl: string;
}

export function toSourceSpecification({configSchema, documentationUrl}: Published): object {
  return {
    documentationUrl,
    connectionSpecification: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      ...toDraft07(configSchema, 'input'),
      additionalProperties: true,
    },
  };
}

/** A destination must list its sync modes. */
export function toDestinationSpecification(published: Published): object {
  return {
    ...toSourceSpecification(published),
    supported_destination_sync_modes: ['append', 'append_dedup'],
    supportsIncremental: true,
  };
}
