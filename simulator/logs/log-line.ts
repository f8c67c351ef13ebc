// One line of a log file with what is known about it, on its way into a file.
import {sha256Hex} from '../../core/digest';
import type {Upload} from '../workspace/upload';

export interface LogLine {
  /** When the event reaches the log: the window that takes it. */
  readonly deliveredMicros: number;
  readonly bytes: Buffer;
  readonly facts: LineFacts;
}

export interface LineFacts {
  /** Undefined for an unreadable line. */
  readonly eventId: string | undefined;
  /** Of the bytes of the line without its newline. */
  readonly sha256: string;
  /** Every file the event names, each once. */
  readonly uploads: readonly Upload[];
}

/** One line in five is written in pure ASCII, as services in other languages do: only the exact text is the original. */
export function toLogLine(
  event: object,
  eventId: string,
  deliveredMicros: number,
  uploads: readonly Upload[]
): LogLine {
  const json = JSON.stringify(event);
  const isAscii = Number.parseInt(eventId.slice(0, 2), 16) % 5 === 0;
  const bytes = Buffer.from(isAscii ? json.replace(/[^\0-~]/g, escapeUnit) : json);
  return {deliveredMicros, bytes, facts: {eventId, sha256: sha256Hex(bytes), uploads}};
}

export function toUnreadableLine(bytes: Buffer, deliveredMicros: number): LogLine {
  return {deliveredMicros, bytes, facts: {eventId: undefined, sha256: sha256Hex(bytes), uploads: []}};
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
