// Saved states in every form that a caller hands back.
import {describe, expect, test} from '@jest/globals';
import {parseStates} from '../../airbyte/parse-states';
import {ConfigError} from '../../core/errors';

function stateOf(name: string, state: unknown): object {
  return {type: 'STREAM', stream: {stream_descriptor: {name}, stream_state: state}};
}

describe('parseStates', () => {
  test.each([
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['an empty list', [], {}],
    ['an empty object', {}, {}],
    ['two streams', [stateOf('a', {n: 1}), stateOf('b', {n: 2})], {a: {n: 1}, b: {n: 2}}],
    ['the same stream twice', [stateOf('a', {n: 1}), stateOf('a', {n: 2})], {a: {n: 2}}],
    ['a null state', [stateOf('a', null)], {}],
    ['an absent state', [{type: 'STREAM', stream: {stream_descriptor: {name: 'a'}}}], {}],
    ['a whole message', [{type: 'STATE', state: stateOf('a', {n: 1})}], {a: {n: 1}}],
    ['one message alone', stateOf('a', {n: 1}), {a: {n: 1}}],
    ['nulls and new fields', [{...stateOf('a', {n: 1}), global: null, data: null, id: 3, later: {}}], {a: {n: 1}}],
    ['no type', [{...stateOf('a', {n: 1}), type: null}], {a: {n: 1}}],
    ['a namespace', [{stream: {stream_descriptor: {name: 'a', namespace: 'x'}, stream_state: {n: 1}}}], {a: {n: 1}}],
  ])('reads %s', (_, raw, expected) => {
    expect(Object.fromEntries(parseStates(raw))).toEqual(expected);
  });

  test.each([
    ['GLOBAL', [{type: 'GLOBAL', global: {stream_states: []}}]],
    ['LEGACY', [{data: {a: 1}}]],
    ['a text', ['secret-text']],
    ['a stream without a name', [{type: 'STREAM', stream: {stream_descriptor: {}}}]],
    ['a bare text', 'secret-text'],
    ['a bare number', 7],
  ])('refuses %s', (_, raw) => {
    expect(() => parseStates(raw)).toThrow(ConfigError);
    expect(() => parseStates(raw)).not.toThrow(/secret-text/);
  });
});
