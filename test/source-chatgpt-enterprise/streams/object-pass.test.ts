// Passes over current objects when the API refuses, repeats itself, forgets a position or does not know a member.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {configSchema} from '../../../source-chatgpt-enterprise/config';
import {readSource, type ReadResult} from '../read-source';

type Answer = (path: string, query: URLSearchParams) => {status?: number; body?: object};

let server: Server;
let answer: Answer;
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const path = url.pathname.replace('/v1/compliance/workspaces/ws-1', '');
    asked.push(`${request.method ?? ''} ${path}${url.search}`);
    const {body = {}, status = 200} = answer(path, url.searchParams);
    response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const baseUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
const read = (streams: readonly string[], states?: ReadonlyMap<string, unknown>): Promise<ReadResult> =>
  readSource({baseUrl: baseUrl()}, {streams, ...(states === undefined ? {} : {states})});
const page = (ids: readonly string[], more: object = {}): {body: object} => ({
  body: {object: 'list', data: ids.map((id) => ({id})), has_more: false, ...more},
});
const members = page(['user-1', 'user-2', 'user-3']);

test('a member unknown to the route is passed over and counted, without a name', async () => {
  answer = (path) => {
    if (path === '/users') return members;
    return path.includes('user-2') ? {status: 404} : page([`auto of ${path}`]);
  };
  const result = await read(['automations']);
  expect(result.ends()).toEqual({automations: 'completed'});
  expect(result.records('automations').map((row) => row.user_id)).toEqual(['user-1', 'user-3']);
  expect(result.log.join()).toContain('passed over 1 owners');
  expect(result.log.join()).not.toContain('user-2');
});

describe('a member whose id the route refuses', () => {
  const refusing = (...refused: readonly string[]): Answer => {
    return (path) => {
      if (path === '/users') return members;
      if (path === '/logs') return page([]);
      return refused.some((id) => path.includes(id)) ? {status: 400} : page([`one of ${path}`]);
    };
  };

  test.each(['user-1', 'user-2', 'user-3'])('is passed over and counted, whoever comes first: %s', async (id) => {
    answer = refusing(id);
    const result = await read(['automations', 'library_files']);
    expect(result.ends()).toEqual({automations: 'completed', library_files: 'completed'});
    const others = ['user-1', 'user-2', 'user-3'].filter((other) => other !== id);
    expect(result.records('automations').map((row) => row.user_id)).toEqual(others);
    expect(result.log.filter((line) => line.includes('passed over 1 owners'))).toHaveLength(2);
    expect(result.log.join()).not.toContain(id);
  });

  test('may be the last one of a pass that goes on', async () => {
    answer = refusing('user-3');
    const pass = {captured_at: new Date().toISOString(), owner_done: 'user-2', owners_asked: 2};
    const result = await read(['automations'], new Map([['automations', {version: 1, completed: null, pass}]]));
    expect(result.ends()).toEqual({automations: 'completed'});
  });

  test('fails the stream when no other is answered, and no state calls anybody done', async () => {
    answer = refusing('user-');
    const result = await read(['automations', 'codex_tasks']);
    expect(result.ends()).toEqual({automations: 'request_rejected', codex_tasks: 'completed'});
    expect(result.states().has('automations')).toBe(false);
  });

  test('is not asked for without end in a large workspace that refuses all', async () => {
    const many = page(Array.from({length: 150}, (_, index) => `user-${index}`));
    answer = (path) => (path === '/users' ? many : {status: 400});
    const result = await read(['automations']);
    expect(result.ends()).toEqual({automations: 'request_rejected'});
    expect(asked).toHaveLength(101);
    expect(result.states().has('automations')).toBe(false);
  });

  test('keeps no library file of others back, and none is taken for done while all are refused', async () => {
    answer = refusing('user-1');
    const streams = ['library_files', 'files'];
    const first = await read(streams);
    expect(first.records('files').map((row) => row.user_id)).toEqual(['user-2', 'user-3']);
    answer = refusing('user-');
    const refused = await read(streams);
    expect(refused.ends()).toEqual({library_files: 'request_rejected', files: 'completed'});
    answer = refusing();
    const later = await read(streams, refused.states());
    expect(later.records('files').map((row) => row.user_id)).toEqual(['user-1', 'user-2', 'user-3']);
  });
});

