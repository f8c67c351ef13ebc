// Any amount of log files made of one: each is that one with other ids, written anew whenever it is asked for.
import {sha256Hex} from '../../core/digest';
import {createLogFile, type LogFile} from './log-file';
import type {LogLine} from './log-line';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
const stepMicros = 10_000_000;
/** Odd, so that no two of the 2^32 beginnings become one. */
const stride = 0x9e3779b1;

interface BulkExtent {
  readonly totalBytes: number;
  /** When the newest of them ends. */
  readonly endMicros: number;
}

/** What the truth tells of events and files does not include these: it would not fit into memory. */
export function toBulkLogFiles(
  eventType: string,
  lines: readonly LogLine[],
  workspaceId: string,
  {totalBytes, endMicros}: BulkExtent
): LogFile[] {
  const template = createLogFile(eventType, endMicros, lines, true);
  const bytes = template.read();
  const places = findIds(bytes, workspaceId);
  const count = Math.max(1, Math.round(totalBytes / bytes.length));
  return Array.from({length: count}, (_, index) => {
    const read = (): Buffer => withOtherIds(bytes, places, index);
    const listedSha256 = sha256Hex(read());
    return {
      id: `eclf_${listedSha256.slice(0, 24)}`,
      eventType,
      endMicros: endMicros - (count - 1 - index) * stepMicros,
      size: bytes.length,
      read,
      listedSha256,
      lines: [],
    };
  });
}

interface IdPlace {
  readonly at: number;
  readonly beginning: number;
}

function findIds(bytes: Buffer, workspaceId: string): IdPlace[] {
  const text = bytes.toString('latin1');
  return [...text.matchAll(uuid)]
    .filter(([id]) => id !== workspaceId)
    .map((match) => ({at: match.index, beginning: Number.parseInt(match[0].slice(0, 8), 16)}));
}

function withOtherIds(template: Buffer, places: readonly IdPlace[], index: number): Buffer {
  const bytes = Buffer.from(template);
  const shift = Math.imul(index, stride);
  for (const {at, beginning} of places) writeHex(bytes, at, beginning + shift);
  return bytes;
}

function writeHex(bytes: Buffer, at: number, value: number): void {
  for (let digit = 0; digit < 8; digit++) {
    const nibble = (value >>> (28 - 4 * digit)) & 15;
    bytes[at + digit] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble;
  }
}
