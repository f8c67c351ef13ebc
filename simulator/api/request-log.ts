// The latest requests to both origins, without query values, for tests that look at how a client behaved.
import type {Spoiling} from './troubles';

export interface RequestEntry {
  readonly origin: string;
  readonly method: string;
  /** Path and the names of query parameters; values may be signatures. */
  readonly path: string;
  /** Equal for equal requests: a hash of method, whole address and body. */
  readonly sameAs: string;
  readonly status: number;
  /** The header Retry-After of the answer. */
  readonly retryAfter?: string | undefined;
  readonly startedAtMs: number;
  /** What was done to the answer on the wire. */
  readonly spoiling?: Spoiling | undefined;
  readonly hadAuthorization: boolean;
}

const maxEntries = 20_000;

/** Appends in place, so that whoever holds the array sees what comes. */
export function logRequest(entries: RequestEntry[], entry: RequestEntry): void {
  entries.push(entry);
  if (entries.length > maxEntries) entries.splice(0, maxEntries / 10);
}

export function withoutQueryValues(url: URL): string {
  const names = [...new Set(url.searchParams.keys())];
  return names.length === 0 ? url.pathname : `${url.pathname}?${names.join('&')}`;
}
