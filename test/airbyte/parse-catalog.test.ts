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
    ['nothing', undefined, 'the catalog: is required, and must be an object'],
    ['a list', [], 'the catalog: must be an object'],
    ['no streams', {}, 'streams: is required, and must be a list'],
    [
      'a stream without a name',
      {streams: [{...least, stream: {}}]},
      'streams.0.stream.name: is required, and must be a text',
    ],
    [
      'an invalid mode',
      {streams: [{...least, sync_mode: 'INVALID'}]},
      'streams.0.sync_mode: must be one of "full_refresh", "incremental"',
    ],
  ])('refuses %s, and says what is wrong in words of ours', (_, raw, text) => {
    const parse = (): unknown => parseCatalog(raw);
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(`The configured catalog is not valid. ${text}.`);
  });
});
