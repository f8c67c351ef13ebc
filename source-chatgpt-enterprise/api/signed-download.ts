// A download: the API redirects to a signed address on another host, which never gets to see our key.
import type {Clock} from '../../core/clock';
import {IntegrityError} from '../../core/errors';
import {parseRetryAfter} from '../../core/retry';
import {isAllowedAddress} from '../../core/allowed-address';
import {HttpFailure} from './http-failure';
import {bodySize, type HttpAnswer, readBody, type Transport} from './transport';

export interface Download {
  readonly size: number | undefined;
  readonly mediaType: string | undefined;
  /** The bytes as they come. Throws HttpFailure when they stop before the announced end. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Gives the connection up without reading the rest. */
  discard(): void;
}

interface DownloadOptions {
  readonly url: URL;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly transport: Transport;
}

const maxRedirects = 3;

/** Rejects with an HttpFailure unless the last answer is 200; a signed address that fails needs a fresh link. */
export async function openSignedDownload(options: DownloadOptions): Promise<Download> {
  let answer = await request(options.url, options, {authorization: `Bearer ${options.apiKey}`});
  let address = options.url;
  let isSigned = false;
  for (let hop = 0; isRedirect(answer.status); hop++) {
    answer.body.destroy();
    address = redirectTarget(answer, address, hop);
    answer = await requestSigned(address, options);
    isSigned = true;
  }
  if (answer.status === 200 && (isSigned || !isPage(answer))) return toDownload(answer, options.timeoutMs);
  answer.body.destroy();
  if (answer.status === 200) {
    throw new IntegrityError(
      'response_unexpected',
      'A download was answered with a page (text/html) by the API address.'
    );
  }
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], options.clock.nowMs(), answer.headers.date);
  // Any refusal of a signed address may be one of an expired link: no status, so that a fresh link is tried.
  const isFinal = !isSigned || answer.status === 413;
  if (isFinal) throw new HttpFailure(answer.status, retryAfterMs);
  throw new HttpFailure(undefined, retryAfterMs, `${hostOf(address)} answered HTTP ${answer.status}.`);
}

async function requestSigned(address: URL, options: DownloadOptions): Promise<HttpAnswer> {
  try {
    return await request(address, options, {});
  } catch (error) {
    if (!(error instanceof HttpFailure) || error.because !== undefined) throw error;
    const because = `${hostOf(address)} did not answer: the network may not let the connector reach it.`;
    throw new HttpFailure(undefined, error.retryAfterMs, because);
  }
}

/** The host alone: path and query of a signed address are as good as a key. */
function hostOf({host}: URL): string {
  return `The host that the API redirects to, ${host},`;
}

function request(
  url: URL,
  {signal, timeoutMs, transport}: DownloadOptions,
  headers: Readonly<Record<string, string>>
): Promise<HttpAnswer> {
  // Identity, so that the bytes are the ones the hash was taken of.
  return transport(url, {
    headers: {...headers, accept: '*/*', 'accept-encoding': 'identity'},
    signal,
    timeoutMs,
  });
}

/** The API itself sends JSON, or names another host; an upload that is a page comes from there. */
function isPage({headers}: HttpAnswer): boolean {
  return /^text\/html\b/i.test(headers['content-type'] ?? '');
}

function isRedirect(status: number): boolean {
  return status >= 301 && status <= 308 && status !== 304;
}

function redirectTarget({headers}: HttpAnswer, from: URL, hop: number): URL {
  const {location} = headers;
  const target = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined || hop >= maxRedirects || !isAllowedAddress(target)) {
    throw new IntegrityError('redirect_refused', 'A download was redirected to an address that is not followed.');
  }
  return target;
}

function toDownload(answer: HttpAnswer, idleMs: number): Download {
  return {
    size: bodySize(answer.headers),
    mediaType: answer.headers['content-type'],
    chunks: readBody(answer, idleMs),
    discard: () => answer.body.destroy(),
  };
}
