// `npm run probe -- --config FILE`: asks the real API, read-only and in under 100 requests, what the documentation leaves open.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {formatMicros, microsOfMs, parseMicros} from '../core/micros';
import {isAllowedAddress} from '../core/allowed-address';
import {type HttpAnswer, openTransport, readBody, type Transport} from '../source-chatgpt-enterprise/api/transport';
import {configSchema} from '../source-chatgpt-enterprise/config';

const maxRequests = 95;
const maxLogFiles = 4;
const maxFilesOfAnAge = 5;
const timeoutMs = 60_000;
const maxBodyBytes = 32 * 1024 * 1024;

const logTypes = [
  'CONVERSATION_MESSAGE',
  'AUDIT_LOG',
  'AUTH_LOG',
  'APP_LOG',
  'APP_AUTH_LOG',
  'CODEX_LOG',
  'CODEX_SECURITY_LOG',
  'CUSTOM_AGENTS_LOG',
  'CHATGPT_PLUGIN_SPREADSHEET',
  'CODEX_TURN',
];
const lists = ['gpts', 'projects', 'memories', 'codex_tasks', 'codex_environments', 'agents'];
const listsOfUser = ['canvases', 'recordings', 'automations', 'library_files', 'memories'];

interface Answer {
  readonly status: number | 'no answer';
  readonly headers: HttpAnswer['headers'];
  readonly bytes: Buffer;
}

/** Sends requests one after the other and keeps what headers say of limits. */
class Prober {
  requests = 0;
  readonly limitHeaders = new Map<string, string>();

