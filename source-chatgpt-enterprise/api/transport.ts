// HTTP as the source speaks it: one request, one answer, no redirect followed, nothing of the request in an error.
import {Duplex, pipeline, Readable} from 'node:stream';
import {createBrotliDecompress, createGunzip, createInflate, createInflateRaw} from 'node:zlib';
import axios from 'axios';
import {ConfigError, ConnectorError, IntegrityError, isOutOfFiles} from '../../core/errors';
import {describeRefusedCertificate, isOfCertificate} from '../../core/refused-certificates';
import {HttpFailure} from './http-failure';
import {NetworkAgents} from './network-agents';

export interface HttpRequest {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** Rejects with a ConnectorError that says who must act, or with an HttpFailure without status. */
export type Transport = (url: URL, request: HttpRequest) => Promise<HttpAnswer>;

export function openTransport(caCertificate: string | undefined): Transport {
  const agents = new NetworkAgents(caCertificate);
  return async (url, {body, headers, method = 'GET', signal, timeoutMs}) => {
    const agent = agents.agentFor(url);
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    // That of axios is one of silence: a head that comes byte by byte would never meet it.
    const deadline = setTimeout(abort, timeoutMs);
    let opened: Readable | undefined;
    try {
      const response = await axios.request<Readable>({
        url: url.href,
        method,
        headers,
        data: body,
        httpAgent: agent,
        httpsAgent: agent,
        proxy: false, // the agent knows the proxy; axios must not
        decompress: false,
        maxRedirects: 0,
        responseType: 'stream',
        signal: stop.signal,
        timeout: timeoutMs,
        transformRequest: [(data: unknown) => data],
        validateStatus: () => true,
      });
      opened = response.data;
      opened.once('close', () => signal.removeEventListener('abort', abort));
      return decoded({status: response.status, headers: toTextHeaders(response.headers), body: opened});
    } catch (error) {
      throw toNetworkError(error);
    } finally {
      clearTimeout(deadline);
      if (opened === undefined) signal.removeEventListener('abort', abort);
    }
  };
}

const decoders: ReadonlyMap<string, () => Duplex> = new Map<string, () => Duplex>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', () => Duplex.from(inflated)],
  ['br', createBrotliDecompress],
]);

/** "deflate" has a header of zlib (RFC 9110, 8.4.1.2), which some servers and proxies leave out. */
async function* inflated(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const hasHeader = ((first.value[0] ?? 0) & 0x0f) === 8; // the method; no first block of a body without header begins so
  const whole = Readable.from(startingWith(first.value, chunks));
  const body = pipeline(whole, hasHeader ? createInflate() : createInflateRaw(), () => undefined);
  yield* body as AsyncIterable<Buffer>;
}

async function* startingWith(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** They tell of the compressed bytes. */
const ofCompression: ReadonlySet<string> = new Set(['content-encoding', 'content-length']);

/** We ask for no compression, and some servers and proxies do it all the same: the bytes are those before it. */
function decoded(answer: HttpAnswer): HttpAnswer {
  const name = answer.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (answer.status !== 200 || name === 'identity' || name === '') return answer;
  const open = decoders.get(name);
  if (open === undefined) {
    answer.body.destroy();
    throw new IntegrityError(
      'response_unexpected',
      'An answer was compressed in a way that the connector does not know.'
    );
  }
  // Whoever reads the body is told of a failure by it; both ends are closed with each other.
  const body = pipeline(answer.body, open(), () => undefined);
  const own = Object.entries(answer.headers).filter(([header]) => !ofCompression.has(header));
  return {...answer, headers: Object.fromEntries(own), body};
}

/** Without the error as cause: one of axios holds the header and the signed address. */
function toNetworkError(error: unknown): Error {
  for (let at = error, depth = 0; depth < 4 && typeof at === 'object' && at !== null; depth++) {
    if (at instanceof ConnectorError || at instanceof HttpFailure) return at;
    const {cause, code} = at as {readonly cause?: unknown; readonly code?: unknown};
    if (typeof code === 'string' && isOfCertificate(code)) {
      return new ConfigError('certificate_untrusted', describeRefusedCertificate(code, 'the server'));
    }
    // Asked again, since others that are open may close; yet it is no matter of the network.
    if (typeof code === 'string' && isOutOfFiles(code)) {
      const because = `The connector may open no more files (${code}): raise their limit (nofile) to 1024 or more.`;
      return new HttpFailure(undefined, undefined, because);
    }
    at = cause;
  }
  return new HttpFailure(undefined);
}

function toTextHeaders(headers: object): Record<string, string> {
  const entries = Object.entries(headers as Record<string, unknown>);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name.toLowerCase(), value]] : []))
  );
}

