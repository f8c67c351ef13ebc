// Proves that the counts of a run that came to its end add up, each stream's and each user's.
import {IntegrityError} from '../../core/errors';
import {outcomes, type Tally, unsettled} from './tally';

/**
 * @param incomplete records of transfers that were cut off: they alone may have no outcome
 * @returns what does not add up
 */
export function findMiscount(
  {streams, users}: Pick<Tally, 'streams' | 'users'>,
  incomplete: number
): IntegrityError | undefined {
  const left = [...streams.values()].map(unsettled);
  const sum = left.reduce((all, each) => all + each, 0);
  if (sum !== incomplete || left.some((each) => each < 0)) {
    return new IntegrityError(
      'counts_do_not_add_up',
      `${sum} records of a complete run have no outcome, but ${incomplete} were expected to.`
    );
  }
  for (const count of ['collected', ...outcomes] as const) {
    const [byStream, byUser] = [streams, users].map((counts) =>
      [...counts.values()].reduce((all, each) => all + each[count], 0)
    );
    if (byStream !== byUser) {
      return new IntegrityError(
        'counts_do_not_add_up',
        `${byStream ?? 0} records are counted as ${count} by stream, but ${byUser ?? 0} by user.`
      );
    }
  }
  return undefined;
}
