// A log file that is published on request, with exactly these lines.
import {sha256Hex} from '../../core/digest';
import {createLogFile, type LogFile} from './log-file';
import type {LogLine} from './log-line';

export interface PlantedLog {
  readonly lines: readonly (string | Buffer)[];
  readonly endMicros: number;
  readonly hasLastNewline?: boolean;
  readonly eventType?: string;
  /** What the listing says, when it is not true. */
  readonly listedSha256?: string;
}

export function toPlantedLog(planted: PlantedLog): LogFile {
  const {endMicros, eventType = 'CONVERSATION_MESSAGE', hasLastNewline = true, lines, listedSha256} = planted;
  const logLines = lines.map((line) => toLine(Buffer.from(line), endMicros));
  const file = createLogFile(eventType, endMicros, logLines, hasLastNewline);
  return listedSha256 === undefined ? file : {...file, listedSha256};
}

function toLine(bytes: Buffer, deliveredMicros: number): LogLine {
  return {deliveredMicros, bytes, facts: {eventId: eventIdOf(bytes), sha256: sha256Hex(bytes), uploads: []}};
}

function eventIdOf(bytes: Buffer): string | undefined {
  try {
    const event: unknown = JSON.parse(bytes.toString('utf8'));
    const id = typeof event === 'object' && event !== null && 'event_id' in event ? event.event_id : undefined;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