describe('a member whose objects the key may not list', () => {
  const withholding = (...withheld: readonly string[]): Answer => {
    return (path) => {
      if (path === '/users') return members;
      if (path === '/logs') return page([]);
      return withheld.some((id) => path.includes(id)) ? {status: 403} : page([`one of ${path}`]);
    };
  };

  test.each(['user-1', 'user-2', 'user-3'])('is passed over and counted, whoever comes last: %s', async (id) => {
    answer = withholding(id);
    const result = await read(['automations', 'library_files', 'files']);
    expect(result.ends()).toEqual({automations: 'completed', library_files: 'completed', files: 'completed'});
    const others = ['user-1', 'user-2', 'user-3'].filter((other) => other !== id);
    expect(result.records('automations').map((row) => row.user_id)).toEqual(others);
    expect(result.records('files').map((row) => row.user_id)).toEqual(others);
    expect(result.states().get('automations')).toMatchObject({pass: null});
    expect(result.log.filter((line) => line.includes('passed over 1 owners'))).toHaveLength(2);
    expect(result.log.join()).not.toContain(id);
  });

  test('may be the last one of a pass that goes on', async () => {
    answer = withholding('user-1', 'user-3');
    const pass = {captured_at: new Date().toISOString(), owner_done: 'user-2', owners_asked: 2};
    const result = await read(['automations'], new Map([['automations', {version: 1, completed: null, pass}]]));
    expect(result.ends()).toEqual({automations: 'completed'});
  });

  test('may be one of more than a state is withheld for', async () => {
    const many = page([...Array.from({length: 150}, (_, index) => `gone-${index}`), 'user-1']);
    answer = (path) => {
      if (path === '/users') return many;
      return path.includes('gone') && !path.includes('gone-0/') ? {status: 403} : page(['auto']);
    };
    const result = await read(['automations']);
    expect(result.ends()).toEqual({automations: 'completed'});
    expect(result.records('automations')).toHaveLength(2);
    expect(asked).toHaveLength(153);
  });

  test('fails the stream when nobody is answered, and no state calls anybody done', async () => {
    answer = withholding('user-');
    const result = await read(['automations', 'codex_tasks']);
    expect(result.ends()).toEqual({automations: 'stateful_scope_missing', codex_tasks: 'completed'});
    expect(result.states().has('automations')).toBe(false);
  });

  test('is not believed of a key that loses its scope within the pass: the next read asks for the rest', async () => {
    let isLost = false;
    const streams = ['automations', 'library_files', 'files'];
    answer = (path) => {
      if (path === '/users') return members;
      if (path === '/logs') return page([]);
      isLost ||= path.includes('user-2');
      return isLost ? {status: 403} : page([`one of ${path}`]);
    };
    const first = await read(streams);
    expect(first.ends()).toMatchObject({automations: 'stateful_scope_missing'});
    expect(first.states().has('automations')).toBe(false);
    answer = withholding();
    const second = await read(streams, first.states());
    const seen = (name: string): unknown[] =>
      [...first.records(name), ...second.records(name)].map((row) => row.user_id);
    expect(new Set(seen('automations'))).toEqual(new Set(['user-1', 'user-2', 'user-3']));
    expect(new Set(seen('files'))).toEqual(new Set(['user-1', 'user-2', 'user-3']));
  });
});

test('a refusal fails its stream with its own text, and no other', async () => {
  answer = (path) => (path === '/memories' ? {status: 403} : page(['x']));
  expect((await read(['memories', 'codex_tasks'])).ends()).toEqual({
    memories: 'stateful_scope_missing',
    codex_tasks: 'completed',
  });
});

test.each([
  ['gives no next position', {has_more: true}],
  ['gives the same position again', {has_more: true, cursor: 'again'}],
])('a listing that says there is more and %s stops loudly', async (_, more) => {
  answer = () => page([], more);
  const result = await read(['codex_tasks']);
  expect(result.ends()).toEqual({codex_tasks: 'listing_stuck'});
  expect(asked.length).toBeLessThan(4);
});

test('a circle of positions stops loudly', async () => {
  answer = (_, query) => page(['x'], {has_more: true, cursor: query.get('cursor') === 'a' ? 'b' : 'a'});
  expect((await read(['codex_tasks'])).ends()).toEqual({codex_tasks: 'listing_stuck'});
});

