// How long a read may ask member by member: what uploads leave of the time they get, and always a while.
import {fileBudgetMs} from './file-lane';

/** Uploads expire and come first; yet a pass over the members must come to its end. */
const leastBudgetMs = 15 * 60_000;

/** Of one read, for all streams that ask for each member, which are read side by side. */
export function memberBudgetMs(filesTookMs: number): number {
  return Math.max(fileBudgetMs - filesTookMs, leastBudgetMs);
}
