// What the log of requests says of a client: its pace, its use of the budget, what it asked for twice, where its key went.
import type {RequestEntry} from '../../simulator/api/request-log';

const minuteMs = 60_000;
/** The longest that a client backs off when an answer 429 names no time. */
const longestBackOffMs = 60_000;

/** A stretch of downloads between which nothing else was asked for, so that there was always more to do. */
export interface Stretch {
  /** How long its requests would have taken at the very limit. */
  readonly leastMs: number;
  readonly tookMs: number;
}

export interface Origins {
  readonly signedOrigin: string;
  readonly requestsPerMinute: number;
  /** Paths of the signed host whose bytes never fit their hash, so that they must be fetched again. */
  readonly tampered: ReadonlySet<string>;
  /** The event type of each log file, by its id. */
  readonly logTypes: ReadonlyMap<string, string>;
}

/** Of one read. */
export interface ReadJudgement {
  readonly faults: readonly string[];
  /** Only those longer than a minute. */
  readonly stretches: readonly Stretch[];
}

export function judgeRead(requests: readonly RequestEntry[], origins: Origins): ReadJudgement {
  const stretches = downloadsInARow(requests, origins).flatMap((entries) =>
    measure(entries, origins.requestsPerMinute)
  );
  return {faults: repeated(requests, origins), stretches};
}

/** Share of the allowed requests that were made. */
export function useOf(stretches: readonly Stretch[]): number {
  const sum = (name: keyof Stretch): number => stretches.reduce((all, stretch) => all + stretch[name], 0);
  return sum('leastMs') / sum('tookMs');
}

/** Of all reads together: more than the limit in any sliding minute, the key at the signed host. */
export function judgeWhole(requests: readonly RequestEntry[], {requestsPerMinute, signedOrigin}: Origins): string[] {
  const faults: string[] = [];
  for (const [route, entries] of byRoute(requests, signedOrigin)) {
    let from = 0;
    let most = 0;
    for (const [index, {startedAtMs}] of entries.entries()) {
      while ((entries[from]?.startedAtMs ?? 0) <= startedAtMs - minuteMs) from++;
      most = Math.max(most, index - from + 1);
    }
    if (most > requestsPerMinute) faults.push(`${most} requests in a minute on ${route}`);
  }
  const stray = requests.filter(({hadAuthorization, origin}) => origin === signedOrigin && hadAuthorization);
  if (stray.length > 0) faults.push('the signed host was sent the key');
  return faults;
}

/** Nothing that came whole and unspoilt is asked for again, and no link is asked for and not used. */
function repeated(requests: readonly RequestEntry[], {signedOrigin, tampered}: Origins): string[] {
  const came = new Map<string, {readonly what: string; times: number}>();
  const count = (key: string, what: string): void => {
    const known = came.get(key) ?? {what, times: 0};
    came.set(key, {what, times: known.times + 1});
  };
  for (const {origin, path, sameAs, spoiling, status} of requests) {
    if (status !== 200 || spoiling !== undefined) continue;
    const [name = ''] = path.split('?');
    if (origin !== signedOrigin) count(sameAs, path);
    else if (!tampered.has(name)) count(name, name);
  }
  return [...came.values()].filter(({times}) => times > 1).map(({what, times}) => `${what} came ${times} times`);
}

function byRoute(requests: readonly RequestEntry[], signedOrigin: string): Map<string, RequestEntry[]> {
  const routes = new Map<string, RequestEntry[]>();
  for (const entry of requests) {
    if (entry.origin === signedOrigin) continue;
    const route = routeOf(entry);
    routes.set(route, [...(routes.get(route) ?? []), entry]);
  }
  return routes;
}

function routeOf({method, path}: RequestEntry): string {
  const named = path
    .replace(/\?.*$/, '')
    .replace(/.*\/workspaces\/[^/]+/, '')
    .replace(/\/(logs|users|\w*files|gpts|projects|canvas|recordings|agents|codex_\w+)\/[^/]+/g, '/$1/{id}');
  return `${method} ${named}`;
}

/**
 * Requests for log files of one event type, or for uploads, without others in between. Log files of another type are
 * read after those of this one, when the last of these has come and those have been listed: until then there is no
 * log file to download, so that the time from one type to the next is none in which work is queued.
 */
function downloadsInARow(requests: readonly RequestEntry[], origins: Origins): RequestEntry[][] {
  const rows: RequestEntry[][] = [];
  let kind: string | undefined;
  for (const entry of requests) {
    if (entry.origin === origins.signedOrigin) continue;
    const route = routeOf(entry);
    const at = kindOf(route, entry, kind, origins);
    if (at !== kind) rows.push([]);
    kind = at;
    if (route === 'GET /logs/{id}' || route === 'GET /users/{id}/files/{id}') rows.at(-1)?.push(entry);
  }
  return rows;
}

function kindOf(route: string, {path}: RequestEntry, before: string | undefined, origins: Origins): string | undefined {
  if (/files(\/|$)/.test(route)) return 'files';
  if (route === 'GET /logs/{id}') return `logs ${origins.logTypes.get(path.split('/').at(-1) ?? '') ?? ''}`;
  // A further page of the listing comes while there is more to download.
  if (route === 'GET /logs') return before?.startsWith('logs') === true ? before : 'logs';
  return undefined;
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Window by window: the earliest moment at which the next one might have begun, and when it did. */
function measure(entries: readonly RequestEntry[], requestsPerMinute: number): Stretch[] {
  const spans = toldToWait(entries);
  let [leastMs, tookMs] = [0, 0];
  for (let index = 0; ; index += requestsPerMinute) {
    const [first, next] = [entries[index], entries[index + requestsPerMinute]];
    if (first === undefined || next === undefined) break;
    let atMs = first.startedAtMs + minuteMs;
    for (const {fromMs, untilMs} of spans) if (atMs > fromMs && atMs < untilMs) atMs = untilMs;
    leastMs += Math.min(atMs, next.startedAtMs) - first.startedAtMs;
    tookMs += next.startedAtMs - first.startedAtMs;
  }
  return tookMs === 0 ? [] : [{leastMs, tookMs}];
}

function toldToWait(entries: readonly RequestEntry[]): Span[] {
  return entries.flatMap(({retryAfter, startedAtMs, status}, index) => {
    if (status !== 429) return [];
    const seconds = Number(retryAfter);
    const next = entries.slice(index + 1).find((entry) => entry.startedAtMs > startedAtMs + 5_000)?.startedAtMs;
    const backedOffMs = Math.min(next ?? Infinity, startedAtMs + longestBackOffMs);
    const untilMs =
      retryAfter === undefined
        ? backedOffMs
        : Number.isFinite(seconds)
          ? startedAtMs + seconds * 1000
          : Date.parse(retryAfter);
    return [{fromMs: startedAtMs, untilMs}];
  });
}
