// Pages of objects whose positions lead nowhere, or are not what they should be: none is followed for ever or passed over.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {SourceBench} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

function answer(path: RegExp, body: object | string): void {
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  const headers = {'content-type': 'application/json'};
  bench.simulator.interfere({path, times: 1, trouble: {kind: 'answer', body: content, headers}});
}

const member = {id: 'user-1', email: 'ana@acme.test'};

describe('a listing that leads round by positions that are new each time', () => {
  const rounds = [
    {round: 'one page', pages: [[member]]},
    {round: 'three pages', pages: [[member], [{id: 'user-2'}], [{id: 'user-3'}]]},
  ];

  test.each(rounds)('of $round ends its stream alone', async ({pages}) => {
    for (let index = 0; index < 60; index++) {
      const data = pages[index % pages.length];
      answer(/\/users$/, {data, has_more: true, last_id: `position-${index}`});
      answer(/\/codex_tasks$/, {data, has_more: true, cursor: `position-${index}`});
    }
    const run = await bench.read({streams: ['users', 'codex_tasks', 'memories']});
    expect(run.ends).toEqual({users: 'INCOMPLETE', codex_tasks: 'INCOMPLETE', memories: 'COMPLETE'});
    for (const {message} of run.errors) expect(message).toContain('goes on and on, and brings nothing new');
    expect(bench.requestsTo(/\/users/)).toBeLessThan(40);
  });

  test('of empty pages ends its stream', async () => {
    for (let index = 0; index < 1_100; index++) {
      answer(/\/gpts$/, {data: [], has_more: true, last_id: `position-${index}`});
    }
    const run = await bench.read({streams: ['gpts']});
    expect(run.errors.map(({message}) => message)).toEqual([expect.stringContaining('brings nothing new')]);
  });

  test('for a while, as where something was added in front, is followed to its end', async () => {
    const data = [member];
    for (const last_id of ['a', 'b', 'c']) answer(/\/users$/, {data, has_more: true, last_id});
    answer(/\/users$/, {data: [{id: 'user-2'}], has_more: false});
    const run = await bench.read({streams: ['users']});
    expect(run.ends).toEqual({users: 'COMPLETE'});
    expect(run.rows('users').at(-1)).toMatchObject({id: 'user-2'});
  });
});

/** As doubles they are one. */
const numbers = ['9007199254740992', '9007199254740993'];

test.each([
  {what: 'are such numbers', more: (number: string) => `"last_id":${number}`},
  {what: 'are missing', more: () => '"x":1'},
  {what: 'are empty', more: () => '"last_id":""'},
])('members whose ids differ beyond what a double holds are all listed, where positions $what', async ({more}) => {
  for (const number of numbers) answer(/\/users$/, `{"data":[{"id":${number}}],"has_more":true,${more(number)}}`);
  answer(/\/users$/, {data: [member], has_more: false});
  const run = await bench.read({streams: ['users']});
  expect(run.ends).toEqual({users: 'COMPLETE'});
  expect(run.rows('users')).toHaveLength(3);
});

test('a position that is no text is not asked for as another one', async () => {
  answer(/\/codex_tasks$/, String.raw`{"data":[{"id":"task-1"}],"has_more":true,"cursor":"\ud800"}`);
  answer(/\/codex_tasks$/, {data: [{id: 'task-2'}], has_more: false});
  const run = await bench.read({streams: ['codex_tasks']});
  expect(run.errors.map(({message}) => message)).toEqual([expect.stringContaining('does not get on')]);
});

test('canvases that are listed as bare ids are read from all pages', async () => {
  const versions = {textdoc_type: 'document', version_contents: {data: [{version: 1, content: 'x'}], has_more: false}};
  answer(/\/users$/, {data: [member], has_more: false});
  answer(/\/canvases$/, {data: ['canvas-1'], has_more: true});
  answer(/\/canvases$/, {data: ['canvas-2'], has_more: false});
  for (const id of ['canvas-1', 'canvas-2']) answer(new RegExp(`/canvas/${id}$`), versions);
  const run = await bench.read({streams: ['canvases']});
  expect(run.rows('canvases').map((row) => row['textdoc_id'])).toEqual(['canvas-1', 'canvas-2']);
});
