// What goes wrong on purpose: by turns, every nth request, or by chance that the seed decides.
import type {Faults} from '../options';
import type {Random} from '../random';
import {refuse, type Reply} from './reply';

const serverErrors = [500, 502, 503, 504] as const;
const longestBurst = 4;

/** What happens to an answer on the wire. */
export type Spoiling = 'cut' | 'corrupted' | 'reset';

export class Troubles {
  private requests = 0;
  private downloads = 0;
  private links = 0;
  private limited = 0;
  private failed = 0;
  private restOfBurst = 0;

  constructor(
    private readonly faults: Faults,
    private readonly random: Random,
    private readonly nowMs: () => number
  ) {}

  /** The error that this API request meets, if any. */
  next(): Reply | undefined {
    this.requests++;
    const {http429Every, http5xxBurst, http5xxEvery} = this.faults;
    if (isNth(this.requests, http429Every)) return this.rateLimited();
    if (this.goesOnFailing()) return this.serverError();
    if (isNth(this.requests, http5xxEvery)) {
      this.restOfBurst = Math.max(0, http5xxBurst - 1);
      return this.serverError();
    }
    if (!this.happens()) return undefined;
    switch (this.random.int(0, 2)) {
      case 0:
        return this.rateLimited();
      case 1:
        return this.serverError();
      default:
        this.restOfBurst = this.random.int(1, longestBurst);
        return this.serverError();
    }
  }

  /** Whether the link that is given out works no more. */
  expiresThisLink(): boolean {
    return isNth(++this.links, this.faults.expiredLinks) || this.happens();
  }

  /** What becomes of the bytes of a download. */
  spoilsDownload(path: string): Spoiling | undefined {
    this.downloads++;
    const isLog = path.startsWith('/log/'); // an upload has no hash to tell a changed byte by
    if (isNth(this.downloads, this.faults.cutDownloads)) return 'cut';
    if (isLog && isNth(this.downloads, this.faults.corruptedDownloads)) return 'corrupted';
    if (!this.happens()) return undefined;
    const spoiling = this.random.pick(['cut', 'corrupted', 'reset'] as const);
    return spoiling === 'corrupted' && !isLog ? 'cut' : spoiling;
  }

  /** JSON has no hash to tell a changed byte by: it breaks off or never comes. */
  spoilsAnswer(): Spoiling | undefined {
    return this.happens() ? this.random.pick(['cut', 'reset'] as const) : undefined;
  }

  latencyMs(): number {
    const {latencyMs, latencySpreadMs} = this.faults;
    return latencyMs + (latencySpreadMs > 0 ? this.random.int(0, latencySpreadMs) : 0);
  }

  private happens(): boolean {
    return this.faults.chaos > 0 && this.random.chance(this.faults.chaos);
  }

  private goesOnFailing(): boolean {
    if (this.restOfBurst === 0) return false;
    this.restOfBurst--;
    return true;
  }

  /** With seconds, with a date, and without Retry-After in turn. */
  private rateLimited(): Reply {
    const inTwoSeconds = new Date(this.nowMs() + 2_000).toUTCString();
    const headers = [{'retry-after': '1'}, {}, {'retry-after': inTwoSeconds}][this.limited++ % 3];
    return refuse(429, 'Too many requests', headers);
  }

  private serverError(): Reply {
    return refuse(serverErrors[this.failed++ % serverErrors.length] ?? 500, 'Server error');
  }
}

function isNth(count: number, every: number): boolean {
  return every > 0 && count % every === 0;
}
