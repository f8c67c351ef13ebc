// Says what is wrong with a configuration in words for the person who wrote it: each field, and what it wants.
import type * as z from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * One text for each problem. None of them quotes a value: it might be a secret.
 * @param whole what is wrong when none of its fields is
 */
export function describeIssues(
  issues: readonly Issue[],
  given: unknown,
  whole = 'the configuration'
): readonly string[] {
  const problems = issues.flatMap((issue) => describe(issue, [], given));
  return [...new Set(problems.map(({path, wish}) => `${path.length === 0 ? whole : toFieldName(path)}: ${wish}`))];
}

interface Problem {
  /** Empty for the whole. */
  readonly path: readonly PropertyKey[];
  readonly wish: string;
}

function describe(issue: Issue, prefix: readonly PropertyKey[], given: unknown): readonly Problem[] {
  const path = [...prefix, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({path: [...path, key], wish: 'is not a field the connector knows'}));
    case 'invalid_union':
      return describeUnion(issue, path, given);
    case 'invalid_key':
      return [{path, wish: 'is not a name this field may have'}];
    default:
      return [{path, wish: `${isMissing(path, given) ? 'is required, and ' : ''}${toWish(issue)}`}];
  }
}

/** A value that may have one of several forms: what the nearest form wants, or the forms there are. */
function describeUnion(
  issue: Extract<Issue, {code: 'invalid_union'}>,
  path: readonly PropertyKey[],
  given: unknown
): readonly Problem[] {
  if ('options' in issue && Array.isArray(issue.options)) {
    const required = isMissing(path, given) ? 'is required, and ' : '';
    return [{path, wish: `${required}must be ${oneOf(issue.options)}`}];
  }
  // A form that fails deep inside is nearer than one whose kind of value is another.
  const branches = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a) || a.length - b.length);
  const [nearest = [], ...others] = branches;
  if (depthOf(nearest) > 0) return nearest.flatMap((each) => describe(each, path, given));
  const wishes = [nearest, ...others].flatMap((branch) => branch.map(toWish));
  return [{path, wish: [...new Set(wishes)].join(', or ')}];
}

function depthOf(issues: readonly Issue[]): number {
  return issues.reduce((most, {code, path}) => Math.max(most, path.length + (code === 'unrecognized_keys' ? 1 : 0)), 0);
}

function toWish(issue: Issue): string {
  if (isOwnText(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'too_small':
      return toBound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return toBound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_format':
      return `must be of the format ${issue.pattern ?? issue.format}`;
    default:
      return 'is not valid';
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function toBound(origin: string, comparison: string, bound: number | bigint): string {
  if (origin === 'string') {
    return bound === 1 && comparison === 'at least'
      ? 'must not be empty'
      : `must have ${comparison} ${bound} characters`;
  }
  return origin === 'array' ? `must have ${comparison} ${bound} members` : `must be ${comparison} ${bound}`;
}

/** The texts of our own schemas begin as a wish does; those of the library do not. */
function isOwnText(message: string): boolean {
  return /^(?:must|is|may|has|needs) /.test(message);
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length > 1 ? `one of ${shown.join(', ')}` : shown.join('');
}

function isMissing(path: readonly PropertyKey[], given: unknown): boolean {
  let value = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value === undefined;
}

/** Names are the writer's own: shown as they are when they are plain, else quoted and cut. */
function toFieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (/^[\w-]{1,60}$/.test(String(key)) ? String(key) : JSON.stringify(String(key).slice(0, 60))))
    .join('.');
}
