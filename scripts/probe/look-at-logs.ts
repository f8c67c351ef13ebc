// The log files of messages: how they are listed, when, and what a few of them hold, as numbers.
import {sha256Hex} from '../../core/digest';
import {type Json, object} from '../../core/json-values';
import {formatMicros, microsOfMs, parseMicros} from '../../core/micros';
import {messageEventType} from '../../source-chatgpt-enterprise/streams/message-pass';
import {begin, type Facts, say} from './fact-sheet';
import {toJson, toObjects, toText} from './json-facts';
import type {Prober} from './prober';

const maxPages = 3;
/** Ages in hours within which two log files are looked into. */
const recentAges = [
  [0, 1],
  [1, 24],
  [24, 48],
] as const;
/** Beyond the 48 hours that uploads are said to live; so many log files of each. */
const olderHours = [52, 24 * 7] as const;
const olderLogFiles = 2;
/** Members who may have what others have not. */
const maxUsers = 3;

/** A file that a message names. */
export interface SeenReference {
  readonly fileId: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly ageHours: number;
}

export interface SeenLogs {
  readonly references: readonly SeenReference[];
  /** Who wrote messages, the latest first. */
  readonly users: readonly string[];
  readonly listed: readonly Json[];
}

export function hoursAgo(hours: number): string {
  return formatMicros(microsOfMs(Date.now()) - BigInt(Math.round(hours * 3600)) * 1_000_000n);
}

export async function lookAtLogs(prober: Prober, facts: Facts): Promise<SeenLogs> {
  begin('Log files of messages, 48 hours');
  const listed = await listFrom(prober, hoursAgo(48));
  const ends = listed.map(endOf);
  const digits = ends.map((end) => (/[.](\d+)/.exec(end)?.[1] ?? '').length);
  const steps = ends.slice(1).map((end, index) => secondsBetween(ends[index] ?? end, end));
  const newest = ends.at(-1);
  const sizes = listed.map(sizeOf);
  facts.ties = steps.filter((seconds) => seconds === 0).length;
  say('log files', listed.length);
  say(
    'bytes in all',
    sizes.reduce((sum, size) => sum + size, 0)
  );
  say('bytes of the largest', Math.max(0, ...sizes));
  say('ties of end_time', facts.ties);
  say('steps back in end_time', steps.filter((seconds) => seconds < 0).length);
  say('digits after the second', digits.length === 0 ? 'unknown' : Math.max(...digits));
  say('newest ended, seconds ago', newest === undefined ? 'unknown' : Math.round(secondsBetween(newest, now())));
  await lookAtBoundary(prober, listed);
  await lookAtNewestEvent(prober, newest);
  const sampled = [...sample(listed), ...(await listOlder(prober))];
  return {...(await lookInside(prober, facts, sampled)), listed};
}

/** Whether log files have appeared since then that end before the newest of then. */
export async function lookForLateFiles(prober: Prober, facts: Facts, {listed}: SeenLogs): Promise<void> {
  const newest = listed.at(-1);
  if (newest === undefined) {
    say('log files that came during the probe', 'unknown');
    return;
  }
  const known = new Set(listed.map((file) => toText(file['id'])));
  const again = await listFrom(prober, listed.length < 100 ? hoursAgo(48) : endOf(listed.at(-100) ?? newest));
  const fresh = again.filter((file) => !known.has(toText(file['id'])));
  facts.lateFiles = fresh.filter((file) => secondsBetween(endOf(file), endOf(newest)) >= 0).length;
  say('log files that came during the probe', fresh.length);
  say('of them late, before the newest of then', facts.lateFiles);
}

/** The documentation says that `after` is exclusive; others have seen the file at the boundary again. */
async function lookAtBoundary(prober: Prober, listed: readonly Json[]): Promise<void> {
  const file = listed.at(-1);
  if (file === undefined) return;
  const {json, status} = await prober.get(['logs'], {event_type: messageEventType, after: endOf(file), limit: '100'});
  const isThere = toObjects(json['data']).some(({id}) => id === file['id']);
  say('a log file after its own end_time', status === 200 ? (isThere ? 'comes again' : 'does not come') : status);
}

async function lookAtNewestEvent(prober: Prober, newestEnd: string | undefined): Promise<void> {
  const {json, status} = await prober.get(['max_event_time'], {event_type: messageEventType});
  say('max_event_time', status);
  const told = toText(object(json['max_event_time'])[messageEventType]);
  const isKnown = newestEnd !== undefined && parseMicros(told) !== undefined;
  say(
    'max_event_time after the newest end, seconds',
    isKnown ? Math.round(secondsBetween(newestEnd, told)) : 'unknown'
  );
}

