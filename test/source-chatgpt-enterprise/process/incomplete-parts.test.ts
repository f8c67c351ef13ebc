// Parts of objects that a row cannot hold or the API does not give, through the executable: never cut or null without a word.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {type Row, SourceBench, type SourceRun} from './source-bench';

let bench: SourceBench;
let gpts: readonly Row[];

beforeEach(async () => {
  bench = await SourceBench.open();
  gpts = (await bench.read({streams: ['gpts']})).rows('gpts');
});
afterEach(() => bench.close());

const megabyte = 1024 * 1024;

const rowOf = (run: SourceRun, {id}: Row): Row => run.rows('gpts').find((row) => row['id'] === id)!;

test('are none where everything came', () => {
  expect(gpts.length).toBeGreaterThan(1);
  for (const row of gpts) expect(row['incomplete_parts']).toEqual([]);
});

test.each([
  {part: 'configurations', route: 'configs'},
  {part: 'shared_users', route: 'shared_users'},
])('$part beyond 8 MiB are left out from a page on; the row and the log name them', async ({part, route}) => {
  const [first, ...others] = gpts;
  const path = new RegExp(`/gpts/${String(first!['id'])}/${route}$`);
  for (const [times, id] of ['a', 'b', 'c'].entries()) {
    const data = [{id, instructions: 'x'.repeat(times === 0 ? megabyte : 5 * megabyte)}];
    const trouble = {kind: 'answer', body: {data, has_more: true, last_id: id}} as const;
    bench.simulator.interfere({path, times: 1, trouble});
  }
  const run = await bench.read({streams: ['gpts']});
  expect(run.exitCode).toBe(0);
  const row = rowOf(run, first!);
  expect(row['incomplete_parts']).toEqual([{part, reason: 'too_large'}]);
  const held = JSON.parse(String(row[`${part}_json`])) as {id: string}[];
  expect(held.map(({id}) => id)).toEqual(['a', 'b']);
  const warnings = run.logs('WARN').filter((text) => text.startsWith('parts_left_out: Of stream gpts'));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(JSON.stringify(`gpts/${String(first!['id'])}/${route}`));
  for (const other of others) expect(rowOf(run, other)['incomplete_parts']).toEqual([]);
});

test.each([
  {status: 400, reason: 'refused'},
  {status: 404, reason: 'not_found'},
])('that are answered with HTTP $status are null, and the row says that they are $reason', async ({reason, status}) => {
  const [first, second] = gpts;
  const path = new RegExp(`/gpts/${String(first!['id'])}/configs$`);
  bench.simulator.interfere({path, trouble: {kind: 'refuse', status}});
  const run = await bench.read({streams: ['gpts']});
  expect(run.exitCode).toBe(0);
  expect(rowOf(run, first!)).toMatchObject({
    configurations_json: null,
    configurations_sha256: null,
    incomplete_parts: [{part: 'configurations', reason}],
  });
  expect(rowOf(run, second!)).toMatchObject({incomplete_parts: [], configurations_json: expect.any(String)});
});

describe('that are forbidden', () => {
  test.each(['configs', 'shared_users'])(
    'by themselves are null, and the row says so, whichever GPT it is: %s',
    async (route) => {
      const part = route === 'configs' ? 'configurations' : route;
      for (const one of [gpts[0], gpts.at(-1)]) {
        const path = new RegExp(`/gpts/${String(one!['id'])}/${route}$`);
        bench.simulator.interfere({path, trouble: {kind: 'refuse', status: 403}});
      }
      const run = await bench.read({streams: ['gpts', 'files', 'file_chunks', 'messages']});
      expect(run.ends).toMatchObject({gpts: 'COMPLETE', files: 'COMPLETE'});
      expect(
        run
          .rows('gpts')
          .map(({id}) => id)
          .sort()
      ).toEqual(gpts.map(({id}) => id).sort());
      const incomplete = gpts.map((row) => rowOf(run, row)['incomplete_parts']);
      const refused = [{part, reason: 'refused'}];
      expect(incomplete).toEqual(gpts.map((_, index) => (index === 0 || index === gpts.length - 1 ? refused : [])));
      expect(run.stateOf('gpts')).toMatchObject({pass: null});
    }
  );

  test('all of them, stop the stream: no state calls it done', async () => {
    bench.simulator.interfere({path: /\/gpts\/[^/]+\/shared_users$/, trouble: {kind: 'refuse', status: 403}});
    const run = await bench.read({streams: ['gpts']});
    expect(run.ends).toEqual({gpts: 'INCOMPLETE'});
    expect(run.errors).toMatchObject([{failure_type: 'config_error'}]);
    expect([run.rows('gpts'), run.states]).toEqual([[], []]);
  });

  test('from some time on, because the key lost its scope, stop the stream', async () => {
    const [first] = gpts;
    const path = new RegExp(`/gpts/(?!${String(first!['id'])})[^/]+/configs$`);
    bench.simulator.interfere({path, trouble: {kind: 'refuse', status: 403}});
    // What came before is asked for again, and is forbidden by now.
    const again = new RegExp(`/gpts/${String(first!['id'])}/configs$`);
    bench.simulator.interfere({path: again, times: 1, trouble: {kind: 'answer', body: {data: [], has_more: false}}});
    bench.simulator.interfere({path: again, trouble: {kind: 'refuse', status: 403}});
    const run = await bench.read({streams: ['gpts']});
    expect(run.ends).toEqual({gpts: 'INCOMPLETE'});
    expect(run.rows('gpts').map(({id}) => id)).toEqual([first!['id']]);
  });
});

