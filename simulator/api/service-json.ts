// JSON as a service written in Python sends it: spaces, ASCII only, seconds with a decimal. Only the text is the original.

/** Unix seconds that are written with a decimal even when they are whole. */
export class Seconds {
  constructor(readonly value: number) {}
}

/** Members that are undefined are left out. */
export function toServiceJson(value: unknown): string {
  if (value instanceof Seconds) return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value);
  if (Array.isArray(value)) return `[${value.map(toServiceJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).replace(/[^\0-~]/g, escapeUnit);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${toServiceJson(name)}: ${toServiceJson(member)}`).join(', ')}}`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
