// A day or a time that an option of a verb gives.
import {ConfigError} from '../../core/errors';

/** ISO 8601 in UTC. Throws ConfigError `command_invalid` for a text that is neither. */
export function toDate(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const day = text.slice(0, '2026-01-31'.length);
  if (!isDate || Number.isNaN(Date.parse(text)) || !isOfCalendar(day)) {
    throw new ConfigError(
      'command_invalid',
      `--${option} must be a day, such as 2026-01-31, or a time with its zone; days are in UTC.`
    );
  }
  return new Date(text).toISOString();
}

/** JavaScript takes 30 February for 2 March. */
function isOfCalendar(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
