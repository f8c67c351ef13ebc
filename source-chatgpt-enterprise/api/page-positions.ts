// Watches that a listing gets on: a position that comes again would be followed for ever.
import {IntegrityError} from '../../core/errors';

export class PagePositions {
  private readonly seen = new Set<string>();

  /** @param route names the listing in the error */
  constructor(private readonly route: string) {}

  advance(next: string | undefined): string | undefined {
    if (next === undefined) return undefined;
    if (this.seen.has(next)) {
      throw new IntegrityError('listing_stuck', `The listing ${this.route} came to the same position again.`);
    }
    this.seen.add(next);
    return next;
  }
}
