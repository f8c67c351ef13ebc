// Reads the configured catalog, with the nulls and the missing fields that different callers send.
import {z} from 'zod';
import {ConfigError} from '../core/errors';
import type {ConfiguredCatalog} from './protocol';

const catalogSchema = z.looseObject({
  streams: z.array(
    z.looseObject({
      stream: z.looseObject({name: z.string(), namespace: z.string().nullish()}),
      sync_mode: z.enum(['full_refresh', 'incremental']),
      destination_sync_mode: z.string().nullish(),
      primary_key: z.array(z.array(z.string())).nullish(),
    })
  ),
});

export function parseCatalog(raw: unknown): ConfiguredCatalog {
  const result = catalogSchema.safeParse(raw);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
    throw new ConfigError('catalog_invalid', `The configured catalog is not valid. ${problems.join('; ')}.`);
  }
  return {
    streams: result.data.streams.map((configured) => ({
      name: configured.stream.name,
      namespace: configured.stream.namespace ?? undefined,
      syncMode: configured.sync_mode,
      destinationSyncMode: configured.destination_sync_mode ?? 'append',
      primaryKey: configured.primary_key ?? [],
    })),
  };
}
