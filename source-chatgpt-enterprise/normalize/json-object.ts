// Reading unknown JSON without trusting its shape.

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export function asString(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A string that says something; the API writes `""` for an absent id or title. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function asBoolean(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

export function asObjects(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.map(asObject).filter((item) => item !== null);
}

/** JSON parsers refuse what is nested more deeply: Jackson, which the platform reads records with, beyond 500 or 1,000. */
const maxNesting = 400;

/** The value, or null when it is nested too deeply to be written into a record and read from it again. */
export function unlessTooDeep<Value>(value: Value): Value | null {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxNesting) return null;
    level = level.flatMap((each): unknown[] => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return value;
}

/** The object a text holds; undefined when it is not JSON or not an object. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** ISO 8601 of what the API gives in Unix seconds. */
export function toIsoTime(seconds: unknown): string | null {
  if (typeof seconds !== 'number' || seconds < 0 || seconds > 253_402_300_799) return null;
  return new Date(Math.trunc(seconds * 1000)).toISOString();
}
