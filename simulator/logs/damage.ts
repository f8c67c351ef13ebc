// Imperfections of delivery that a capture must survive: duplicates, unreadable lines, wrong hashes.
import {sha256Hex} from '../../core/digest';
import type {Random} from '../random';
import type {LogFile} from './log-file';
import {toUnreadableLine, type LogLine} from './log-line';
import {windowMicros} from './windows';

/** The lines and a second delivery of some, mostly in a later file, else in the same one. */
export function duplicateSome(random: Random, lines: readonly LogLine[], share: number, endMicros: number): LogLine[] {
  const again = lines
    .filter(() => random.chance(share))
    .map((line) => {
      const later = line.deliveredMicros + random.int(1, 3) * windowMicros;
      return later < endMicros ? {...line, deliveredMicros: later} : line;
    });
  return [...lines, ...again];
}

/** The lines and `count` more that are no events, each of another kind in turn. */
export function addUnreadable(random: Random, lines: readonly LogLine[], count: number): LogLine[] {
  const kinds: ((bytes: Buffer, n: number) => Buffer)[] = [
    (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
    (_, n) => Buffer.from(`{"type":"CONVERSATION_MESSAGE","note":"no event_id, ${n}"}`),
    (_, n) =>
      Buffer.concat([Buffer.from(`{"event_id":"${n}","text":"`), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('"}')]),
  ];
  if (lines.length === 0) return [];
  const added = Array.from({length: count}, (_, n) => {
    const {bytes, deliveredMicros} = random.pick(lines);
    const spoil = kinds[n % kinds.length];
    return toUnreadableLine(spoil === undefined ? bytes : spoil(bytes, n), deliveredMicros);
  });
  return [...lines, ...added];
}

export function tamperSome(random: Random, files: readonly LogFile[], count: number): LogFile[] {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, files.length)) chosen.add(random.int(0, files.length - 1));
  return files.map((file, index) =>
    chosen.has(index) ? {...file, listedSha256: sha256Hex(`not ${file.listedSha256}`)} : file
  );
}
