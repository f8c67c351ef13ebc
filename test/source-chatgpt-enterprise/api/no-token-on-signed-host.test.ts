// Secrets stay where they belong: the signed host gets no key, texts hold no key, link or content.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {hoursAgo, messageLine, readSource} from '../read-source';
import {TinyApi} from '../tiny-api';

let api: TinyApi;

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
});
afterEach(() => api.stop());

test('the signed host never sees the key', async () => {
  api.files.set('file-1', {route: '/users/user-1/files/file-1', bytes: Buffer.from('abc')});
  const line = messageLine('e1', hoursAgo(4), [{id: 'file-1'}]);
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines: [line]});
  const read = await readSource(api, {streams: ['messages', 'files', 'file_chunks']});
  expect(read.records('files')).toMatchObject([{outcome: 'captured'}]);
  expect(api.tokensOnSignedHost).toBe(0);
});

test('log and errors hold no key, no signed link and no content', async () => {
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines: [messageLine('e1', hoursAgo(4)), 'bad text of line']});
  api.logFiles.push({id: 'eclf_2', end_time: hoursAgo(2), lines: ['{}'], wrongBytes: 99});
  const read = await readSource(api, {streams: ['messages', 'capture_runs']});
  const errors = read.outputs.flatMap((output) => (output.kind === 'failed' ? [output.error.message] : []));
  expect(errors.length).toBe(1);
  expect([...read.log, ...errors].join('\n')).not.toMatch(/sk-test|signature|text of/);
});

test('a file id that would leave its route is not requested', async () => {
  const ids = ['..', 'a/b', '../../gpts'];
  const line = messageLine(
    'e1',
    hoursAgo(4),
    ids.map((id) => ({id}))
  );
  api.logFiles.push({id: 'eclf_1', end_time: hoursAgo(3), lines: [line]});
  const read = await readSource(api, {streams: ['files']});
  expect(read.records('files').map((row) => row.outcome)).toEqual(['not_found', 'not_found', 'not_found']);
  expect(api.countOf(/file/)).toBe(0);
});
