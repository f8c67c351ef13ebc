// The policy through the whole destination: what is excluded, set aside, masked, marked, routed, and how it is explained.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {itemPaths, readArchive, readOriginals, readSetAside} from './archive-reader';
import {chunkRows, fileRow, messageLines, messageRow, recordLine, stateLine, userRow, workspace} from './contract-rows';
import {DestinationProcess, type RunSettings, temporaryFolder, verify, write} from './destination-process';

const card = '4111 1111 1111 1111';

interface ReportShape {
  readonly streams: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly left_out_by_rule: Readonly<Record<string, number>>;
  readonly unmapped_people: readonly string[];
  readonly policy_version: string;
}

function readReport(path: string): ReportShape {
  const folder = join(path, '.arctera-archive', workspace, 'reports');
  const [name = ''] = readdirSync(folder)
    .filter((each) => each.endsWith('.json'))
    .sort()
    .slice(-1);
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as ReportShape;
}

async function show(settings: RunSettings, event: string): Promise<Record<string, unknown>> {
  const run = new DestinationProcess('show', {...settings, options: ['--event', event]});
  run.end();
  const exit = await run.ended();
  const line = run.outputs.map(({log}) => log?.message ?? '').find((message) => message.startsWith('{'));
  return {exit, ...(line === undefined ? {} : (JSON.parse(line) as Record<string, unknown>))};
}

test('an excluded conversation is counted with its rule, left out with its files, and its states are released', async () => {
  const path = temporaryFolder();
  const config = {
    rules: [{name: 'no-lunch', keyword_lists: ['lunch'], disposition: 'exclude'}],
    keyword_lists: [{name: 'lunch', keywords: ['sandwich']}],
  };
  const bytes = Buffer.from('menu');
  const lines = [
    ...messageLines(
      {event: 'e1', text: 'A Sandwich, please', files: ['file-1']},
      {event: 'e2', text: 'Here you are', author: 'assistant', after: 'msg-e1'},
      {event: 'e3', text: 'About the budget', conversation: 'conv-2'}
    ),
    stateLine('messages', {at: 1}, 3),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes})),
    stateLine('files', {at: 1}, 1),
    ...chunkRows({file: 'file-1', event: 'e1', bytes}).map((row) => recordLine('file_chunks', row)),
    stateLine('file_chunks', {at: 1}, 1),
  ];
  const {run, exit} = await write({path, config}, lines);
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(['file_chunks:{"at":1}', 'files:{"at":1}', 'messages:{"at":1}']);
  const items = await readArchive(path);
  expect(items.map(({text}) => text).join()).toContain('About the budget');
  expect(items).toHaveLength(1);
  const report = readReport(path);
  expect(report.streams['messages']).toMatchObject({collected: 3, delivered: 1, excluded: 2});
  expect(report.streams['files']).toMatchObject({collected: 1, excluded: 1});
  expect(report.streams['file_chunks']).toMatchObject({collected: 1, excluded: 1});
  expect(report.left_out_by_rule).toEqual({'no-lunch': 4}); // its file and the bytes of that too
  expect(run.logText).not.toContain('andwich');
  expect(await verify(path)).toBe(0);
  expect(await show({path, config}, 'e2')).toMatchObject({
    exit: 0,
    outcome: 'excluded',
    rules: ['no-lunch'],
    policy_version: report.policy_version,
    sha256: messageRow({event: 'e2', text: 'Here you are', author: 'assistant', after: 'msg-e1'}).event_sha256,
  });
  expect(await show({path, config}, 'e3')).toMatchObject({
    exit: 0,
    outcome: 'delivered',
    reason: 'no rule says otherwise',
  });
  expect(await show({path, config}, 'e9')).toEqual({exit: 1});
});

test('what one policy excluded is a repeat under the same policy, and decided afresh under another', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'nothing', roles: ['user'], disposition: 'exclude'}]};
  const lines = messageLines({event: 'e1'});
  await write({path, config}, lines);
  expect(itemPaths(path)).toEqual([]);
  await write({path, config}, lines);
  expect(readReport(path).streams['messages']).toMatchObject({duplicate: 1});
  const {exit} = await write({path}, lines);
  expect(exit).toBe(0);
  expect(await readOriginals(path)).toEqual([messageRow({event: 'e1'}).event]);
  expect(await verify(path)).toBe(0);
});

