// Turns every nth request into a rate-limit or server error, and every nth download into a broken one.
import type {Faults} from '../options';
import {refuse, type Reply} from './reply';

const serverErrors = [500, 502, 503, 504] as const;

export class Troubles {
  private requests = 0;
  private downloads = 0;
  private limited = 0;
  private failed = 0;

  constructor(private readonly faults: Faults) {}

  /** The error that this API request meets, if any. */
  next(): Reply | undefined {
    this.requests++;
    const {http429Every, http5xxEvery} = this.faults;
    if (isNth(this.requests, http429Every)) {
      return refuse(429, 'Too many requests', this.limited++ % 2 === 0 ? {'retry-after': '1'} : {});
    }
    if (isNth(this.requests, http5xxEvery)) {
      return refuse(serverErrors[this.failed++ % serverErrors.length] ?? 500, 'Server error');
    }
    return undefined;
  }

  cutsThisDownload(): boolean {
    return isNth(++this.downloads, this.faults.cutDownloads);
  }
}

function isNth(count: number, every: number): boolean {
  return every > 0 && count % every === 0;
}