test.each([400, 404, 422])(
  'a saved position that the API no longer takes begins the listing anew: %s',
  async (status) => {
    answer = (_, query) => (query.has('cursor') ? {status} : page(['task-1']));
    const pass = {captured_at: new Date().toISOString(), owner: '', owner_after: 'old'};
    const result = await read(['codex_tasks'], new Map([['codex_tasks', {version: 1, completed: null, pass}]]));
    expect(result.ends()).toEqual({codex_tasks: 'completed'});
    expect(result.records('codex_tasks').map((row) => row.id)).toEqual(['task-1']);
  }
);

test('a pass goes on behind the member who was done, within the next one', async () => {
  answer = (path, query) => {
    if (path === '/users') return members;
    return query.has('after') ? page(['second']) : page(['first'], {has_more: true, last_id: 'first'});
  };
  const pass = {captured_at: '2999-01-01T00:00:00Z', owner_done: 'user-1', owner: 'user-2', owner_after: 'first'};
  const result = await read(['automations'], new Map([['automations', {version: 1, completed: null, pass}]]));
  expect(result.records('automations').map((row) => [row.user_id, row.id])).toEqual([
    ['user-2', 'second'],
    ['user-3', 'first'],
    ['user-3', 'second'],
  ]);
});

test('files are named by id, never by an address, and nothing but GET and POST is sent', async () => {
  answer = () => page(['g-1']);
  await read(['gpts', 'projects', 'skills']);
  expect(
    asked.filter((line) => /(gpts|projects)(\/g-1\/configs)?\?/.test(line) && !line.includes('file_format=id'))
  ).toEqual([]);
  expect(asked.filter((line) => !/^(GET|POST \S*skills)/.test(line))).toEqual([]);
});

test('an object without an id is a row all the same', async () => {
  answer = () => ({body: {data: [{title: 'lost'}, {id: 7}], has_more: false}});
  const rows = (await read(['codex_tasks'])).records('codex_tasks');
  expect(rows.map((row) => row.id)).toEqual(rows.map((row) => `unidentified:${String(row.object_sha256)}`));
  expect(rows.map((row) => row.object_json)).toEqual(['{"title":"lost"}', '{"id":7}']);
});

test.each([
  [
    ['CODEX_TURN', 'NEW_LOG'],
    ['codex_turn_logs', 'new_logs'],
  ],
  [['AUDIT_LOG', 'CONVERSATION_MESSAGE'], []],
])('extra_log_types %j offers %j', async (types, names) => {
  const {ChatGptEnterpriseSource} = await import('../../../source-chatgpt-enterprise/source');
  const source = new ChatGptEnterpriseSource();
  const config = configSchema.parse({workspace_id: 'ws-1', api_key: 'k', extra_log_types: types});
  const builtIn = new Set(source.streamDefinitions.map(({name}) => name));
  const extra = source.streamsOf(config).map(({name}) => name);
  expect(extra.filter((name) => !builtIn.has(name))).toEqual(names);
});

test('two log types that would be one stream are refused', async () => {
  const {ChatGptEnterpriseSource} = await import('../../../source-chatgpt-enterprise/source');
  const config = configSchema.parse({workspace_id: 'ws-1', api_key: 'k', extra_log_types: ['AUDIT', 'NEW']});
  expect(() => new ChatGptEnterpriseSource().streamsOf(config)).toThrow('audit_logs');
});

test('a part that the API refuses for one object is null in its row, is named, and harms no other', async () => {
  answer = (path) => {
    if (path === '/gpts/g-1/configs') return {status: 400};
    return path === '/gpts' ? page(['g-1', 'g-2']) : page(['part']);
  };
  const result = await read(['gpts']);
  expect(result.ends()).toEqual({gpts: 'completed'});
  expect(result.records('gpts').map((row) => [row.id, row['configurations_json']])).toEqual([
    ['g-1', null],
    ['g-2', '[{"id":"part"}]'],
  ]);
  expect(result.log.join()).toContain('part_refused: Of stream gpts the API refused "gpts/g-1/configs"');
});

