// The Compliance API: JSON through the openai client, downloads by hand, every request paced and retried.
import OpenAI from 'openai';
import type * as z from 'zod';
import type {Clock} from '../../core/clock';
import {ConnectorError, IntegrityError, TransientError} from '../../core/errors';
import type {RateLimit} from '../../core/rate-limit';
import {parseRetryAfter, retry, type RetryPolicy} from '../../core/retry';
import {type Download, openSignedDownload} from './signed-download';
import {classifyHttpFailure, HttpFailure} from './http-failure';
import {KeptAnswers} from './kept-answers';
import {toPathSegment} from './path-segment';
import {type Purpose, toStatusError} from './status-errors';
import {toFetch, type Transport} from './transport';

export interface ClientOptions {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly workspaceId: string;
  readonly transport: Transport;
  readonly rateLimit: RateLimit;
  readonly retryPolicy: RetryPolicy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Called before a wait that the API asked for. */
  readonly onRateLimit: (untilMs: number) => void;
}

export interface ApiRequest {
  /** The route without ids: requests are paced per route, and messages name it. */
  readonly route: string;
  /** Segments after the workspace; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number>> | undefined;
  /** Makes it a POST, for listings that take their position in a body. */
  readonly body?: object | undefined;
  readonly purpose: Purpose;
  /** Gerund phrase for messages: "listing users". */
  readonly doing: string;
  /** Whether other parts of the read ask for the same: then the answer is kept. */
  readonly isShared?: boolean | undefined;
  /** How long failures that may pass are tried again, where that is less than usual. */
  readonly patienceMs?: number | undefined;
  /** How long rate limits are waited out in all, where that is less than usual. */
  readonly maxRateLimitMs?: number | undefined;
  /** Aborts this request alone. */
  readonly signal?: AbortSignal | undefined;
}

const requestTimeoutMs = 60_000;
/** While the API is down: patience with each of some twenty streams would outlast the platform's with the source. */
const patienceWhileDownMs = 60_000;

export class ComplianceClient {
  private readonly openai: OpenAI;
  private readonly kept = new KeptAnswers();
  /** Routes that asked for a longer wait than a read may take, and until when. */
  private readonly closedUntilMs = new Map<string, number>();
  /** Whether a request was given up after all patience, and none has been answered since. */
  private isDown = false;
  /** The same of single routes, as where only the host of downloads is out of reach. */
  private readonly downRoutes = new Set<string>();
  /** By how much the clock of the API is ahead of ours, as its last answer said. */
  private apiAheadMs = 0;
  /** Since when no route has answered anything but that it wants to be asked later. */
  private limitedSinceMs: number | undefined;

  constructor(private readonly options: ClientOptions) {
    forgetEnvironment();
    this.openai = new OpenAI({
      apiKey: options.apiKey,
      baseURL: options.baseUrl.replace(/\/+$/, ''),
      fetch: toFetch(options.transport, requestTimeoutMs),
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: requestTimeoutMs,
      fetchOptions: {redirect: 'manual'}, // only downloads are redirected, and those are followed by hand
      logLevel: 'off', // its log goes to stdout, which is the Airbyte protocol
    });
  }

  get clock(): Clock {
    return this.options.clock;
  }

  /** What the clock of the API says, as far as it is known. */
  get apiNowMs(): number {
    return this.options.clock.nowMs() + this.apiAheadMs;
  }

  /** Fetches JSON and parses it; a form that the schema does not know is an IntegrityError. */
  async getJson<T>(request: ApiRequest, schema: z.ZodType<T>): Promise<T> {
    const parsed = schema.safeParse(JSON.parse(await this.getText(request)));
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.slice(0, 3).map((issue) => issue.path.map(String).join('.') || 'body');
    throw new IntegrityError(
      'response_unexpected',
      `While ${request.doing} the answer was malformed at ${fields.join(', ')}.`
    );
  }