/** What a host that is not as good as silent sends at least in the time that it may be silent. */
const leastBytes = 16 * 1024;

/** The bytes as they come; rejects with an HttpFailure when they stop, or hardly any come for `idleMs`. */
export async function* readBody(
  {body, headers}: Pick<HttpAnswer, 'body' | 'headers'>,
  idleMs: number
): AsyncGenerator<Buffer> {
  const size = bodySize(headers);
  let received = 0;
  let came = 0;
  let restMs = idleMs;
  const wait = (): NodeJS.Timeout => setTimeout(() => body.destroy(new Error('hardly any bytes came')), restMs);
  let sinceMs = performance.now();
  let idle = wait();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(idle); // a slow reader is not a silent server
      restMs -= performance.now() - sinceMs;
      received += chunk.length;
      came += chunk.length;
      if (came >= leastBytes) {
        came = 0;
        restMs = idleMs;
      }
      yield chunk;
      sinceMs = performance.now();
      idle = wait();
    }
  } catch {
    throw new HttpFailure(undefined);
  } finally {
    clearTimeout(idle);
    body.destroy();
  }
  if (size !== undefined && received !== size) throw new HttpFailure(undefined);
}

export function bodySize(headers: HttpAnswer['headers']): number | undefined {
  const length = Number(headers['content-length']);
  return headers['content-length'] === undefined || !Number.isSafeInteger(length) ? undefined : length;
}

const maxJsonBytes = 64 * 1024 * 1024;

/** The transport in the form the openai client asks for; answers are read whole, within bounds. */
export function toFetch(transport: Transport, timeoutMs: number): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const answer = await transport(url, {
      method: init.method,
      headers: {...Object.fromEntries(new Headers(init.headers)), 'accept-encoding': 'identity'},
      body: typeof init.body === 'string' ? init.body : undefined,
      timeoutMs,
      signal: init.signal ?? new AbortController().signal,
    });
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of readBody(answer, timeoutMs)) {
      size += piece.length;
      if (size > maxJsonBytes) throw new HttpFailure(undefined);
      pieces.push(piece);
    }
    if (refusesAddress(answer.status, Buffer.concat(pieces))) {
      const detail = `The answer was HTTP ${answer.status} and speaks of the address the request came from.`;
      throw new ConfigError('address_not_allowed', detail);
    }
    const hasBody = answer.status !== 204 && answer.status !== 304;
    return new Response(hasBody ? Buffer.concat(pieces) : null, {status: answer.status, headers: {...answer.headers}});
  };
}

/** Whether a refusal speaks of an IP allow-list; its text goes no further. */
function refusesAddress(status: number, body: Buffer): boolean {
  if (status !== 401 && status !== 403) return false;
  const text = body.toString();
  // A key that is not accepted is the usual reason of a 401: there the sentence has to say it, not just a member's name.
  if (/(?<![a-z])ip(?![a-z])[^"]{0,60}(not|allow|block|den[iy]|restrict)|(allow|white)[ _-]?list/i.test(text))
    return true;
  return status === 403 && /\bIP\b|\bip[ _-]?address/.test(text);
}