test('a stopped pass whose member has left goes on with the page before, not with the first member', async () => {
  answer = (path, query) => {
    if (path !== '/users') return page([`auto of ${path}`]);
    const after = query.get('after');
    if (after === 'user-4') return {status: 400};
    return after === 'user-2' ? page(['user-3', 'user-5']) : page(['user-1', 'user-2'], {has_more: true});
  };
  const pass = {captured_at: '2999-01-01T00:00:00Z', previous: 'user-2', after: 'user-4', owners_asked: 4};
  const result = await read(['automations'], new Map([['automations', {version: 1, completed: null, pass}]]));
  expect(result.ends()).toEqual({automations: 'completed'});
  expect(result.records('automations').map((row) => row.user_id)).toEqual(['user-3', 'user-5']);
  expect(result.log.join()).not.toContain('pass_begun_anew');
});

test.each([400, 404])('a stopped pass none of whose positions is known any more begins anew: %s', async (status) => {
  answer = (path, query) => {
    if (path !== '/users') return page([`auto of ${path}`]);
    return query.has('after') ? {status} : members;
  };
  const pass = {captured_at: '2999-01-01T00:00:00Z', previous: 'user-2', after: 'user-4', owners_asked: 4};
  const result = await read(['automations'], new Map([['automations', {version: 1, completed: null, pass}]]));
  expect(result.records('automations').map((row) => row.user_id)).toEqual(['user-1', 'user-2', 'user-3']);
  expect(result.log.join()).toContain('pass_begun_anew');
});

test('members who join or leave between the reads of a pass: those who stay are asked for, each of them', async () => {
  let present = ['user-1', 'user-3', 'user-5', 'user-7'];
  answer = (path, query) => {
    if (path !== '/users') return page([`auto of ${path}`]);
    const [after = ''] = query.getAll('after');
    const rest = present.filter((id) => id > after);
    return page(rest.slice(0, 2), {has_more: rest.length > 2});
  };
  const pass = {captured_at: '2999-01-01T00:00:00Z', previous: 'user-1', after: 'user-3', owner_done: 'user-5'};
  present = ['user-1', 'user-6', 'user-7', 'user-8'];
  const result = await read(['automations'], new Map([['automations', {version: 1, completed: null, pass}]]));
  expect(result.records('automations').map((row) => row.user_id)).toEqual(['user-6', 'user-7', 'user-8']);
});

test('a pass of months ago is given up, and says so', async () => {
  answer = (path) => (path === '/users' ? members : page([`auto of ${path}`]));
  const pass = {captured_at: '2020-01-01T00:00:00Z', owner_done: 'user-2'};
  const result = await read(['automations'], new Map([['automations', {version: 1, completed: null, pass}]]));
  expect(result.records('automations').map((row) => row.user_id)).toEqual(['user-1', 'user-2', 'user-3']);
  expect(result.log.join()).toContain('pass_given_up');
});

test('a member who is withheld where the last read stopped within the listing is passed over', async () => {
  let isWithheld = false;
  let isCut = true;
  answer = (path, query) => {
    if (path === '/users') return page(['user-1', 'user-2']);
    if (path.startsWith('/users/user-2')) return page(['auto-3']);
    if (isWithheld) return {status: 403};
    if (!query.has('after')) return page(['auto-1'], {has_more: true});
    return isCut ? {status: 404} : page(['auto-2']);
  };
  const first = await read(['automations']);
  expect(first.ends()).toEqual({automations: 'listing_broken_off'});
  isWithheld = true;
  isCut = false;
  const second = await read(['automations'], first.states());
  expect(second.ends()).toEqual({automations: 'completed'});
  expect(second.records('automations').map((row) => row.id)).toEqual(['auto-3']);
});

test.each([400, 404, 410])(
  'a member whose listing breaks off with HTTP %s is not done: the next read begins it anew',
  async (status) => {
    let isGone = true;
    answer = (path, query) => {
      if (path === '/users') return page(['user-1']);
      if (!query.has('after')) return page(['auto-1'], {has_more: true});
      return isGone ? {status} : page(['auto-2']);
    };
    const first = await read(['automations']);
    expect(first.ends()).toEqual({automations: 'listing_broken_off'});
    answer = (path) => (path === '/users' ? page(['user-1']) : page(['auto-2', 'auto-3']));
    isGone = false;
    const second = await read(['automations'], first.states());
    expect(second.ends()).toEqual({automations: 'completed'});
    expect(second.records('automations').map((row) => row.id)).toEqual(['auto-2', 'auto-3']);
  }
);

