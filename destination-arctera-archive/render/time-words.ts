// Times as a transcript tells them: to the second, in the configured time zone, which is named.
import {msOfMicros, parseMicros} from '../../core/micros';

export interface TimeWords {
  /** The zone, for the foot of a transcript. */
  readonly zone: string;
  /** An API timestamp in words, or what the API wrote when it is not one. */
  readonly describe: (timestamp: string | undefined) => string;
}

const utcForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)$/;

const isoForm = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * NaN where a timestamp is none. One without a zone is of UTC: not of the zone that the machine happens to be in, in
 * which it would also read any other text.
 */
export function toUnixMs(timestamp: string): number {
  const form = isoForm.exec(timestamp);
  const [, hours, zone] = form ?? [];
  const ms = form === null ? NaN : Date.parse(hours !== undefined && zone === undefined ? `${timestamp}Z` : timestamp);
  if (!Number.isNaN(ms)) return ms;
  const micros = parseMicros(timestamp); // no Date has a leap second, or a comma before its fraction
  return micros === undefined ? NaN : msOfMicros(micros);
}

/** Built for each item: to make a formatter is slow, so it is made only when a zone asks for one. */
export function toTimeWords(timeZone: string, fallback: (text: string) => string): TimeWords {
  if (isUtc(timeZone)) {
    const describe = (timestamp: string | undefined): string => {
      if (timestamp === undefined) return 'time unknown';
      if (!utcForm.test(timestamp)) return fallback(timestamp);
      return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)} UTC`;
    };
    return {zone: 'UTC', describe};
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  const describe = (timestamp: string | undefined): string => {
    if (timestamp === undefined) return 'time unknown';
    const ms = utcForm.test(timestamp) ? Date.parse(timestamp) : NaN;
    if (Number.isNaN(ms)) return fallback(timestamp);
    const parts = new Map(format.formatToParts(ms).map(({type, value}) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
    const time = `${of('hour')}:${of('minute')}:${of('second')}`;
    return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')} ${time} ${timeZone} (${of('timeZoneName')})`;
  };
  return {zone: timeZone, describe};
}

function isUtc(timeZone: string): boolean {
  return /^(?:Etc\/)?(?:UTC|UCT|Zulu|Universal)$/i.test(timeZone);
}
