// Configured catalogs of different callers, with nulls and without the newer fields.
import {describe, expect, test} from '@jest/globals';
import {parseCatalog} from '../../airbyte/parse-catalog';
import {ConfigError} from '../../core/errors';

const stream = {name: 'alpha', json_schema: {}, supported_sync_modes: ['incremental']};
const least = {stream, sync_mode: 'incremental', destination_sync_mode: 'append'};
const parsed = {
  name: 'alpha',
  namespace: undefined,
  syncMode: 'incremental',
  destinationSyncMode: 'append',
  primaryKey: [],
};

describe('parseCatalog', () => {
  test.each([
    ['the least', least, parsed],
    ['nulls', {...least, stream: {...stream, namespace: null}, primary_key: null, destination_sync_mode: null}, parsed],
    ['no destination mode', {stream, sync_mode: 'full_refresh'}, {...parsed, syncMode: 'full_refresh'}],
    [
      'everything, and what is not known yet',
      {...least, primary_key: [['a'], ['b', 'c']], generation_id: 1, minimum_generation_id: 0, sync_id: 2, later: {}},
      {...parsed, primaryKey: [['a'], ['b', 'c']]},
    ],
    ['a namespace', {...least, stream: {...stream, namespace: 'space'}}, {...parsed, namespace: 'space'}],
    [
      'a mode of later',
      {...least, destination_sync_mode: 'soft_delete'},
      {...parsed, destinationSyncMode: 'soft_delete'},
    ],
  ])('accepts %s', (_, configured, expected) => {
    expect(parseCatalog({streams: [configured]})).toEqual({streams: [expected]});
  });

  test('accepts no streams', () => {
    expect(parseCatalog({streams: []})).toEqual({streams: []});
  });

  test.each([
    ['nothing', undefined],
    ['a list', []],
    ['no streams', {}],
    ['a stream without a name', {streams: [{...least, stream: {}}]}],
    ['an invalid mode', {streams: [{...least, sync_mode: 'INVALID'}]}],
  ])('refuses %s', (_, raw) => {
    expect(() => parseCatalog(raw)).toThrow(ConfigError);
  });
});