test.each([400, 404])(
  'files of libraries begin anew where the member at whom they stopped is gone: %s',
  async (status) => {
    answer = (path, query) => {
      if (path === '/users') return query.has('after') ? {status} : page(['user-1', 'user-2']);
      if (/library_files$/.test(path)) return page([`lib of ${path.split('/')[2]!}`]);
      return page([]);
    };
    const pass = {
      captured_at: new Date().toISOString(),
      is_full: true,
      steps: 9,
      after: 'user-0',
      owner_done: 'user-05',
    };
    const objects = {library_files: {completed: null, full: null, settled_before: null, pass}};
    const not_before = new Date(Date.now() - 3_600_000).toISOString();
    const recent = {version: 1, last_end_time: null, not_before, done: []};
    const states = new Map([['files', {version: 1, recent, backlog: [], retry: [], objects}]]);
    const result = await read(['library_files', 'files'], states);
    expect(result.ends()).toEqual({library_files: 'completed', files: 'completed'});
    expect(result.records('files').map((row) => row.owner_id)).toEqual(['lib of user-1', 'lib of user-2']);
    expect(result.states().get('files')).toMatchObject({objects: {library_files: {pass: null}}});
  }
);

test('files of libraries go on where the member at whom they stopped is the last, and withheld since', async () => {
  answer = (path) => {
    if (path === '/users') return page(['user-1', 'user-2']);
    if (!/library_files$/.test(path)) return page([]);
    return path.includes('user-2') ? {status: 403} : page(['lib-1']);
  };
  const pass = {
    captured_at: new Date().toISOString(),
    is_full: true,
    steps: 9,
    owner_done: 'user-1',
    owner: 'user-2',
    owner_after: 'lib-2',
  };
  const objects = {library_files: {completed: null, full: null, settled_before: null, pass}};
  const not_before = new Date(Date.now() - 3_600_000).toISOString();
  const recent = {version: 1, last_end_time: null, not_before, done: []};
  const states = new Map([['files', {version: 1, recent, backlog: [], retry: [], objects}]]);
  const result = await read(['files', 'library_files'], states);
  expect(result.ends()).toEqual({library_files: 'completed', files: 'completed'});
  expect(result.states().get('files')).toMatchObject({objects: {library_files: {pass: null}}});
});

/** A state of `files` that stands so within the objects of one stream. */
function filesStandingAt(stream: string, objects: object): Map<string, unknown> {
  const not_before = new Date(Date.now() - 3_600_000).toISOString();
  const recent = {version: 1, last_end_time: null, not_before, done: []};
  const state = {version: 1, recent, backlog: [], retry: [], objects: {[stream]: objects}};
  return new Map([['files', state]]);
}

describe('where the last page of members holds none but one who is withheld', () => {
  const captured_at = new Date().toISOString();
  const untouched = {completed: null, full: null, settled_before: null};
  const states = filesStandingAt('library_files', {
    ...untouched,
    pass: {captured_at, is_full: true, steps: 9, after: 'user-2'},
  });
  states.set('library_files', {
    version: 1,
    completed: null,
    pass: {captured_at, owners_asked: 2, previous: 'user-0', after: 'user-2'},
  });
  const pages = (query: URLSearchParams) =>
    query.has('after') ? page(['user-3']) : page(['user-1', 'user-2'], {has_more: true});

  test('a pass that goes on there ends, because others are answered', async () => {
    answer = (path, query) => {
      if (path === '/users') return pages(query);
      if (!/library_files$/.test(path)) return page([]);
      return path.includes('user-3') ? {status: 403} : page(['lib']);
    };
    const result = await read(['files', 'library_files'], states);
    expect(result.ends()).toEqual({library_files: 'completed', files: 'completed'});
    expect(result.states().get('library_files')).toMatchObject({pass: null});
    expect(result.states().get('files')).toMatchObject({objects: {library_files: {pass: null}}});
  });

  test('the files wait loudly where nobody is answered, also when their objects are not due', async () => {
    answer = (path, query) => {
      if (path === '/users') return pages(query);
      return /library_files$/.test(path) ? {status: 403} : page([]);
    };
    const all = new Map([...states, ['library_files', {version: 1, completed: captured_at, pass: null}]]);
    const result = await read(['files', 'library_files'], all);
    expect(result.ends()).toEqual({library_files: 'completed', files: 'stateful_scope_missing'});
    expect(result.states().get('files')).toMatchObject({objects: {library_files: {pass: {after: 'user-2'}}}});
  });
});

