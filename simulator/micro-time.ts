// Instants in whole microseconds since 1970, which a double holds exactly and a Date does not.

const pattern = /^(\d{4}-\d{2}-\d{2})[T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** ISO 8601 in UTC with six decimals. */
export function formatMicros(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Undefined unless the text is an ISO 8601 instant with a zone; decimals beyond the sixth are cut off. */
export function parseMicros(text: string): number | undefined {
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const seconds = Date.parse(`${parts[1] ?? ''}T${parts[2] ?? ''}${parts[4] ?? ''}`) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return seconds * 1_000_000 + Number((parts[3] ?? '').padEnd(6, '0').slice(0, 6));
}