test.each([
  ['the same policy', [{name: 'nothing', roles: ['user'], disposition: 'exclude'}]],
  ['another policy', []],
])('what was excluded and comes again with other bytes is a conflict under %s', async (_, rules) => {
  const path = temporaryFolder();
  const excluding = {rules: [{name: 'nothing', roles: ['user'], disposition: 'exclude'}]};
  await write({path, config: excluding}, messageLines({event: 'e1', text: 'as it was'}));
  const other = messageLines({event: 'e1', text: 'as it never was'});
  const {exit} = await write({path, config: {rules}}, [...other, ...other]);
  expect(exit).toBe(0);
  expect(readReport(path).streams['messages']).toMatchObject({set_aside: 1, duplicate: 1});
  expect(itemPaths(path)).toEqual([]);
  expect(readSetAside(path, workspace).map(({code}) => code)).toEqual(['event_id_conflict']);
  // What was excluded is decided afresh all the same.
  await write({path}, messageLines({event: 'e1', text: 'as it was'}));
  expect(await readOriginals(path)).toEqual([messageRow({event: 'e1', text: 'as it was'}).event]);
  expect(await verify(path)).toBe(0);
});

test('what one policy excluded and another wants looked at is set aside when it comes again', async () => {
  const path = temporaryFolder();
  const lines = [...messageLines({event: 'e1'}), recordLine('orders', {id: 1, workspace_id: workspace})];
  const settings = (disposition: string): RunSettings => ({
    path,
    streams: ['messages', 'orders'],
    config: {rules: [{name: 'all', disposition}]},
  });
  await write(settings('exclude'), lines);
  expect(readReport(path).streams).toMatchObject({messages: {excluded: 1}, orders: {excluded: 1}});
  await write(settings('set_aside'), lines);
  expect(readReport(path).streams).toMatchObject({messages: {set_aside: 1}, orders: {set_aside: 1}});
  expect(readSetAside(path, workspace).map(({code}) => code)).toEqual(['policy_review', 'policy_review']);
  await write(settings('set_aside'), lines);
  expect(readReport(path).streams).toMatchObject({messages: {duplicate: 1}, orders: {duplicate: 1}});
  expect(await verify(path)).toBe(0);
});

test('what waits for review is a repeat with its file and the bytes of that, when all comes again', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'look', patterns: ['plan'], disposition: 'set_aside'}]};
  const row = {file: 'file-1', event: 'e1', bytes: Buffer.from('a plan')};
  const lines = [
    ...messageLines({event: 'e1', text: 'the plan', files: ['file-1']}),
    recordLine('files', fileRow(row)),
    ...chunkRows(row).map((chunk) => recordLine('file_chunks', chunk)),
  ];
  const countsOf = async (): Promise<unknown> => {
    expect((await write({path, config}, lines)).exit).toBe(0);
    return readReport(path).streams;
  };
  const [once, again] = [
    {set_aside: 1, duplicate: 0},
    {set_aside: 0, duplicate: 1},
  ];
  expect(await countsOf()).toMatchObject({messages: once, files: once, file_chunks: once});
  expect(await countsOf()).toMatchObject({messages: again, files: again, file_chunks: again});
  expect(readSetAside(path, workspace)).toHaveLength(3);
  expect(await verify(path)).toBe(0);
});

test('a file that one policy excluded is a repeat under the same policy, and decided afresh under another', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'no-lists', patterns: ['list-1'], disposition: 'exclude'}]};
  const row = {file: 'list-1', event: 'e1', bytes: Buffer.from('a list')};
  const lines = [
    recordLine('files', fileRow(row)),
    ...chunkRows(row).map((chunk) => recordLine('file_chunks', chunk)),
    stateLine('files', {at: 1}, 1),
    stateLine('file_chunks', {at: 1}, 1),
  ];
  await write({path, config}, lines);
  expect(readReport(path).left_out_by_rule).toEqual({'no-lists': 2});
  await write({path, config}, lines);
  expect(readReport(path).streams).toMatchObject({files: {context: 1}, file_chunks: {duplicate: 1}});
  expect(itemPaths(path)).toEqual([]);
  const {run, exit} = await write({path}, lines);
  expect(exit).toBe(0);
  expect(run.states).toHaveLength(2);
  expect((await readArchive(path)).map(({attachments}) => attachments)).toEqual([
    [{name: 'list-1.bin', content: row.bytes}],
  ]);
  await write({path}, lines);
  expect(itemPaths(path)).toHaveLength(1);
  expect(await verify(path)).toBe(0);
});

