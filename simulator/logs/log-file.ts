// One immutable JSONL log file as the listing describes it.
import {sha256Hex} from '../../core/digest';
import {formatMicros} from '../micro-time';
import type {LineFacts, LogLine} from './log-line';

export interface LogFile {
  readonly id: string;
  readonly eventType: string;
  readonly endMicros: number;
  readonly size: number;
  /** The bytes, made again each time where a file is too many to be kept. */
  readonly read: () => Buffer;
  /** What the listing says, true or not. */
  readonly listedSha256: string;
  readonly lines: readonly LineFacts[];
}

export function createLogFile(
  eventType: string,
  endMicros: number,
  lines: readonly LogLine[],
  hasLastNewline: boolean
): LogFile {
  const newline = Buffer.from('\n');
  const parts = lines.flatMap(({bytes}) => [bytes, newline]);
  if (!hasLastNewline) parts.pop();
  const bytes = Buffer.concat(parts);
  const listedSha256 = sha256Hex(bytes);
  const id = `eclf_${sha256Hex(`${eventType}/${endMicros}/${listedSha256}`).slice(0, 24)}`;
  return {
    id,
    eventType,
    endMicros,
    size: bytes.length,
    read: () => bytes,
    listedSha256,
    lines: lines.map(({facts}) => facts),
  };
}

export function toListItem(file: LogFile): object {
  const endTime = formatMicros(file.endMicros);
  return {
    id: file.id,
    event_type: file.eventType,
    end_time: endTime,
    file_name: `${file.eventType}_${endTime.replace('Z', '+00:00')}.jsonl`,
    file_size: file.size,
    file_sha256: file.listedSha256,
  };
}
