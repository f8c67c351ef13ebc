// Counts that do not add up are found, whichever of them is wrong.
import {expect, test} from '@jest/globals';
import {IntegrityError} from '../../../core/errors';
import {findMiscount} from '../../../destination-arctera-archive/report/adds-up';
import {type Counts, Tally} from '../../../destination-arctera-archive/report/tally';

/** Two records of two users, both delivered. */
function tallyOfTwo(): {tally: Tally; user: Counts} {
  const tally = new Tally();
  const user = tally.collected('messages', 'ada');
  tally.settled('messages', user, 'delivered');
  tally.settled('messages', tally.collected('messages', 'bob'), 'delivered');
  return {tally, user};
}

test.each<readonly [string, number, (tally: Tally, user: Counts) => void]>([
  ['all have outcomes', 0, () => undefined],
  ['one waits that may', 1, (tally) => tally.collected('file_chunks', undefined)],
])('they add up when %s', (_, incomplete, change) => {
  const {tally, user} = tallyOfTwo();
  change(tally, user);
  expect(findMiscount(tally, incomplete)).toBeUndefined();
});

test.each<readonly [string, number, (tally: Tally, user: Counts) => void]>([
  ['a record has no outcome', 0, (tally) => tally.collected('messages', 'ada')],
  ['fewer wait than may', 1, () => undefined],
  ['a record has two outcomes', 0, (tally, user) => tally.settled('messages', user, 'duplicate')],
  [
    'one stream has too many and another too few',
    0,
    (tally, user): void => {
      tally.settled('messages', user, 'duplicate');
      tally.collected('files', 'ada');
    },
  ],
  ['a user has another count', 0, (_, user) => (user.delivered += 1)],
])('they do not when %s', (_, incomplete, change) => {
  const {tally, user} = tallyOfTwo();
  change(tally, user);
  expect(findMiscount(tally, incomplete)).toBeInstanceOf(IntegrityError);
});