test('a file whose message is decided afresh waits for that, though what does not fit into the memory goes before', async () => {
  const path = temporaryFolder();
  const common = {hold_megabytes: 0.1};
  const config = {...common, rules: [{name: 'no-lunch', patterns: ['sandwich'], disposition: 'exclude'}]};
  const message = messageLines({event: 'e1', conversation: 'c-lunch', text: 'a sandwich', files: ['menu']});
  await write({path, config}, message);
  expect(readReport(path).streams['messages']).toMatchObject({excluded: 1});
  const row = {file: 'menu', event: 'e1', bytes: Buffer.from('the menu'), conversation: 'c-lunch'};
  const others = (from: number, until: number): string[] =>
    Array.from({length: until - from}, (_, index) => `other-${from + index}`).flatMap((event) =>
      messageLines({event, conversation: event, text: 'x'.repeat(3000)})
    );
  const {exit} = await write({path, config: common}, [
    ...others(0, 61),
    ...message,
    recordLine('files', fileRow(row)),
    ...chunkRows(row).map((chunk) => recordLine('file_chunks', chunk)),
    ...others(61, 120),
  ]);
  expect(exit).toBe(0);
  expect(readReport(path).streams).toMatchObject({messages: {delivered: 121}, files: {context: 1, excluded: 0}});
  const attached = (await readArchive(path)).flatMap(({attachments}) => attachments);
  expect(attached).toEqual([{name: 'menu.bin', content: row.bytes}]);
  expect(await verify(path)).toBe(0);
});

test('what a rule sets aside for review is kept whole beside the archive, its uploads too', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'review-cards', detectors: ['payment_card'], disposition: 'set_aside'}]};
  const bytes = Buffer.from('a statement');
  const spec = {event: 'e1', text: `my card is ${card}`, files: ['file-1']};
  const {run, exit} = await write({path, config}, [
    ...messageLines(spec),
    stateLine('messages', {at: 1}, 1),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes})),
    stateLine('files', {at: 1}, 1),
    ...chunkRows({file: 'file-1', event: 'e1', bytes}).map((row) => recordLine('file_chunks', row)),
    stateLine('file_chunks', {at: 1}, 1),
  ]);
  expect(exit).toBe(0);
  expect(run.states).toHaveLength(3);
  expect(itemPaths(path)).toEqual([]);
  const folder = join(path, '.arctera-archive', workspace, 'set-aside');
  expect(readFileSync(join(folder, `${sha256Hex(bytes)}.bytes`))).toEqual(bytes);
  const copies = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as {code: string; record: string});
  expect(copies.map(({code}) => code)).toEqual(['policy_review', 'policy_review', 'policy_review']);
  expect(copies.map(({record}) => record)).toContain(messageRow(spec).event);
  expect(await verify(path)).toBe(0);
  expect(await show({path, config}, 'e1')).toMatchObject({outcome: 'set_aside', rules: ['review-cards']});
  expect(run.logText).not.toContain('4111');
});

