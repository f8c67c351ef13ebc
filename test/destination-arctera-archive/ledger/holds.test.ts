// Which items fall under a hold: everything it names must be so, and what the ledger does not know may be so.
import {expect, test} from '@jest/globals';
import type {Hold} from '../../../destination-arctera-archive/ledger/ledger';
import {type HoldFacts, holdsOn} from '../../../destination-arctera-archive/ledger/holds';

const january = {from: '2026-01-01T00:00:00.000Z', until: '2026-02-01T00:00:00.000Z'};
const item: HoldFacts = {owner: 'ada', date: '2026-01-15T09:30:00.000Z', conversation: {id: 'c1', subject: 's'}};

function holdOf(scope: Partial<Hold>): Hold {
  const nothing = {users: [], addresses: [], conversations: [], from: undefined, until: undefined};
  return {name: 'matter', reason: 'why', entry: 1, at: '', ...nothing, ...scope};
}

test.each<[string, Partial<Hold>, Partial<HoldFacts>, boolean]>([
  ['its user', {users: ['bob', 'ada']}, {}, true],
  ['another user', {users: ['bob']}, {}, false],
  ['its conversation', {conversations: ['c1']}, {}, true],
  ['another conversation', {conversations: ['c2']}, {}, false],
  ['no conversation', {conversations: ['c1']}, {conversation: undefined}, false],
  ['its month', january, {}, true],
  ['the first moment', january, {date: january.from}, true],
  ['the moment behind the last', january, {date: january.until}, false],
  ['an earlier day', january, {date: '2025-12-31T23:59:59.999Z'}, false],
  ['its user in another month', {users: ['ada'], ...january}, {date: '2026-03-01T00:00:00.000Z'}, false],
  ['another user in its month', {users: ['bob'], ...january}, {}, false],
  ['user, conversation and month', {users: ['ada'], conversations: ['c1'], ...january}, {}, true],
])('%s', (_, scope, facts, isHeld) => {
  expect(holdsOn({...item, ...facts}, [holdOf(scope)])).toEqual(isHeld ? ['matter'] : []);
});

test.each<[string, Partial<Hold>, HoldFacts, boolean]>([
  ['first release, by user', {users: ['ada']}, {conversation: undefined}, true],
  ['first release, by month', january, {conversation: undefined}, true],
  [
    'first release, another conversation',
    {users: ['ada'], conversations: ['c2']},
    {conversation: item.conversation},
    false,
  ],
  ['nobody, by user', {users: ['ada']}, {date: item.date ?? '', conversation: undefined}, false],
  ['a batch without a date, by month', january, {date: '1970-01-01T00:00:00.000Z', conversation: undefined}, true],
  ['a file whose row never came', {users: ['ada']}, {...item, owner: 'unknown'}, true],
])('what is not known: %s', (_, scope, facts, isHeld) => {
  expect(holdsOn(facts, [holdOf(scope)])).toEqual(isHeld ? ['matter'] : []);
});