  /** Fetches JSON as the exact text of the answer. */
  async getText(request: ApiRequest): Promise<string> {
    const ask = (): Promise<string> =>
      this.attempt(request, () => this.fetchText(request)).catch((error: unknown) => {
        throw toStatusError(request.purpose, request.doing, error);
      });
    return request.isShared === true ? this.kept.getOr(addressOf(this.urlOf(request), request.body), ask) : ask();
  }

  /** Opens a download; the caller reads its body. Throws HttpFailure for an answer that another attempt cannot mend. */
  openDownload(request: ApiRequest): Promise<Download> {
    return this.attempt(request, () => this.open(request));
  }

  /** A download that is read whole within the attempt: one that breaks off is made again, with a fresh link. */
  download<T>(request: ApiRequest, read: (download: Download) => Promise<T>): Promise<T> {
    return this.attempt(request, async () => read(await this.open(request)));
  }

  /** Waits before another attempt, with full jitter. */
  backOff(failures: number, maxDelayMs: number, signal: AbortSignal): Promise<void> {
    const {clock, random, retryPolicy} = this.options;
    const delayMs = random() * Math.min(maxDelayMs, retryPolicy.baseDelayMs * 2 ** Math.min(failures, 30));
    return clock.sleep(Math.ceil(delayMs), signal);
  }

  /** Runs the attempt when the route is free, again after failures that may pass. */
  async attempt<T>(
    request: Pick<ApiRequest, 'route' | 'doing' | 'patienceMs' | 'maxRateLimitMs' | 'signal'>,
    run: () => Promise<T>
  ): Promise<T> {
    const {clock, onRateLimit, random, rateLimit, retryPolicy} = this.options;
    const signal = this.signalOf(request);
    const patienceMs =
      request.patienceMs ?? (this.isDown || this.downRoutes.has(request.route) ? patienceWhileDownMs : Infinity);
    const maxFailureMs = Math.min(retryPolicy.maxFailureMs, patienceMs);
    // Together: an hour for each of some twenty streams would outlast the platform's patience with the source.
    const limitedMs = clock.nowMs() - (this.limitedSinceMs ?? clock.nowMs());
    const leftMs = retryPolicy.maxRateLimitMs - Math.max(0, limitedMs);
    const maxRateLimitMs = Math.min(leftMs, request.maxRateLimitMs ?? Infinity);
    const answer = retry(
      async () => {
        this.requireOpen(request);
        await rateLimit.acquire(request.route, signal);
        this.requireOpen(request); // it may have been told while this request waited for its turn
        return run();
      },
      {
        doing: request.doing,
        policy: {...retryPolicy, maxFailureMs, maxRateLimitMs},
        clock,
        random,
        signal,
        classify: classifyHttpFailure,
        onRateLimit: (untilMs) => {
          this.limitedSinceMs ??= clock.nowMs();
          rateLimit.block(request.route, untilMs);
          onRateLimit(untilMs);
        },
        onRateLimitRefused: (untilMs) => this.closedUntilMs.set(request.route, untilMs),
      }
    );
    try {
      const answered = await answer;
      this.noteAnswer(request.route);
      return answered;
    } catch (error) {
      const code = error instanceof ConnectorError ? error.code : undefined;
      if (code !== 'api_unavailable' && code !== 'rate_limited') this.noteAnswer(request.route);
      // What was begun ahead and is given up says nothing of the API.
      if (code === 'api_unavailable' && request.patienceMs === undefined && !signal.aborted) {
        this.isDown = true;
        this.downRoutes.add(request.route);
      }
      throw error;
    }
  }

  private noteAnswer(route: string): void {
    this.isDown = false;
    this.downRoutes.delete(route);
    this.limitedSinceMs = undefined;
  }

  /** What else needs the route is not to ask again before the time that the API named. */
  private requireOpen({doing, route}: Pick<ApiRequest, 'route' | 'doing'>): void {
    if (this.options.clock.nowMs() >= (this.closedUntilMs.get(route) ?? 0)) return;
    throw new TransientError('rate_limited', `Rate limited while ${doing}.`);
  }