test('a redaction masks text, page, title, names and originals, and keeps JSON and the hash of the whole event', async () => {
  const path = temporaryFolder();
  const config = {
    custom_detectors: [{name: 'account', pattern: 'ACC-[0-9]{4}'}],
    rules: [
      {
        name: 'mask',
        redact: ['payment_card', 'account'],
        tags: ['masked', 'cards'],
        retention_category: 'communications',
        retention_days: 2555,
        legal_hold: 'matter-17',
      },
    ],
  };
  const spec = {event: 'e1', text: `pay "${card}"\nfrom ACC-1234 — thanks`, title: `Card ${card}`, files: ['ACC-9999']};
  const {exit} = await write({path, config}, messageLines(spec));
  expect(exit).toBe(0);
  const [itemPath = ''] = itemPaths(path);
  const raw = readFileSync(join(path, itemPath), 'utf8');
  expect(raw).toContain('X-AI-Tags: masked, cards');
  expect(raw).toContain('X-AI-Retention-Category: communications');
  expect(raw).toContain('X-AI-Retention-Days: 2555');
  expect(raw).toContain('X-AI-Legal-Hold: matter-17');
  expect(raw).toMatch(/X-AI-Redactions: account=\d+, payment_card=2/);
  const [item] = await readArchive(path);
  expect(item?.text).toContain('pay "[redacted payment card]"');
  expect(item?.text).toContain('from [redacted account] — thanks');
  expect(item?.subject).toContain('[redacted payment card]');
  const [original = ''] = item?.originals ?? [];
  expect(original).not.toMatch(/4111|ACC-1234/);
  expect(original).toContain('"serial": 12345678901234567890'); // the rest keeps its exact text
  expect(JSON.parse(original)).toMatchObject({
    event_id: 'e1',
    message: {
      id: 'msg-e1',
      content: {
        value: expect.stringMatching(/^pay "\[redacted payment card\]"\nfrom \[redacted account\] — thanks/) as unknown,
      },
    },
    conversation: {id: 'conv-1'},
  });
  expect(await show({path, config}, 'e1')).toMatchObject({
    outcome: 'delivered',
    sha256: messageRow(spec).event_sha256,
    rules: ['mask'],
    item: {tags: ['masked', 'cards'], legal_hold: 'matter-17', retention: {category: 'communications', days: 2555}},
  });
  expect(await verify(path)).toBe(0);
});

test('an item that two rules hold for two matters says both wherever it says one', async () => {
  const path = temporaryFolder();
  const matters = ['first', 'second', 'third'].map((name) => `${name} matter ${'x'.repeat(40)}`);
  const config = {rules: matters.map((legal_hold, index) => ({name: `r${index}`, legal_hold}))};
  const {exit} = await write({path, config}, messageLines({event: 'e1'}));
  expect(exit).toBe(0);
  const all = matters.join(', ');
  const [itemPath = ''] = itemPaths(path);
  const raw = readFileSync(join(path, itemPath), 'utf8').replaceAll(/\r\n(?=[ \t])/g, '');
  expect(raw).toContain(`X-AI-Legal-Hold: ${all}\r\n`);
  const [item] = await readArchive(path);
  expect(item?.text.replaceAll(/\s+/g, ' ')).toContain(`Legal hold: ${all}`);
  expect(JSON.parse(readFileSync(join(path, `${itemPath}.retention.json`), 'utf8'))).toMatchObject({legal_hold: all});
  expect(await show({path, config}, 'e1')).toMatchObject({item: {legal_hold: all}});
  expect(await verify(path)).toBe(0);
});

test('a copy goes to each target whose rule matches, under one address with the same bytes', async () => {
  const path = temporaryFolder();
  const trading = temporaryFolder();
  const legal = temporaryFolder();
  const folder = (name: string, where: string): object => ({name, target: {type: 'folder', path: where}});
  const config = {
    additional_targets: [folder('trading', trading), folder('legal', legal)],
    keyword_lists: [{name: 'deals', keywords: ['front running', 'bonus NEAR/3 secret']}],
    rules: [
      {name: 'deals', keyword_lists: ['deals'], targets: ['trading']},
      {name: 'suits', patterns: ['law\\s*suit'], targets: ['legal']},
    ],
    routing_mode: 'copy_per_match',
    routing_no_match: 'exclude_and_count',
  };
  const {exit} = await write({path, config}, [
    ...messageLines(
      {event: 'e1', conversation: 'c1', text: 'Front-running ends in a lawsuit'},
      {event: 'e2', conversation: 'c2', text: 'the bonus stays our secret', files: ['file-1']},
      {event: 'e3', conversation: 'c3', text: 'nothing of note'}
    ),
    stateLine('messages', {at: 1}, 3),
  ]);
  expect(exit).toBe(0);
  expect(itemPaths(path)).toEqual([]);
  expect(itemPaths(trading)).toHaveLength(2);
  expect(itemPaths(legal)).toHaveLength(1);
  const [shared = ''] = itemPaths(legal);
  expect(readFileSync(join(trading, shared))).toEqual(readFileSync(join(legal, shared)));
  expect(readReport(path).streams['messages']).toMatchObject({delivered: 2, excluded: 1});
  expect(await show({path, config}, 'e1')).toMatchObject({item: {targets: ['trading', 'legal']}});
  expect(await show({path, config}, 'e3')).toMatchObject({outcome: 'excluded', rules: ['routing_no_match']});
  // A file that comes later goes where its message went.
  const bytes = Buffer.alloc(2_000_000, 7);
  const late = await write({path, config}, [
    recordLine('files', fileRow({file: 'file-1', event: 'e2', bytes, conversation: 'c2'})),
    ...chunkRows({file: 'file-1', event: 'e2', bytes, conversation: 'c2'}).map((row) => recordLine('file_chunks', row)),
  ]);
  expect(late.exit).toBe(0);
  expect(itemPaths(trading)).toHaveLength(3);
  expect(itemPaths(path)).toEqual([]);
  expect(await verify(path, config)).toBe(0);
});

