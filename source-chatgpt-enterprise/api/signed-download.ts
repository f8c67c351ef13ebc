// A download: the API redirects to a signed address on another host, which never gets to see our key.
import type {Readable} from 'node:stream';
import axios, {type AxiosResponse} from 'axios';
import type {Clock} from '../../core/clock';
import {IntegrityError} from '../../core/errors';
import {parseRetryAfter} from '../../core/retry';
import {isAllowedAddress} from './allowed-address';
import {HttpFailure} from './http-failure';

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
}

const maxRedirects = 3;

/** Rejects with an HttpFailure unless the last answer is 200; a signed address that fails needs a fresh link. */
export async function openSignedDownload(options: DownloadOptions): Promise<Download> {
  let response = await request(options.url, options, {Authorization: `Bearer ${options.apiKey}`});
  let address = options.url;
  let isSigned = false;
  for (let hop = 0; isRedirect(response.status); hop++) {
    response.data.destroy();
    address = redirectTarget(response, address, hop);
    response = await request(address, options, {});
    isSigned = true;
  }
  if (response.status === 200) return toDownload(response, options.timeoutMs);
  response.data.destroy();
  const retryAfterMs = parseRetryAfter(header(response, 'retry-after'), options.clock.nowMs());
  // Any refusal of a signed address may be one of an expired link: no status, so that a fresh link is tried.
  const isFinal = !isSigned || response.status === 413;
  throw new HttpFailure(isFinal ? response.status : undefined, retryAfterMs);
}

async function request(
  url: URL,
  {signal, timeoutMs}: DownloadOptions,
  headers: Readonly<Record<string, string>>
): Promise<AxiosResponse<Readable>> {
  try {
    return await axios.get<Readable>(url.href, {
      // Identity, so that the bytes are the ones the hash was taken of.
      headers: {...headers, Accept: '*/*', 'Accept-Encoding': 'identity'},
      decompress: false,
      maxRedirects: 0,
      responseType: 'stream',
      signal,
      timeout: timeoutMs,
      validateStatus: () => true,
    });
  } catch {
    throw new HttpFailure(undefined); // no cause: an AxiosError holds the header and the signed address
  }
}

function isRedirect(status: number): boolean {
  return status >= 301 && status <= 308 && status !== 304;
}

function redirectTarget(response: AxiosResponse, from: URL, hop: number): URL {
  const location = header(response, 'location');
  const target = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined || hop >= maxRedirects || !isAllowedAddress(target)) {
    throw new IntegrityError('redirect_refused', 'A download was redirected to an address that is not followed.');
  }
  return target;
}

function header(response: AxiosResponse, name: string): string | undefined {
  const value: unknown = (response.headers as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

function toDownload(response: AxiosResponse<Readable>, idleMs: number): Download {
  const length = Number(header(response, 'content-length'));
  const size = header(response, 'content-length') === undefined || !Number.isSafeInteger(length) ? undefined : length;
  return {
    size,
    mediaType: header(response, 'content-type'),
    chunks: readBody(response.data, size, idleMs),
    discard: () => response.data.destroy(),
  };
}

async function* readBody(body: Readable, size: number | undefined, idleMs: number): AsyncGenerator<Buffer> {
  let received = 0;
  const idle = setTimeout(() => body.destroy(new Error('no bytes came')), idleMs);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      idle.refresh();
      received += chunk.length;
      yield chunk;
      idle.refresh(); // a slow reader is not a silent server
    }
  } catch {
    throw new HttpFailure(undefined);
  } finally {
    clearTimeout(idle);
    body.destroy();
  }
  if (size !== undefined && received !== size) throw new HttpFailure(undefined);
}
