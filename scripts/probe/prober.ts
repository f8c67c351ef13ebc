// The requests of a probe: counted, read-only, one after the other, and what their headers and times say of limits.
import {performance} from 'node:perf_hooks';
import {setTimeout as sleep} from 'node:timers/promises';
import {isAllowedAddress} from '../../core/allowed-address';
import {ConnectorError} from '../../core/errors';
import type {Json} from '../../core/json-values';
import {parseRetryAfter} from '../../core/retry';
import {type HttpAnswer, readBody, type Transport} from '../../source-chatgpt-enterprise/api/transport';
import {toJson} from './json-facts';

const maxRequests = 98;
const timeoutMs = 60_000;
const maxBodyBytes = 32 * 1024 * 1024;
/** A rate limit is waited out so often in all, and so long each time. */
const maxWaits = 3;
const maxWaitMs = 30_000;
const unstatedWaitMs = 10_000;

export interface Answer {
  /** HTTP status, or in words why there is none. */
  readonly status: number | string;
  readonly headers: HttpAnswer['headers'];
  readonly bytes: Buffer;
  readonly json: Json;
}

type Query = Readonly<Record<string, string>>;

export class Prober {
  requests = 0;
  readonly limitHeaders = new Map<string, string>();
  /** Of answers of the API, in milliseconds. */
  readonly latenciesMs: number[] = [];
  /** Hosts of signed links. */
  readonly signedHosts = new Set<string>();
  linkLifeSeconds: number | undefined;
  private waits = 0;

  /** @param base address of the workspace */
  constructor(
    private readonly send: Transport,
    private readonly base: string,
    private readonly apiKey: string
  ) {}

  /** @param segments of the path, not encoded yet */
  get(segments: readonly string[], query: Query = {}): Promise<Answer> {
    return this.ask('GET', this.urlOf(segments, query));
  }

  /** Listings that take their position in a body are reads too. */
  list(segments: readonly string[], body: object): Promise<Answer> {
    return this.ask('POST', this.urlOf(segments, {}), JSON.stringify(body));
  }

  /** Asks for a signed link and follows it without the key. */
  async download(segments: readonly string[]): Promise<Answer> {
    const answer = await this.get(segments);
    const {location = ''} = answer.headers;
    if (answer.status !== 307 || !URL.canParse(location) || !isAllowedAddress(new URL(location))) return answer;
    return this.request('GET', new URL(location), {});
  }

  private urlOf(segments: readonly string[], query: Query): URL {
    const url = new URL(`${this.base}/${segments.map(encodeURIComponent).join('/')}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  private async ask(method: string, url: URL, body?: string): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${this.apiKey}`,
      ...(body === undefined ? {} : {'content-type': 'application/json'}),
    };
    for (;;) {
      const startedMs = performance.now();
      const answer = await this.request(method, url, headers, body);
      if (typeof answer.status === 'number') this.latenciesMs.push(performance.now() - startedMs);
      this.noteLink(answer);
      if (answer.status !== 429 || ++this.waits > maxWaits) return answer;
      const waitMs = parseRetryAfter(answer.headers['retry-after'], Date.now(), answer.headers.date) ?? unstatedWaitMs;
      await sleep(Math.min(maxWaitMs, waitMs));
    }
  }

  private noteLink({headers: {location = ''}, status}: Answer): void {
    if (status !== 307 || !URL.canParse(location)) return;
    const url = new URL(location);
    this.signedHosts.add(url.host);
    this.linkLifeSeconds ??= lifeOf(url, Date.now());
  }

  private async request(method: string, url: URL, headers: Query, body?: string): Promise<Answer> {
    if (this.requests >= maxRequests) return toAnswer('not asked');
    this.requests++;
    try {
      const {signal} = new AbortController();
      const asked = {...headers, accept: '*/*', 'accept-encoding': 'identity'};
      const answer = await this.send(url, {method, headers: asked, body, signal, timeoutMs});
      for (const [name, value] of Object.entries(answer.headers)) {
        if (/rate-?limit|retry-after/.test(name)) this.limitHeaders.set(name, value);
      }
      const pieces: Buffer[] = [];
      let size = 0;
      for await (const piece of readBody(answer, timeoutMs)) {
        pieces.push(piece);
        if ((size += piece.length) > maxBodyBytes) break;
      }
      return toAnswer(answer.status, answer.headers, Buffer.concat(pieces));
    } catch (error) {
      return toAnswer(error instanceof ConnectorError ? `no answer (${error.code})` : 'no answer');
    }
  }
}

function toAnswer(
  status: Answer['status'],
  headers: HttpAnswer['headers'] = {},
  bytes: Buffer = Buffer.alloc(0)
): Answer {
  return {status, headers, bytes, json: toJson(bytes)};
}

/** In seconds, where the link says it in one of the usual ways. */
export function lifeOf(url: URL, nowMs: number): number | undefined {
  const given = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const seconds = Number(given.get('x-amz-expires') ?? given.get('x-goog-expires') ?? Number.NaN);
  if (seconds > 0) return seconds;
  const expires = given.get('se') ?? given.get('expires');
  if (expires === undefined) return undefined;
  const number = Number(expires);
  const atMs = Number.isNaN(number) ? Date.parse(expires) : number > 1e11 ? number : number * 1000;
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.round((atMs - nowMs) / 1000));
}