test('files that come later go each where their message went, though one conversation names them', async () => {
  const [path, trading] = [temporaryFolder(), temporaryFolder()];
  const config = {
    additional_targets: [{name: 'trading', target: {type: 'folder', path: trading}}],
    keyword_lists: [{name: 'deals', keywords: ['falcon']}],
    rules: [
      {name: 'deals', keyword_lists: ['deals'], targets: ['trading'], legal_hold: 'matter-1', tags: ['deal']},
      {name: 'unknown', patterns: ['unheard'], disposition: 'exclude'},
    ],
    routing_mode: 'first_match',
  };
  const sent = await write({path, config}, [
    ...messageLines(
      {event: 'e1', at: '2026-01-15T09:30:00.000000Z', text: 'lunch', files: ['plain']},
      {event: 'e2', at: '2026-01-16T09:30:00.000000Z', text: 'falcon', files: ['held']},
      {event: 'e3', at: '2026-01-16T09:31:00.000000Z', text: 'the same', files: ['held-too']}
    ),
    stateLine('messages', {at: 1}, 3),
  ]);
  expect(sent.exit).toBe(0);
  const files = [
    {file: 'unheard', event: 'e0', bytes: Buffer.from('of a message that nobody has seen')},
    {file: 'plain', event: 'e1', bytes: Buffer.from('of lunch')},
    {file: 'held', event: 'e2', bytes: Buffer.from('of a deal')},
    {file: 'held-too', event: 'e3', bytes: Buffer.from('of a deal too')},
  ];
  const lines = [
    ...files.map((file) => recordLine('files', fileRow(file))),
    ...files.flatMap((file) => chunkRows(file).map((row) => recordLine('file_chunks', row))),
    stateLine('files', {at: 1}, 4),
    stateLine('file_chunks', {at: 1}, 4),
  ];
  const previewed = new DestinationProcess('policy-test', {path, config, options: ['--ledger', 'read']});
  previewed.feed(lines);
  previewed.end();
  expect(await previewed.ended()).toBe(0);
  expect(
    previewed.outputs.flatMap(({log}) =>
      log?.message.startsWith('{') === true ? [JSON.parse(log.message) as object] : []
    )
  ).toMatchObject([
    {late_files_of: 'e0', disposition: 'exclude'},
    {late_files_of: 'e1', targets: ['default'], tags: []},
    {late_files_of: 'e2', targets: ['trading'], tags: ['deal'], legal_hold: 'matter-1', records: ['held', 'held-too']},
  ]);

  const late = await write({path, config}, lines);
  expect(late.exit).toBe(0);
  expect(late.run.states).toHaveLength(2);
  const namesIn = async (folder: string): Promise<string[][]> =>
    (await readArchive(folder))
      .filter(({kind}) => kind === 'addendum')
      .map((item) => item.attachments.map(({name}) => name));
  expect(await namesIn(path)).toEqual([['plain.bin']]);
  expect(await namesIn(trading)).toEqual([['held.bin', 'held-too.bin']]);
  for (const item of itemPaths(trading))
    expect(readFileSync(join(trading, item), 'utf8')).toContain('X-AI-Legal-Hold: matter-1\r\n');
  expect(readReport(path).left_out_by_rule).toEqual({unknown: 2});
  expect(await verify(path, config)).toBe(0);
});