async function listFrom(prober: Prober, start: string): Promise<readonly Json[]> {
  const listed = new Map<unknown, Json>();
  let after = start;
  for (let pages = 0; pages < maxPages; pages++) {
    const {json} = await prober.get(['logs'], {event_type: messageEventType, after, limit: '100'});
    const files = toObjects(json['data']);
    for (const file of files) listed.set(file['id'], file);
    const last = files.at(-1);
    if (json['has_more'] !== true || last === undefined) break;
    // Exclusive: asked for the last one's own time again, so that no tie is missed.
    const next = formatMicros((parseMicros(endOf(last)) ?? 0n) - 1n);
    if (next === after) break;
    after = next;
  }
  return [...listed.values()];
}

async function listOlder(prober: Prober): Promise<readonly Json[]> {
  const older: Json[] = [];
  for (const hours of olderHours) {
    const query = {event_type: messageEventType, after: hoursAgo(hours), before: hoursAgo(48), limit: '20'};
    const {json} = await prober.get(['logs'], query);
    const fresh = toObjects(json['data']).filter(({id}) => older.every((one) => one['id'] !== id));
    older.push(...fresh.sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, olderLogFiles));
  }
  return older;
}

/** Of each age, and of each half of it, the largest, which names most files. */
function sample(listed: readonly Json[]): readonly Json[] {
  return recentAges.flatMap(([from, to]) => {
    const ofAge = listed.filter((file) => endOf(file) <= hoursAgo(from) && endOf(file) > hoursAgo(to));
    const half = Math.ceil(ofAge.length / 2);
    return [largestOf(ofAge.slice(0, half)), largestOf(ofAge.slice(half))].filter((file) => file !== undefined);
  });
}

function largestOf(files: readonly Json[]): Json | undefined {
  return files.reduce<Json | undefined>(
    (largest, file) => (largest === undefined || sizeOf(file) > sizeOf(largest) ? file : largest),
    undefined
  );
}

async function lookInside(
  prober: Prober,
  facts: Facts,
  files: readonly Json[]
): Promise<Pick<SeenLogs, 'references' | 'users'>> {
  const references: SeenReference[] = [];
  const [events, messages, parents] = [new Set<string>(), new Map<string, string>(), new Map<string, string>()];
  const wroteAt = new Map<string, string>();
  let [latest, updates, branches, withoutNewline] = [0, 0, 0, 0];
  for (const file of files) {
    const {bytes, status} = await prober.download(['logs', toText(file['id'])]);
    if (status !== 200) {
      say('a log file that could not be had', status);
      continue;
    }
    if (sha256Hex(bytes) !== toText(file['file_sha256']).toLowerCase()) facts.wrongHashes++;
    if (bytes.at(-1) !== 0x0a) withoutNewline++;
    for (const line of bytes.toString().split('\n')) {
      if (line.trim() === '') continue;
      const event = toJson(line);
      const id = toText(event['event_id']);
      if (id === '') {
        facts.unreadableLines++;
        continue;
      }
      if (events.has(id)) {
        facts.repeatedEvents++;
        continue;
      }
      events.add(id);
      const message = object(event['message']);
      const [messageId, parent] = [toText(message['id']), toText(event['previous_message_id'])];
      if (messages.has(messageId)) updates++;
      else if (parent !== '' && parents.has(parent)) branches++;
      messages.set(messageId, id);
      if (parent !== '') parents.set(parent, messageId);
      const timestamp = toText(event['timestamp']);
      const userId = toText(object(event['actor'])['user_id']);
      if (parseMicros(timestamp) === undefined) continue;
      latest = Math.max(latest, secondsBetween(timestamp, endOf(file)));
      if (userId !== '' && timestamp > (wroteAt.get(userId) ?? '')) wroteAt.set(userId, timestamp);
      const conversationId = toText(object(event['conversation'])['id']);
      const ageHours = secondsBetween(timestamp, now()) / 3600;
      for (const one of toObjects(message['files'])) {
        references.push({fileId: toText(one['id']), userId, conversationId, ageHours});
      }
    }
  }
  facts.events = events.size;
  say('log files looked into', files.length);
  say('without a last newline', withoutNewline);
  say('events', facts.events);
  say('events that came twice', facts.repeatedEvents);
  say('later events of a message that came before', updates);
  say('messages that follow one that has a follower', branches);
  say('lines that are no events', facts.unreadableLines);
  say('hashes that do not fit', facts.wrongHashes);
  say('oldest event in a file, seconds before its end', Math.round(latest));
  say('uploads named', references.length);
  const users = [...wroteAt].sort(([, a], [, b]) => (a < b ? 1 : -1)).map(([user]) => user);
  return {references, users: users.slice(0, maxUsers)};
}

function endOf(file: Json): string {
  return toText(file['end_time']);
}

function sizeOf(file: Json): number {
  return Number(file['file_size'] ?? 0);
}

function now(): string {
  return formatMicros(microsOfMs(Date.now()));
}

function secondsBetween(earlier: string, later: string): number {
  return Number((parseMicros(later) ?? 0n) - (parseMicros(earlier) ?? 0n)) / 1_000_000;
}