test('a file that cannot be had now waits once, also when a pass that asks for all meets it again', async () => {
  const listed = {id: 'g-1', latest_config: {data: [{id: 'c-1', files: {data: [{id: 'file-1', name: 'a'}]}}]}};
  answer = (path) => {
    if (path === '/gpts') return {body: {data: [listed], has_more: false}};
    return path.startsWith('/gpt_files') ? {status: 418} : page([]);
  };
  const first = await read(['gpts', 'files']);
  const {retry, ...others} = first.states().get('files') as {retry: {file_id: string}[]};
  expect(retry).toMatchObject([{file_id: 'file-1'}]);
  const first_attempt_at = new Date(Date.now() - 24 * 3_600_000).toISOString(); // it is given up 48 hours after it
  const waiting = retry.map((one) => ({...one, first_attempt_at}));
  const second = await read(['gpts', 'files'], new Map([['files', {...others, objects: {}, retry: waiting}]]));
  expect(second.states().get('files')).toMatchObject({retry: [{file_id: 'file-1', first_attempt_at}]});
});

describe('a library file of some hours ago', () => {
  const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
  const kept = {id: 'lib-1', file_id: 'file-1', name: 'plan.pdf', created_at: hoursAgo(3).getTime() / 1000};
  const yesterday = hoursAgo(24).toISOString();
  const settled = {completed: yesterday, full: yesterday, settled_before: yesterday, pass: null};
  let state = 'ready';
  beforeEach(() => {
    answer = (path) => {
      if (path === '/users') return page(['user-1']);
      return path.endsWith('/library_files') ? {body: {data: [{...kept, state}], has_more: false}} : page([]);
    };
  });
  const filesOf = async (states: ReadonlyMap<string, unknown>): Promise<ReadResult> => {
    const streams = ['library_files', 'files'];
    return readSource({baseUrl: baseUrl()}, {streams, states, config: {refresh_hours: 0}});
  };

  test.each(['created', 'indexing'])(
    'that is not ready, but %s, is asked for once it is, by whichever later pass',
    async (early) => {
      state = early;
      let states: ReadonlyMap<string, unknown> = filesStandingAt('library_files', settled);
      for (let pass = 0; pass < 2; pass++) {
        const read = await filesOf(states);
        expect(read.records('files')).toEqual([]);
        states = read.states();
      }
      state = 'ready';
      const ready = await filesOf(states);
      expect(ready.records('files').map((row) => row.file_id)).toEqual(['file-1']);
      expect((await filesOf(ready.states())).records('files')).toEqual([]);
    }
  );

  test('is asked for though a clock that was ahead called it settled', async () => {
    const ahead = {...settled, settled_before: hoursAgo(-72).toISOString()};
    const read = await filesOf(filesStandingAt('library_files', ahead));
    expect(read.records('files').map((row) => row.file_id)).toEqual(['file-1']);
  });
});

test('a file that was uploaded long before it was given to a GPT is asked for, and none that was given before', async () => {
  const daysAgo = (days: number): number => Date.now() / 1000 - days * 86_400;
  const configuration = (ageDays: number, ...files: readonly [id: string, ageDays: number][]): object => ({
    id: `of ${ageDays}`,
    created_at: daysAgo(ageDays),
    files: {data: files.map(([id, age]) => ({id, created_at: daysAgo(age)}))},
  });
  const [newest, earlier] = [configuration(0.5, ['old', 20], ['added', 9]), configuration(12, ['old', 20])];
  const gpt = {id: 'g-1', latest_config: {data: [newest]}};
  answer = (path) => {
    if (path === '/gpts') return {body: {data: [gpt], has_more: false}};
    return path.endsWith('/configs') ? {body: {data: [newest, earlier], has_more: false}} : page([]);
  };
  const yesterday = new Date(daysAgo(1) * 1000).toISOString();
  const settled = {completed: yesterday, full: yesterday, settled_before: yesterday, pass: null};
  const result = await read(['gpts', 'files'], filesStandingAt('gpts', settled));
  expect(result.records('files').map((row) => row.file_id)).toEqual(['added']);
});