test('a late file whose message lies in a target that is gone from the configuration is a matter of that', async () => {
  const [path, trading] = [temporaryFolder(), temporaryFolder()];
  const config = {
    additional_targets: [{name: 'trading', target: {type: 'folder', path: trading}}],
    rules: [{name: 'deals', patterns: ['falcon'], targets: ['trading']}],
    routing_mode: 'first_match',
  };
  await write({path, config}, messageLines({event: 'e1', text: 'falcon', files: ['late']}));
  const row = {file: 'late', event: 'e1', bytes: Buffer.from('of a deal')};
  const lines = [
    recordLine('files', fileRow(row)),
    ...chunkRows(row).map((chunk) => recordLine('file_chunks', chunk)),
    stateLine('files', {at: 1}, 1),
  ];
  const without = await write({path}, lines);
  expect(without.exit).toBe(1);
  expect(without.run.states).toEqual([]);
  expect(without.run.errors).toMatchObject([{failure_type: 'config_error'}]);
  expect(without.run.errors[0]?.message).toContain('in the target trading, which is not configured');
  const again = await write({path, config: {...config, rules: []}}, lines);
  expect(again.exit).toBe(0);
  expect(again.run.states).toHaveLength(1);
  expect((await readArchive(trading)).flatMap(({attachments}) => attachments)).toEqual([
    {name: 'late.bin', content: row.bytes},
  ]);
  expect(await verify(path, config)).toBe(0);
});

test('people are filed under their corporate identity, and only the monitored ones', async () => {
  const path = temporaryFolder();
  const config = {
    identity_map_csv:
      'collector_id,corp_email,display_name,monitor\nuser-ada,ada.l@acme.test,"Ada, Countess",yes\nuser-bob,bob@acme.test,Bob,no\n',
    user_lists: [{name: 'quiet', members: ['@out.test']}],
    monitored_users: 'exclude',
    monitored_list: ['list:quiet'],
  };
  const {exit} = await write({path, config}, [
    recordLine('users', userRow('user-ada', 'Ada', 'ada@gpt.test')),
    ...messageLines(
      {event: 'e1', conversation: 'c1', user: 'user-ada', email: 'ada@gpt.test'},
      {event: 'e2', conversation: 'c2', user: 'user-bob'},
      {event: 'e3', conversation: 'c3', user: 'user-cy', email: 'cy@out.test'},
      {event: 'e4', conversation: 'c4', user: 'user-dee', email: 'dee@gpt.test'}
    ),
  ]);
  expect(exit).toBe(0);
  const items = await readArchive(path);
  expect(items.map(({from}) => from).sort()).toEqual(['"Ada, Countess" <ada.l@acme.test>', 'dee@gpt.test']);
  const report = readReport(path);
  expect(report.streams['messages']).toMatchObject({delivered: 2, excluded: 2});
  expect(report.left_out_by_rule).toEqual({monitored_users: 2});
  expect(report.unmapped_people).toEqual(['user-cy', 'user-dee']);
});

test('one person who is known by several ids and addresses is filed once, in every format', async () => {
  const path = temporaryFolder();
  const ada = {corp_email: 'ada.l@acme.test', display_name: 'Ada'};
  const config = {
    formats: ['eml', 'rsmf', 'text_delimited'],
    identity_map: [
      {collector_id: 'user-a1', ...ada},
      {collector_id: 'Ada@New.test', ...ada},
    ],
    monitored_users: 'include',
    monitored_list: ['ADA.L@acme.test'],
  };
  const {exit} = await write({path, config}, [
    ...messageLines(
      {event: 'e1', user: 'user-a1', email: 'ada@old.test'},
      {event: 'e2', user: 'user-a2', email: 'ada@new.test', after: 'msg-e1'},
      {event: 'e3', user: 'user-a1', email: null, conversation: 'c2'},
      {event: 'e4', user: 'user-bob', conversation: 'c3'}
    ),
  ]);
  expect(exit).toBe(0);
  const items = await readArchive(path);
  expect(items.map(({from, originals}) => [from, originals.length]).sort()).toEqual([
    ['"Ada" <ada.l@acme.test>', 1],
    ['"Ada" <ada.l@acme.test>', 2],
  ]);
  for (const {path: name, text} of items) {
    const [head = ''] = readFileSync(join(path, name), 'latin1').split('\r\n\r\n');
    expect(/^To: .*(?:\r\n .*)*/m.exec(head)?.[0]).not.toContain('ada');
    expect(text).not.toMatch(/^Others/m);
  }
  const report = readReport(path);
  expect(report.streams['messages']).toMatchObject({delivered: 3, excluded: 1});
  expect(report.unmapped_people).toEqual(['user-bob']);
  expect(await verify(path, config)).toBe(0);
});

