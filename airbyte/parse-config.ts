// Turns the raw configuration into its typed form, or into one error that names every field and what it wants.
import type * as z from 'zod';
import {ConfigError} from '../core/errors';
import {isObject} from '../core/json-values';
import {describeIssues} from './describe-issues';
import {firstFew} from './first-few';
import {type Parsed, parseWithSchema} from './parse-with-schema';

export interface ParsedConfig<Config> {
  readonly config: Config;
  /** Keys at the root that the connector does not know; Airbyte and its tools add some. */
  readonly unknownKeys: readonly string[];
}

export function parseConfig<Config>(schema: z.ZodType<Config>, raw: unknown): ParsedConfig<Config> {
  const given = raw ?? {};
  const result = parseFilled(schema, given);
  if (!result.success) {
    const problems = result.issues === undefined ? ['it has countless faults'] : describeIssues(result.issues, given);
    throw new ConfigError('config_invalid', `The configuration is not valid. ${firstFew(problems, '; ')}.`);
  }
  const known = new Set(rootKeys(schema));
  const unknownKeys = Object.keys(given).filter((key) => !known.has(key));
  return {config: result.data, unknownKeys};
}

/**
 * Where a field was cleared, forms and programs leave an empty text or null: it counts as left out, unless that is a value
 * of the field. Not within lists: a rule that lost a condition would be another rule.
 */
function parseFilled<Config>(schema: z.ZodType<Config>, given: unknown): Parsed<Config> {
  const strict = parseWithSchema(schema, given);
  if (strict.success || strict.issues === undefined) return strict;
  const cleared = strict.issues.filter(({path}) => isCleared(given, path));
  if (cleared.length === 0) return strict;
  const filled = parseWithSchema(
    schema,
    cleared.reduce((from, {path}) => withoutMember(from, path), given)
  );
  if (filled.success || filled.issues === undefined) return filled;
  // A field that is required is told as it was given.
  const asGiven = new Map(cleared.map((issue) => [toKey(issue.path), issue]));
  return {success: false, issues: filled.issues.map((issue) => asGiven.get(toKey(issue.path)) ?? issue)};
}

function isCleared(given: unknown, path: readonly PropertyKey[]): boolean {
  let value = given;
  for (const key of path) {
    if (typeof key !== 'string' || !isObject(value)) return false;
    value = value[key];
  }
  return path.length > 0 && (value === '' || value === null);
}

function withoutMember(from: unknown, [key = '', ...rest]: readonly PropertyKey[]): unknown {
  if (!isObject(from)) return from;
  const {[String(key)]: member, ...others} = from;
  return rest.length === 0 ? others : {...others, [String(key)]: withoutMember(member, rest)};
}

function toKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

function rootKeys(schema: z.ZodType): readonly string[] {
  return 'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null
    ? Object.keys(schema.shape)
    : [];
}