describe('the files of a GPT whose configurations are refused', () => {
  const day = 86_400;
  const now = Date.now() / 1000;
  const settled_before = new Date((now - day) * 1000).toISOString();
  const settled = {completed: settled_before, full: settled_before, settled_before, pass: null};
  const ids = (result: ReadResult): unknown[] => result.records('files').map((row) => row.file_id);
  const configuration = (id: string, ageDays: number, fileId: string): object => ({
    id,
    created_at: now - ageDays * day,
    files: {data: [{id: fileId, created_at: now - ageDays * day}]},
  });
  const gpt = (id: string, ageDays: number, fileId: string): object => ({
    id,
    latest_config: {data: [configuration(`of ${id}`, ageDays, fileId)]},
  });
  const listed = {body: {data: [gpt('g-old', 9, 'old'), gpt('g-new', 0.5, 'newest'), gpt('g-last', 0.4, 'last')]}};
  const refusing = (path: string): boolean => path === '/gpts/g-new/configs';

  test('and of no other that is new are those that its listing names, and no file behind it waits', async () => {
    answer = (path) => {
      if (path === '/gpts') return {body: {data: listed.body.data.slice(0, 2), has_more: false}};
      return refusing(path) ? {status: 403} : page([]);
    };
    const result = await read(['gpts', 'files'], filesStandingAt('gpts', settled));
    expect(result.ends()).toEqual({gpts: 'completed', files: 'completed'});
    expect(ids(result)).toEqual(['newest']);
    expect(result.log.join()).toContain('object_files_refused: Of 1 objects of stream gpts');
  });

  test.each([400, 403, 404])('in the middle are told and looked for again: HTTP %s', async (status) => {
    let isRefused = true;
    const configurations = [
      configuration('of g-new', 0.5, 'newest'),
      configuration('one', 0.6, 'earlier'),
      configuration('two', 0.7, 'earliest'),
    ];
    answer = (path, query) => {
      if (path === '/gpts') return {body: {...listed.body, has_more: false}};
      if (!refusing(path)) return page([]);
      if (!query.has('after')) return {body: {data: configurations.slice(0, 2), has_more: true, last_id: 'one'}};
      return isRefused ? {status} : {body: {data: configurations.slice(2), has_more: false}};
    };
    const first = await read(['gpts', 'files'], filesStandingAt('gpts', settled));
    expect(first.ends()).toEqual({gpts: 'completed', files: 'completed'});
    expect(ids(first)).toEqual(['newest', 'earlier', 'last']);
    expect(first.log.join()).toContain('object_files_refused: Of 1 objects of stream gpts');
    isRefused = false;
    const second = await readSource(
      {baseUrl: baseUrl()},
      {streams: ['gpts', 'files'], states: first.states(), config: {refresh_hours: 0}}
    );
    expect(ids(second)).toContain('earliest');
    const later: unknown = expect.not.stringContaining(settled_before);
    expect(second.states().get('files')).toMatchObject({objects: {gpts: {settled_before: later}}});
  });
});

test.each([
  {stream: 'codex_tasks', by: 'its cursor', count: 1, more: {cursor: 'next'}},
  {stream: 'codex_environments', by: 'a full page', count: 30, more: {}},
])('a page of $stream that does not say if there is more is followed by $by', async ({count, more, stream}) => {
  answer = (_, query) => {
    const isFirst = !query.has('cursor') && !query.has('after');
    const {body} = page(
      isFirst ? Array.from({length: count}, (_each, index) => `object-${index}`) : ['last'],
      isFirst ? more : {}
    );
    return {body: {...body, has_more: undefined}};
  };
  const result = await read([stream]);
  expect(result.ends()).toEqual({[stream]: 'completed'});
  expect(result.records(stream)).toHaveLength(count + 1);
});

test('a member whose id is a number is asked for, and one without an id is counted as passed over', async () => {
  answer = (path) => {
    if (path === '/users') return {body: {data: [{id: 7}, {email: 'ana@acme.test'}, {id: 'user-3'}], has_more: false}};
    return page([`auto of ${path}`]);
  };
  const result = await read(['automations']);
  expect(result.ends()).toEqual({automations: 'completed'});
  expect(result.records('automations').map((row) => row.user_id)).toEqual(['7', 'user-3']);
  expect(result.log.join()).toContain('passed over 1 owners');
});