test('rules that contradict each other: a hold protects from what comes after it, and from nothing before', async () => {
  const hold = {name: 'hold', users: ['user-ada'], legal_hold: 'm-1'};
  const drop = {name: 'drop', disposition: 'exclude'};
  const review = {name: 'review', disposition: 'set_aside'};
  const lines = messageLines({event: 'e1'}, {event: 'e2', conversation: 'c2', user: 'user-bob'});
  for (const [rules, ada, bob] of [
    [
      [hold, drop],
      ['delivered', ['hold', 'drop']],
      ['excluded', ['drop']],
    ],
    [
      [drop, hold],
      ['excluded', ['drop']],
      ['excluded', ['drop']],
    ],
    [
      [hold, review, drop],
      ['set_aside', ['review']],
      ['set_aside', ['review']],
    ],
    [
      [hold, drop, review],
      ['set_aside', ['review']],
      ['excluded', ['drop']],
    ],
  ] as const) {
    const path = temporaryFolder();
    const config = {rules, set_aside_percent: 100};
    expect((await write({path, config}, lines)).exit).toBe(0);
    const told = [await show({path, config}, 'e1'), await show({path, config}, 'e2')];
    expect(told.map(({outcome, rules: named}) => [outcome, named])).toEqual([ada, bob]);
    expect(await verify(path, config)).toBe(0);
  }
});

test('attachments are left out with a note, or make an item fail, as the policy says', async () => {
  const bytes = Buffer.from('bytes');
  const lines = [
    ...messageLines({event: 'e1', files: ['file-1', 'file-2']}),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes})),
    ...chunkRows({file: 'file-1', event: 'e1', bytes}).map((row) => recordLine('file_chunks', row)),
    recordLine('files', fileRow({file: 'file-2', event: 'e1', outcome: 'expired'})),
  ];
  const denied = temporaryFolder();
  await write({path: denied, config: {attachment_deny: ['.BIN'], attachment_note: 'Removed under policy 12.'}}, lines);
  const [item] = await readArchive(denied);
  expect(item?.attachments).toEqual([]);
  expect(item?.text).toContain('Removed under policy 12.');
  expect(await verify(denied)).toBe(0);

  for (const [config, note] of [
    [{attachment_mode: 'replace_all'}, 'attachments are not archived'],
    [{attachment_allow: ['pdf']}, 'files of this type are not archived'],
    [{max_attachment_megabytes: 0.000001}, 'the file is larger than 0.000001 MB'],
  ] as const) {
    const path = temporaryFolder();
    await write({path, config}, lines);
    const [without] = await readArchive(path);
    expect(without?.attachments).toEqual([]);
    expect(without?.text).toContain(note);
    // Named again a run later: its bytes do not come again, and lie in no item.
    const again = {file: 'file-1', event: 'e3', conversation: 'c3', bytes};
    await write({path, config}, [
      ...messageLines({event: 'e3', conversation: 'c3', files: ['file-1']}),
      recordLine('files', fileRow(again)),
    ]);
    const texts = (await readArchive(path)).map(({text}) => text);
    expect(texts.filter((text) => text.includes(`file-1.bin — left out by policy: ${note}`))).toHaveLength(2);
    expect(await verify(path, config)).toBe(0);
  }

  const byDefault = temporaryFolder();
  await write({path: byDefault}, lines);
  const [withOne] = await readArchive(byDefault);
  expect(withOne?.attachments.map(({content}) => content)).toEqual([bytes]);
  expect(withOne?.text).toContain('file-2.bin — not captured: ChatGPT no longer held the file when it was read');

  const failing = temporaryFolder();
  const {run, exit} = await write({path: failing, config: {attachment_mode: 'fail'}}, [
    ...lines,
    stateLine('files', {at: 1}, 2),
  ]);
  expect(exit).toBe(0);
  expect(itemPaths(failing)).toEqual([]);
  expect(run.told).toEqual(['files:{"at":1}']);
  expect(await show({path: failing}, 'e1')).toMatchObject({outcome: 'set_aside', rules: ['attachment_mode']});
});

