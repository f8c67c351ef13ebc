// How the states of a stream are numbered across reads.
import {expect, test} from '@jest/globals';
import {Lineages} from '../../../source-chatgpt-enterprise/cursor/lineages';

const begin = (states: Readonly<Record<string, unknown>>): Lineages =>
  new Lineages(new Map(Object.entries(states)), () => 'new');

test('states that cover records are counted on from the saved one, others repeat it', () => {
  const lineages = begin({messages: {version: 1, lineage: {id: 'old', from: 2, to: 7}}});
  expect(lineages.next('messages')).toEqual({lineage: {id: 'old', from: 2, to: 7}});
  lineages.countRecords('messages');
  lineages.countRecords('messages');
  expect(lineages.next('messages')).toEqual({lineage: {id: 'old', from: 7, to: 8}});
  expect(lineages.next('messages')).toEqual({lineage: {id: 'old', from: 7, to: 8}});
  lineages.countRecords('messages');
  expect(lineages.next('messages')).toEqual({lineage: {id: 'old', from: 7, to: 9}});
});

test.each([
  undefined,
  null,
  {version: 1},
  {lineage: 'x'},
  {lineage: {id: 'old', from: 0, to: -1}},
  {lineage: {id: ''}},
])('the saved state %j begins a lineage with the first record', (saved) => {
  const lineages = begin({messages: saved});
  expect(lineages.next('messages')).toEqual({});
  lineages.countRecords('messages');
  expect(lineages.next('messages')).toEqual({lineage: {id: 'new', from: 0, to: 1}});
});

test('a stream without states, as in a full refresh, has no lineage', () => {
  const lineages = begin({});
  lineages.countRecords('messages');
  expect(lineages.next('messages')).toEqual({});
});
