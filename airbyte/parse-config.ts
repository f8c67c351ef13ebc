// Turns the raw configuration into its typed form, or into one error that names every field and what it wants.
import type {z} from 'zod';
import {ConfigError} from '../core/errors';
import {describeIssues} from './describe-issues';
import {firstFew} from './first-few';
import {parseWithSchema} from './parse-with-schema';

export interface ParsedConfig<Config> {
  readonly config: Config;
  /** Keys at the root that the connector does not know; Airbyte and its tools add some. */
  readonly unknownKeys: readonly string[];
}

export function parseConfig<Config>(schema: z.ZodType<Config>, raw: unknown): ParsedConfig<Config> {
  const given = raw ?? {};
  const result = parseWithSchema(schema, given);
  if (!result.success) {
    const problems = result.issues === undefined ? ['it has countless faults'] : describeIssues(result.issues, given);
    throw new ConfigError('config_invalid', `The configuration is not valid. ${firstFew(problems, '; ')}.`);
  }
  const known = new Set(rootKeys(schema));
  const unknownKeys = Object.keys(given).filter((key) => !known.has(key));
  return {config: result.data, unknownKeys};
}

function rootKeys(schema: z.ZodType): readonly string[] {
  return 'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null
    ? Object.keys(schema.shape)
    : [];
}