test.each([
  [{rules: [{name: 'bad', patterns: ['(?<=a)b']}]}, 'rule 1 (bad): patterns.0'],
  [{rules: [{name: 'ok'}, {name: 'lost', targets: ['nowhere']}]}, 'rule 2 (lost): there is no target "nowhere"'],
  [{rules: [{name: 'odd', expression: 'record.text &&& 1'}]}, 'rule 1 (odd): expression'],
  [{rules: [{name: 'open', expression: "false && record.text.matches('(a')"}]}, 'rule 1 (open): expression'],
  [{rules: [{name: 'r', detectors: ['pin']}]}, 'rule 1 (r): there is no detector "pin"'],
  [{custom_detectors: [{name: 'all', pattern: 'a*'}]}, 'custom_detectors.0 (all): it matches the empty text'],
  [{identity_map_csv: 'collector_id,corp_email\nu,not-an-address'}, 'identity_map_csv, row 1, corp_email'],
])('check fails on %j', async (config, problem) => {
  const run = new DestinationProcess('check', {path: temporaryFolder(), config});
  run.end();
  await run.ended();
  expect(run.status?.status).toBe('FAILED');
  expect(run.status?.message).toContain(problem);
});

test('policy-test tells what would happen to each item, and delivers nothing', async () => {
  const path = temporaryFolder();
  const config = {
    rules: [
      {name: 'no-temps', temporary_chat: 'yes', disposition: 'exclude'},
      {name: 'cards', detectors: ['payment_card'], redact: ['payment_card'], tags: ['cards']},
    ],
    monitored_users: 'exclude',
    monitored_list: ['user-bob'],
  };
  const run = new DestinationProcess('policy-test', {path, config});
  run.feed([
    ...messageLines(
      {event: 'e1', text: `card ${card}`},
      {event: 'e2', author: 'assistant', after: 'msg-e1'},
      {event: 'e3', conversation: 'c2', user: 'user-bob'}
    ),
    recordLine('memories', {id: 'm1', user_id: 'user-bob', text: 'likes tea'}),
  ]);
  run.end();
  expect(await run.ended()).toBe(0);
  const previews = run.outputs.flatMap(({log}) =>
    log?.message.startsWith('{') === true ? [JSON.parse(log.message) as unknown] : []
  );
  expect(previews).toContainEqual(
    expect.objectContaining({
      records: ['e1', 'e2'],
      disposition: 'archive',
      rules: ['cards'],
      tags: ['cards'],
      redacted: {payment_card: 1},
    })
  );
  expect(previews).toContainEqual(expect.objectContaining({records: ['e3'], disposition: 'exclude', rules: []}));
  expect(run.logText).toContain('2 archive, 2 exclude, 0 set aside, 0 duplicate, 0 context');
  expect(run.logText).not.toMatch(/4111|tea/);
  expect(readdirSync(path)).toEqual([]);
});

test('a policy that says nothing archives the same bytes under its version', async () => {
  const path = temporaryFolder();
  const empty = temporaryFolder();
  const lines = messageLines({event: 'e1'}, {event: 'e2', author: 'assistant', after: 'msg-e1'});
  await write({path}, lines);
  await write({path: empty, config: {rules: [], identity_map: [], keyword_lists: []}}, lines);
  const bytes = (folder: string): Buffer[] => itemPaths(folder).map((each) => readFileSync(join(folder, each)));
  expect(bytes(empty)).toEqual(bytes(path));
  expect(readSetAside(path, workspace)).toEqual([]);
});
