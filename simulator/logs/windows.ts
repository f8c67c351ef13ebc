// Cuts lines into log files: a file for each ten minutes that saw any, cut early at 15 MB.
import type {Random} from '../random';
import {createLogFile, type LogFile} from './log-file';
import type {LogLine} from './log-line';

export const windowMicros = 600_000_000;
const maxFileBytes = 15_000_000;
const withoutLastNewlineShare = 0.1;
/** A window is closed and written within this time after its end. */
const maxClosingMicros = 50_000_000;
const betweenPartsMicros = 1_000;

export function toLogFiles(random: Random, eventType: string, lines: readonly LogLine[], ties: number): LogFile[] {
  const windows = [...groupByWindow(lines)].sort(([a], [b]) => a - b);
  const divisible = windows.filter(([, held]) => held.length > 1).map(([window]) => window);
  const tied = new Set(divisible.slice(-ties).slice(0, ties));
  return windows.flatMap(([window, held]) => {
    const endMicros = (window + 1) * windowMicros + random.int(0, maxClosingMicros);
    const middle = Math.ceil(held.length / 2);
    const parts = tied.has(window) ? [held.slice(0, middle), held.slice(middle)] : cutBySize(held);
    const stepMicros = tied.has(window) ? 0 : betweenPartsMicros;
    return parts.map((part, index) =>
      createLogFile(eventType, endMicros + index * stepMicros, part, !random.chance(withoutLastNewlineShare))
    );
  });
}

function groupByWindow(lines: readonly LogLine[]): Map<number, LogLine[]> {
  const windows = new Map<number, LogLine[]>();
  for (const line of lines) {
    const window = Math.floor(line.deliveredMicros / windowMicros);
    const held = windows.get(window);
    if (held === undefined) windows.set(window, [line]);
    else held.push(line);
  }
  return windows;
}

function cutBySize(lines: readonly LogLine[]): LogLine[][] {
  const parts: LogLine[][] = [];
  let size = Infinity;
  for (const line of lines) {
    if (size + line.bytes.length + 1 > maxFileBytes) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(line);
    size += line.bytes.length + 1;
  }
  return parts;
}
