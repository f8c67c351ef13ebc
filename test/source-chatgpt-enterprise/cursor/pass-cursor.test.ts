// The position of a pass in a state that has room for so much: what is too long goes, and what lies before it stays.
import {expect, test} from '@jest/globals';
import {fitPosition} from '../../../source-chatgpt-enterprise/cursor/pass-cursor';
import {stateBytes} from '../../../source-chatgpt-enterprise/cursor/state-bytes';

const begun = {captured_at: '2026-10-01T00:00:00Z'};
const page = {...begun, after: 'user-4', owners_asked: 7};
const owner = {...page, owner_done: 'user-5'};
const position = {...owner, previous: 'user-2', owner: 'user-6', owner_after: 'page-2'};
const file = {...position, reference_done: 'e1/file-1'};
const long = 'é'.repeat(5_000);

test.each([
  ['nothing', file, file],
  ['the reference', {...file, reference_done: long}, position],
  ['the page of an owner', {...file, owner_after: long}, {...owner, previous: 'user-2'}],
  ['the page before', {...file, previous: long}, owner],
  ['the owner who is done', {...file, owner_done: long}, page],
  ['the page of owners', {...file, after: long}, begun],
])('where %s is too long, a pass goes on from before that', (_, given, expected) => {
  const fitting = fitPosition(given, 1_000);
  expect(fitting).toEqual(expected);
  expect(stateBytes(fitting)).toBeLessThanOrEqual(1_000);
});
