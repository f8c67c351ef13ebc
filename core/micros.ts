// Microsecond arithmetic on ISO 8601 text; the API's times have six digits, which `Date` would cut to three.

const isoPattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d\d):?(\d\d))?$/;

export const microsPerHour = 3_600_000_000n;
export const microsPerDay = 24n * microsPerHour;

/** Microseconds since 1970, or undefined when the text is not a time. Without a zone it is taken as UTC. */
export function parseMicros(text: string): bigint | undefined {
  const match = isoPattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] =
    match;
  const parts = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts;
  if (mo < 1 || mo > 12 || d < 1 || h > 24 || mi > 59 || s > 60) return undefined;
  const midnight = new Date(0);
  const dayMs = midnight.setUTCFullYear(y, mo - 1, d); // Date.UTC takes the years 0 to 99 for those of the last century
  if (midnight.getUTCDate() !== d) return undefined;
  const seconds = h * 3600 + mi * 60 + Math.min(s, 59);
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60 : 60);
  // A leap second stands for the last moment of its minute: so it stays in its day, behind all before it.
  const micros = s === 60 ? 999_999n : BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return BigInt(dayMs) * 1000n + BigInt(seconds - zone) * 1_000_000n + micros;
}

/** A date stands for its first moment in UTC; a time for itself. */
export function toFirstMoment(dateOrTime: string): string {
  return dateOrTime.includes('T') ? dateOrTime : `${dateOrTime}T00:00:00Z`;
}

/** The API's own form, of a day that every such month has. */
const plainTime =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/** An offset may lead out of the years of four digits. */
const longYear = /^[+-]/;

/** The time in a form that sorts as text, or undefined when the text is not a time, or one outside of the years 0 to 9999. */
export function toSortableTime(text: string): string | undefined {
  if (plainTime.test(text)) return text; // nearly all are, and calculating costs more than all else about an event
  const micros = parseMicros(text);
  if (micros === undefined) return undefined;
  const time = formatMicros(micros);
  return longYear.test(time) ? undefined : time;
}

/** Which of two times is earlier, in whatever forms they are; what is none comes before all that are, and these as text. */
export function compareTimes(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  const [a, b] = [toSortableTime(one ?? '') ?? '', toSortableTime(other ?? '') ?? ''];
  if (a === '' && b === '') return (one ?? '') < (other ?? '') ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** ISO 8601 in UTC with six fractional digits. */
export function formatMicros(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(msOfMicros(micros)).toISOString();
  return `${iso.slice(0, -1)}${rest.toString().padStart(3, '0')}Z`;
}

/** Of a time that was looked at before; 0 of a text that is none. */
export function microsOf(time: string): bigint {
  return parseMicros(time) ?? 0n;
}

/** The millisecond in which it lies. */
export function msOfMicros(micros: bigint): number {
  return Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);
}

export function compareMicros(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function microsOfMs(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 1000n;
}

/** Whether the time is certainly before the bound; text that is not a time never is. */
export function isBefore(text: string, bound: string): boolean {
  // Most events differ from the bound in the first 19 characters, and comparing those costs nothing.
  if (text.length > 19 && text.endsWith('Z') && bound.endsWith('Z')) {
    const seconds = text.slice(0, 19);
    const boundSeconds = bound.slice(0, 19);
    if (seconds !== boundSeconds && plainTime.test(text)) return seconds < boundSeconds;
  }
  const micros = parseMicros(text);
  const boundMicros = parseMicros(bound);
  return micros !== undefined && boundMicros !== undefined && micros < boundMicros;
}
