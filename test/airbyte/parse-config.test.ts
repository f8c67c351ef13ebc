// Configurations as they come: unknown keys at the root pass, everything else wrong is named.
import {describe, expect, test} from '@jest/globals';
import * as z from 'zod';
import {parseConfig} from '../../airbyte/parse-config';
import {ConfigError} from '../../core/errors';

const schema = z.object({
  name: z.string(),
  size: z.int().default(3),
  target: z.strictObject({path: z.string(), list: z.array(z.int()).optional()}).optional(),
});

describe('parseConfig', () => {
  test.each([
    ['the least', {name: 'a'}, {name: 'a', size: 3}, []],
    ['everything', {name: 'a', size: 1, target: {path: 'p'}}, {name: 'a', size: 1, target: {path: 'p'}}, []],
    ['unknown keys at the root', {name: 'a', debug: true, x: {}}, {name: 'a', size: 3}, ['debug', 'x']],
  ])('accepts %s', (_, raw, config, unknownKeys) => {
    expect(parseConfig(schema, raw)).toEqual({config, unknownKeys});
  });

  test.each([[undefined], [null], [{}]])('takes %p for an empty configuration', (raw) => {
    expect(parseConfig(schema.partial({name: true}), raw)).toEqual({config: {size: 3}, unknownKeys: []});
  });

  test.each([
    ['a missing field', {}, ['name']],
    ['all wrong fields at once', {name: 1, size: 'x', target: {path: 2}}, ['name', 'size', 'target.path']],
    ['an unknown key inside an object', {name: 'a', target: {path: 'p', colour: 1}}, ['target', 'colour']],
    ['a wrong list member', {name: 'a', target: {path: 'p', list: [1, 'x']}}, ['target.list.1']],
    ['a list', [], ['the configuration']],
    ['a text', 'secret-text', ['the configuration']],
  ])('refuses %s and names it', (_, raw, names) => {
    const error = thrownBy(() => parseConfig(schema, raw));
    expect(error).toBeInstanceOf(ConfigError);
    for (const name of names) expect(error.message).toContain(name);
    expect(error.message).not.toContain('secret-text');
  });
});

describe('what a form leaves where a field was cleared', () => {
  const form = schema.extend({
    start: z.string().regex(/^\d+$/, 'must be digits').optional(),
    note: z.string().optional(),
    tags: z.array(z.string()).optional(),
    rules: z.array(z.strictObject({users: z.array(z.string()).optional()})).optional(),
  });
  const target = {path: 'p'};

  test.each([
    ['empty texts', {name: 'a', start: '', size: '', tags: ''}, {name: 'a', size: 3}],
    ['nulls', {name: 'a', start: null, size: null, tags: null, target: null}, {name: 'a', size: 3}],
    ['a null inside an object', {name: 'a', target: {path: 'p', list: null}}, {name: 'a', size: 3, target}],
    ['an empty text inside an object', {name: 'a', target: {path: 'p', list: ''}}, {name: 'a', size: 3, target}],
    ['an empty text that is a value of the field', {name: 'a', note: ''}, {name: 'a', size: 3, note: ''}],
  ])('%s count as left out', (_, raw, config) => {
    expect(parseConfig(form, raw).config).toEqual(config);
  });

  test.each([
    ['a required field', {name: null, start: ''}, 'The configuration is not valid. name: must be a text.'],
    [
      'one inside an object',
      {name: 'a', target: {path: null}},
      'The configuration is not valid. target.path: must be a text.',
    ],
    [
      'what a rule asks for',
      {name: 'a', rules: [{users: null}]},
      'The configuration is not valid. rules.0.users: must be a list.',
    ],
    ['a whole rule', {name: 'a', rules: [null]}, 'The configuration is not valid. rules.0: must be an object.'],
    ['an unknown field', {name: 'a', target: {path: 'p', colour: null}}, 'target.colour: is not a field'],
    [
      'beside what is wrong',
      {name: 'a', start: '', size: 'x'},
      'The configuration is not valid. size: must be a number.',
    ],
  ])('%s is refused all the same', (_, raw, text) => {
    expect(thrownBy(() => parseConfig(form, raw)).message).toContain(text);
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown.');
}
