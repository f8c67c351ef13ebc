// Reads the configured catalog, with the nulls and the missing fields that different callers send.
import * as z from 'zod';
import {ConfigError} from '../core/errors';
import {describeIssues} from './describe-issues';
import {firstFew} from './first-few';
import {parseWithSchema} from './parse-with-schema';
import type {ConfiguredCatalog, ConfiguredStream} from './protocol';

/** Whatever else stands in its place says nothing of the fields. */
const jsonSchema = z
  .looseObject({properties: z.record(z.string(), z.looseObject({description: z.string().optional().catch(undefined)}))})
  .optional()
  .catch(undefined);

const catalogSchema = z.looseObject({
  streams: z.array(
    z.looseObject({
      stream: z.looseObject({name: z.string(), namespace: z.string().nullish(), json_schema: jsonSchema}),
      sync_mode: z.enum(['full_refresh', 'incremental']),
      destination_sync_mode: z.string().nullish(),
      primary_key: z.array(z.array(z.string())).nullish(),
    })
  ),
});

export function parseCatalog(raw: unknown): ConfiguredCatalog {
  const result = parseWithSchema(catalogSchema, raw);
  if (!result.success) {
    const problems =
      result.issues === undefined ? ['it has countless faults'] : describeIssues(result.issues, raw, 'the catalog');
    const text = firstFew(problems, '; ');
    throw new ConfigError('catalog_invalid', `The configured catalog is not valid. ${text}.`);
  }
  return {
    streams: result.data.streams.map((configured) => ({
      name: configured.stream.name,
      namespace: configured.stream.namespace ?? undefined,
      syncMode: configured.sync_mode,
      destinationSyncMode: configured.destination_sync_mode ?? 'append',
      primaryKey: configured.primary_key ?? [],
      ...fieldsOf(configured.stream.json_schema),
    })),
  };
}

function fieldsOf(schema: z.output<typeof jsonSchema>): Pick<ConfiguredStream, 'fields'> {
  if (schema === undefined) return {};
  return {fields: new Map(Object.entries(schema.properties).map(([name, {description}]) => [name, description]))};
}