  private async fetchText(request: ApiRequest): Promise<string> {
    const {body, query} = request;
    // The openai client never takes its listener off a signal: on one that lives as long as the read they would pile up.
    const stop = new AbortController();
    const signal = this.signalOf(request);
    const abort = (): void => stop.abort();
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      const response = await this.openai[body === undefined ? 'get' : 'post'](this.pathOf(request), {
        ...(query === undefined ? {} : {query: {...query}}),
        ...(body === undefined ? {} : {body}),
        signal: stop.signal,
      }).asResponse();
      this.noteDate(response.headers);
      const text = await response.text();
      requireJson(text, response.headers.get('content-type'), request.doing);
      return text;
    } catch (error) {
      throw this.toFailure(request, error);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private noteDate(headers: Headers): void {
    const apiMs = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(apiMs)) this.apiAheadMs = apiMs - this.options.clock.nowMs();
  }

  private toFailure(request: ApiRequest, error: unknown): Error {
    if (error instanceof HttpFailure) return error; // a body that is not JSON
    const isAnswer = error instanceof OpenAI.APIError && typeof error.status === 'number';
    if (!isAnswer) return this.unanswered(causeOf(error) ?? new HttpFailure(undefined)); // also a body cut off
    if (error.status >= 300 && error.status < 400) {
      return new IntegrityError('redirect_refused', `While ${request.doing} the API named another address.`);
    }
    const headers = error.headers as Headers | undefined;
    // What fails may be told by something in between, whose clock is another one.
    if (headers !== undefined && error.status < 500) this.noteDate(headers);
    const [wait, date] = ['retry-after', 'date'].map((name) => headers?.get(name));
    const retryAfter = parseRetryAfter(wait, this.options.clock.nowMs(), date);
    return new HttpFailure(error.status, retryAfter);
  }

  /** Says where no answer came from: a network that lets nobody through gives no other sign. */
  private unanswered(failure: Error): Error {
    if (!(failure instanceof HttpFailure) || failure.because !== undefined) return failure;
    const {host} = new URL(this.options.baseUrl);
    const because = `No complete answer came from ${host}: the network may not let the connector reach it.`;
    return new HttpFailure(undefined, failure.retryAfterMs, because);
  }

  private open(request: ApiRequest): Promise<Download> {
    return openSignedDownload({
      url: this.urlOf(request),
      apiKey: this.options.apiKey,
      clock: this.options.clock,
      timeoutMs: requestTimeoutMs,
      signal: this.signalOf(request),
      transport: this.options.transport,
    });
  }

  private signalOf({signal}: Pick<ApiRequest, 'signal'>): AbortSignal {
    return signal === undefined ? this.options.signal : AbortSignal.any([this.options.signal, signal]);
  }

  private pathOf(request: ApiRequest): string {
    const segments = [this.options.workspaceId, ...request.path].map(toPathSegment);
    return `/compliance/workspaces/${segments.join('/')}`;
  }

  private urlOf(request: ApiRequest): URL {
    const url = new URL(this.options.baseUrl.replace(/\/+$/, '') + this.pathOf(request));
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value));
    return url;
  }
}

/** The openai client would send keys and headers that the environment names, which are meant for another program. */
function forgetEnvironment(): void {
  for (const name of Object.keys(process.env))
    if (name.startsWith('OPENAI_')) Reflect.deleteProperty(process.env, name);
}

/** Listings that take their position in a body have one URL for all pages. */
function addressOf({href}: URL, body: object | undefined): string {
  return body === undefined ? href : `${href} ${JSON.stringify(body)}`;
}

/** JSON that was cut off is asked for again; what does not even claim to be JSON, such as a proxy's page, is not. */
function requireJson(text: string, contentType: string | null, doing: string): void {
  try {
    JSON.parse(text);
  } catch {
    if (contentType === null || contentType.includes('json')) {
      throw new HttpFailure(undefined, undefined, 'The last answer was cut off, or no JSON.');
    }
    throw new IntegrityError('response_unexpected', `While ${doing} the answer was no JSON.`);
  }
}

/** What the transport said, from beneath what the client made of it. */
function causeOf(error: unknown): Error | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ConnectorError || at instanceof HttpFailure) return at;
  }
  return undefined;
}
