// Answers that several parts of one read ask for, kept within bounds so that no request is made twice.
import {deflateRawSync, inflateRawSync} from 'node:zlib';
import {RecentlyUsed} from '../../core/recently-used';

/** Compressed: all members of a large workspace, and the listings of log files of a month. */
const maxBytes = 4 * 1024 * 1024;

export class KeptAnswers {
  /** A character is a byte: such a text takes less memory than as many bytes in a buffer of their own. */
  private readonly compressed = new RecentlyUsed<string>(maxBytes, ({length}) => length);
  private readonly underWay = new Map<string, Promise<string>>();

  /** The answer that is kept, or is just being fetched, or is fetched now. */
  getOr(address: string, fetch: () => Promise<string>): Promise<string> {
    const kept = this.compressed.get(address);
    if (kept !== undefined) return Promise.resolve(inflateRawSync(Buffer.from(kept, 'latin1')).toString());
    const known = this.underWay.get(address);
    if (known !== undefined) return known;
    const answer = fetch()
      .then((text) => {
        this.compressed.set(address, deflateRawSync(text, {level: 1}).toString('latin1'));
        return text;
      })
      .finally(() => this.underWay.delete(address));
    this.underWay.set(address, answer);
    return answer;
  }
}
