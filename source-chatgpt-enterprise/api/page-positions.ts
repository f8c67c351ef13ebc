// Watches that a listing gets on: positions or pages that come again would be followed for ever.
import {IntegrityError} from '../../core/errors';

/** What of a page tells whether it leads on. */
export interface PageMark {
  /** Position of the next page; undefined on the last one. */
  readonly next: string | undefined;
  /** Names what is on the page; empty where nothing is. */
  readonly content: string;
}

/** Pages may be short, and some of them empty. */
const maxEmptyPages = 1_000;
/** Once may be by chance: what is added meanwhile moves the rest to the next page. */
const maxRepeats = 3;

export class PagePositions {
  private readonly seen = new Set<string>();
  private emptyPages = 0;
  private pages = 0;
  /** Of one earlier page, each time twice as far on: whatever comes round comes to it again, and no other need be kept. */
  private earlier = '';
  private repeats = 0;

  /** @param route names the listing in the error */
  constructor(private readonly route: string) {}

  advance({content, next}: PageMark): string | undefined {
    if (next === undefined) return undefined;
    if (this.seen.has(next)) {
      throw new IntegrityError('listing_stuck', `The listing ${this.route} came to the same position again.`);
    }
    this.seen.add(next);
    this.requireNews(content);
    return next;
  }

  /** Positions may all differ and yet lead round, as where each is made anew. */
  private requireNews(content: string): void {
    this.emptyPages = content === '' ? this.emptyPages + 1 : 0;
    if (content !== '' && content === this.earlier) this.repeats++;
    if (this.emptyPages >= maxEmptyPages || this.repeats >= maxRepeats) {
      throw new IntegrityError('listing_stuck', `The listing ${this.route} goes on and on, and brings nothing new.`);
    }
    this.pages++;
    if (!Number.isInteger(Math.log2(this.pages))) return;
    this.earlier = content;
    this.repeats = 0;
  }
}
