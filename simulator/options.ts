// What one simulated workspace is made of: every switch, with its default.
import {Random} from './random';

/** A share lies between 0 and 1; `…Every` counts requests, 0 meaning never; the others count occurrences. */
export interface Faults {
  /** Share of events that are delivered a second time. */
  readonly duplicates: number;
  /** Recent log files that are listed only after the next `produce`, with their older end_time. */
  readonly lateFiles: number;
  /** Ten-minute windows cut into two log files of equal end_time. */
  readonly ties: number;
  /** Log files whose listed SHA-256 is wrong for good. */
  readonly tamperedSha256: number;
  /** Lines that are cut JSON, not UTF-8, or have no event_id. */
  readonly unreadableLines: number;
  /** Every nth download from the signed host breaks off half-way. */
  readonly cutDownloads: number;
  /** Every nth API request is answered 429, with and without Retry-After in turn. */
  readonly http429Every: number;
  /** Every nth API request is answered 500, 502, 503 or 504 in turn. */
  readonly http5xxEvery: number;
  /** How many API requests in a row each of those takes along. */
  readonly http5xxBurst: number;
  /** Delay before each answer. */
  readonly latencyMs: number;
  /** Up to so much more delay, by chance. */
  readonly latencySpreadMs: number;
  /** Every nth download has one byte changed, when it is a log file. */
  readonly corruptedDownloads: number;
  /** Every nth signed URL is expired when it is given out. */
  readonly expiredLinks: number;
  /** Share of requests that meet one of all these troubles, or a reset connection, or begin a burst of 5xx. */
  readonly chaos: number;
  /** After so many API requests one member is inactive and has no library any more. */
  readonly memberLeavesAfter: number;
  /** After so many API requests the key has lost the scopes of `lostScopes`. */
  readonly scopesLostAfter: number;
}

export type Scope = 'logs' | 'stateful' | 'files';
export const scopes: readonly Scope[] = ['logs', 'stateful', 'files'];

export interface SimulatorOptions {
  readonly seed: string;
  /** The present that the history leads up to; the same seed and instant give the same history. */
  readonly nowMs: number;
  /** The service's present at start, when it is to be later than that of the history; it goes on with the real clock. */
  readonly presentMs: number;
  readonly days: number;
  /** At least so many message events. */
  readonly events: number;
  /** Members of the workspace; 0 means as many as the events ask for. */
  readonly members: number;
  /** At least so many files that can be captured now; expired, missing and forbidden ones come on top. */
  readonly files: number;
  /** Bytes of log files beyond the events above, all made of one so that any amount costs no memory. */
  readonly bulkLogBytes: number;
  /** At least so many messages in each of them, which is what its size follows from. */
  readonly bulkLogMessages: number;
  /** Files of one size beyond those above, each named by a prompt of its own. */
  readonly bulkFiles: number;
  readonly bulkFileBytes: number;
  readonly workspaceId: string;
  readonly apiKey: string;
  readonly apiPort: number;
  readonly signedPort: number;
  readonly uploadLifeMs: number;
  readonly signedUrlLifeMs: number;
  /** Requests a route accepts in any 60 s; 0 means without limit. */
  readonly requestsPerMinute: number;
  readonly deniedScopes: readonly Scope[];
  /** Scopes that the key loses in the middle of a sync. */
  readonly lostScopes: readonly Scope[];
  readonly faults: Faults;
  /** Event types whose log files come twice, late, tied, tampered with and with unreadable lines. */
  readonly faultyTypes: readonly string[];
}

export type PartialOptions = Partial<Omit<SimulatorOptions, 'faults'>> & {readonly faults?: Partial<Faults>};

const noFaults: Faults = {
  duplicates: 0.003,
  lateFiles: 0,
  ties: 0,
  tamperedSha256: 0,
  unreadableLines: 0,
  cutDownloads: 0,
  http429Every: 0,
  http5xxEvery: 0,
  http5xxBurst: 1,
  latencyMs: 0,
  latencySpreadMs: 0,
  corruptedDownloads: 0,
  expiredLinks: 0,
  chaos: 0,
  memberLeavesAfter: 0,
  scopesLostAfter: 0,
};

/** Fills in what is not given. */
export function toOptions(given: PartialOptions): SimulatorOptions {
  const seed = given.seed ?? 'acme';
  const events = given.events ?? 2000;
  const nowMs = given.nowMs ?? Date.now();
  return {
    nowMs,
    presentMs: nowMs,
    days: 7,
    members: 0,
    files: Math.ceil(events * 0.03),
    bulkLogBytes: 0,
    bulkLogMessages: 4000,
    bulkFiles: 0,
    bulkFileBytes: 1_000_000,
    workspaceId: new Random(`${seed}/workspace`).uuid(),
    apiKey: `sk-admin-${new Random(`${seed}/key`).alphanumeric(32)}`,
    apiPort: 0,
    signedPort: 0,
    uploadLifeMs: 48 * 3_600_000,
    signedUrlLifeMs: 5 * 60_000,
    requestsPerMinute: 0,
    deniedScopes: [],
    lostScopes: [],
    faultyTypes: ['CONVERSATION_MESSAGE'],
    ...given,
    seed,
    events,
    faults: {...noFaults, ...given.faults},
  };
}