describe('of canvases', () => {
  let whole: readonly Row[];

  beforeEach(async () => {
    whole = (await bench.read({streams: ['canvases']})).rows('canvases');
  });

  const without = (rows: readonly Row[], id: unknown): Row[] => rows.filter((row) => row['textdoc_id'] !== id);
  const lasting = (rows: readonly Row[]): Row[] => rows.map((row) => ({...row, captured_at: ''}));

  test('are none where every version came', () => {
    expect(whole.length).toBeGreaterThan(40);
    for (const row of whole) expect(row).toMatchObject({incomplete_parts: [], version: expect.any(Number)});
  });

  test.each([
    {status: 400, reason: 'refused'},
    {status: 404, reason: 'not_found'},
  ])('all versions, answered with HTTP $status, leave a row of the canvas that says $reason', async (refusal) => {
    const {status, reason} = refusal;
    const [{textdoc_id: id, user_id: owner} = {}] = whole;
    bench.simulator.interfere({path: new RegExp(`/canvas/${String(id)}`), trouble: {kind: 'refuse', status}});
    const run = await bench.read({streams: ['canvases']});
    expect(run.exitCode).toBe(0);
    const rows = run.rows('canvases');
    expect(rows.filter((row) => row['textdoc_id'] === id)).toMatchObject([
      {version: -1, user_id: owner, content: null, incomplete_parts: [{part: 'versions', reason}]},
    ]);
    expect(JSON.parse(String(rows.find((row) => row['textdoc_id'] === id)!['object_json']))).toEqual({textdoc_id: id});
    expect(lasting(without(rows, id))).toEqual(lasting(without(whole, id)));
  });

  test('the later versions of one leave a row beside those that came', async () => {
    const [{textdoc_id: id} = {}] = whole;
    const path = new RegExp(`/canvas/${String(id)}`);
    const data = [{version: 1, content: 'first'}];
    const body = {textdoc_id: id, textdoc_type: 'document', version_contents: {data, has_more: true, last_version: 1}};
    bench.simulator.interfere({path, times: 1, trouble: {kind: 'answer', body}});
    bench.simulator.interfere({path, trouble: {kind: 'refuse', status: 400}});
    const run = await bench.read({streams: ['canvases']});
    expect(run.rows('canvases').filter((row) => row['textdoc_id'] === id)).toMatchObject([
      {version: 1, content: 'first', incomplete_parts: []},
      {version: -1, content: null, incomplete_parts: [{part: 'versions', reason: 'refused'}]},
    ]);
  });

  test('one without any version is a row of its own', async () => {
    const [{textdoc_id: id} = {}] = whole;
    const body = {
      textdoc_id: id,
      textdoc_type: 'document',
      version_contents: {object: 'list', data: [], has_more: false},
    };
    bench.simulator.interfere({path: new RegExp(`/canvas/${String(id)}`), trouble: {kind: 'answer', body}});
    const run = await bench.read({streams: ['canvases']});
    expect(run.rows('canvases').filter((row) => row['textdoc_id'] === id)).toMatchObject([
      {version: -1, incomplete_parts: []},
    ]);
  });
});