  constructor(
    private readonly send: Transport,
    private readonly base: string,
    private readonly apiKey: string
  ) {}

  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const url = new URL(`${this.base}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const first = await this.request(url, {authorization: `Bearer ${this.apiKey}`});
    if (first.status !== 429) return first;
    await sleep(Math.min(30_000, 1000 * (Number(first.headers['retry-after']) || 10)));
    return this.request(url, {authorization: `Bearer ${this.apiKey}`});
  }

  /** Follows the redirect of a download without the key. */
  async download(path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await this.get(path, query);
    const {location} = answer.headers;
    if (answer.status !== 307 || location === undefined || !isAllowedAddress(new URL(location))) return answer;
    return this.request(new URL(location), {});
  }

  private async request(url: URL, headers: Readonly<Record<string, string>>): Promise<Answer> {
    if (this.requests >= maxRequests) return {status: 'no answer', headers: {}, bytes: Buffer.alloc(0)};
    this.requests++;
    try {
      const signal = new AbortController().signal;
      const answer = await this.send(url, {headers: {...headers, 'accept-encoding': 'identity'}, signal, timeoutMs});
      for (const [name, value] of Object.entries(answer.headers)) {
        if (/ratelimit|rate-limit|retry-after/.test(name)) this.limitHeaders.set(name, value);
      }
      const pieces: Buffer[] = [];
      let size = 0;
      for await (const piece of readBody(answer, timeoutMs)) {
        pieces.push(piece);
        if ((size += piece.length) > maxBodyBytes) break;
      }
      return {status: answer.status, headers: answer.headers, bytes: Buffer.concat(pieces)};
    } catch {
      return {status: 'no answer', headers: {}, bytes: Buffer.alloc(0)};
    }
  }
}

type Json = Readonly<Record<string, unknown>>;

function toJson(bytes: Buffer | string): Json {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter((one): one is Json => typeof one === 'object' && one !== null) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function secondsBetween(earlier: string, later: string): number {
  return Number((parseMicros(later) ?? 0n) - (parseMicros(earlier) ?? 0n)) / 1_000_000;
}

interface Reference {
  readonly fileId: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly hours: number;
}

async function main(): Promise<void> {
  const {values} = parseArgs({options: {config: {type: 'string'}}});
  if (values.config === undefined) throw new Error('Usage: npm run probe -- --config FILE');
  const config = configSchema.parse(JSON.parse(readFileSync(values.config, 'utf8')));
  const workspace = encodeURIComponent(config.workspace_id);
  const base = `${config.api_base_url.replace(/\/+$/, '')}/compliance/workspaces/${workspace}`;
  const prober = new Prober(openTransport(config.ca_certificate), base, config.api_key);
  const say = (name: string, value: unknown): void => console.log(`${name.padEnd(44)}${String(value)}`);
  const agoMs = (hours: number): string => formatMicros(microsOfMs(Date.now() - hours * 3_600_000));
  const switches: string[] = [];

  console.log('\nStatus by route');
  for (const type of logTypes) {
    const {bytes, status} = await prober.get('logs', {event_type: type, after: agoMs(48), limit: '1'});
    say(`  logs ${type}`, `${status}${objects(toJson(bytes)['data']).length > 0 ? '' : ', none in 48 h'}`);
    if (type === 'CONVERSATION_MESSAGE' && status === 403) switches.push('--deny logs');
  }
  say('  max_event_time', (await prober.get('max_event_time', {event_type: 'CONVERSATION_MESSAGE'})).status);
  const users = await prober.get('users', {limit: '5'});
  say('  users', users.status);
  if (users.status === 403) switches.push('--deny stateful');
  const someUser = encodeURIComponent(text(objects(toJson(users.bytes)['data'])[0]?.['id']) || 'user-none');
  for (const name of lists) say(`  ${name}`, (await prober.get(name, {limit: '1'})).status);
  for (const name of listsOfUser) say(`  users/{id}/${name}`, (await prober.get(`users/${someUser}/${name}`)).status);

  console.log('\nLog files of messages, 48 hours');
  const listed = await listFiles(prober, agoMs(48));
  const ends = listed.map((file) => text(file['end_time']));
  const ties = ends.filter((end, index) => end === ends[index - 1]).length;
  const digits = ends.map((end) => (/[.](\d+)/.exec(end)?.[1] ?? '').length);
  say('  log files', listed.length);
  say('  ties of end_time', ties);
  say('  digits after the second', digits.length === 0 ? 'unknown' : Math.max(...digits));
  say(
    '  newest ended, seconds ago',
    ends.length === 0 ? 'unknown' : Math.round(secondsBetween(ends.at(-1) ?? '', agoMs(0)))
  );
  if (ties > 0) switches.push(`--ties ${ties}`);

  const seen = new Set<string>();
  const references: Reference[] = [];
  let [events, repeated, unreadable, wrongHashes, latest] = [0, 0, 0, 0, 0];
  const step = Math.max(1, Math.floor(listed.length / maxLogFiles));
  for (const file of listed.filter((_, index) => index % step === 0).slice(0, maxLogFiles)) {
    const {bytes, status} = await prober.download(`logs/${encodeURIComponent(text(file['id']))}`);
    if (status !== 200) continue;
    if (createHash('sha256').update(bytes).digest('hex') !== text(file['file_sha256'])) wrongHashes++;
    for (const line of bytes
      .toString()
      .split('\n')
      .filter((one) => one.trim() !== '')) {
      const event = toJson(line);
      const id = text(event['event_id']);
      if (id === '') unreadable++;
      else if (seen.has(id)) repeated++;
      else events++;
      seen.add(id);
      const timestamp = text(event['timestamp']);
      if (timestamp !== '') latest = Math.max(latest, secondsBetween(timestamp, text(file['end_time'])));
      for (const one of objects((event['message'] as Json | undefined)?.['files'])) {
        references.push({
          fileId: text(one['id']),
          userId: text((event['actor'] as Json | undefined)?.['user_id']),
          conversationId: text((event['conversation'] as Json | undefined)?.['id']),
          hours: secondsBetween(timestamp, agoMs(0)) / 3600,
        });
      }
    }
  }
  say('  events looked at', events);
  say('  events that came twice', repeated);
  say('  lines that are no events', unreadable);
  say('  hashes that do not fit', wrongHashes);
  say('  oldest event in a file, seconds before its end', Math.round(latest));
  if (events > 0 && repeated > 0) switches.push(`--duplicates ${(repeated / events).toFixed(4)}`);
  if (unreadable > 0) switches.push(`--unreadable-lines ${unreadable}`);
  if (wrongHashes > 0) switches.push(`--tampered-sha256 ${wrongHashes}`);

  console.log('\nUploaded files, answers by age');
  const ages: readonly (readonly [name: string, from: number, to: number])[] = [
    ['up to 1 hour', 0, 1],
    ['up to 24 hours', 1, 24],
    ['up to 48 hours', 24, 48],
    ['older', 48, Infinity],
  ];
  for (const [name, from, to] of ages) {
    const statuses: (number | string)[] = [];
    for (const {conversationId, fileId, userId} of references
      .filter(({hours}) => hours >= from && hours < to)
      .slice(0, maxFilesOfAnAge)) {
      const path = `users/${encodeURIComponent(userId)}/files/${encodeURIComponent(fileId)}`;
      statuses.push((await prober.get(path, {conversation_id: conversationId})).status);
    }
    say(`  ${name}`, statuses.length === 0 ? 'none seen' : statuses.join(' '));
    if (statuses.length > 0 && statuses.every((status) => status === 403)) switches.push('--deny files');
  }

  console.log('\nHeaders about limits');
  for (const [name, value] of prober.limitHeaders) say(`  ${name}`, value.replace(/[^\w ,;:=."-]/g, '?').slice(0, 100));
  if (prober.limitHeaders.size === 0) console.log('  none');
  console.log(`\n${prober.requests} requests were made. A simulator that resembles this workspace:`);
  console.log(`npm run simulator -- ${[...new Set(switches)].join(' ')}`.trimEnd());
}

async function listFiles(prober: Prober, start: string): Promise<readonly Json[]> {
  const listed: Json[] = [];
  let after = start;
  for (let pages = 0; pages < 5; pages++) {
    const query = {event_type: 'CONVERSATION_MESSAGE', after, limit: '100'};
    const page = toJson((await prober.get('logs', query)).bytes);
    listed.push(...objects(page['data']));
    const next = text(page['last_end_time']);
    if (page['has_more'] !== true || next === '' || next === after) break;
    after = next;
  }
  return listed;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
