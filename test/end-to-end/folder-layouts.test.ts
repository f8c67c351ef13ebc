// Layouts and sessions of a folder: items lie where people look for them, and every verb finds them there.
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {itemPaths, readArchive, readReports} from './archive-reader';
import {messageLines, stateLine} from './contract-rows';
import {DestinationProcess, printed, temporaryFolder, verify, write} from './destination-process';

const session = 'session-\\d{8}T\\d{6}Z-[0-9a-f]{8}';
const id = '[0-9a-f]{64}';

/** What stands between the workspace and the item, by layout. */
const layouts = [
  [undefined, '[0-9a-f]{2}'],
  ['item', '[0-9a-f]{2}'],
  ['date', '(2026/01/15|2026/01/16|2026/02/03)'],
  ['user', 'user/(user-ada|=2e.=2fmallory|archive-id)'],
  ['conversation', 'conversation/(conv-1|=2e.=2f..=2fetc|aux)'],
] as const;

const hostile = '../../etc';
const runs = [
  messageLines(
    {event: 'e1', text: 'Which deal?'},
    {event: 'e2', conversation: hostile, user: '../mallory', at: '2026-02-03T23:59:59.000000Z'},
    {event: 'e3', conversation: 'aux', user: 'archive-id'}
  ),
  messageLines({event: 'e4', text: 'And then?', at: '2026-01-16T08:00:00.000000Z'}),
];
const state = stateLine('messages', {at: 1});

function namesBelow(path: string): string[] {
  const found = readdirSync(path, {recursive: true, withFileTypes: true});
  return found
    .filter((each) => each.isFile() && !each.parentPath.includes('.arctera-archive'))
    .map((each) => join(each.parentPath, each.name).slice(path.length + 1))
    .sort();
}

const addresses = (path: string): string[] => itemPaths(path).map((each) => each.replace(/^ws-1\//, ''));

test.each(layouts.map(([layout, directory], index) => [layout ?? 'none', index % 2 === 1, layout, directory] as const))(
  'layout %s, sessions %s: every verb finds what was delivered',
  async (_, hasSessions, layout, directory) => {
    const path = temporaryFolder();
    const other = temporaryFolder();
    const target = {type: 'folder', path, ...(layout && {layout}), ...(hasSessions && {session_folders: true})};
    const config = {
      target,
      formats: ['eml', 'rsmf'],
      additional_targets: [
        {name: 'other', target: {type: 'folder', path: other, layout: 'date', session_folders: true}},
      ],
      rules: [{name: 'deals', patterns: ['deal'], targets: ['other', 'default']}],
      routing_mode: 'copy_per_match',
    };
    for (const lines of runs) expect((await write({path, config}, [...lines, state])).exit).toBe(0);

    const form = new RegExp(`^${hasSessions ? `${session}/` : ''}${directory}/${id}\\.eml$`);
    expect(addresses(path).filter((each) => !form.test(each))).toEqual([]);
    expect(addresses(path)).toHaveLength(4);
    const sessions = new Set(addresses(path).map((each) => each.split('/')[0]));
    if (hasSessions) expect(sessions.size).toBe(2);
    expect(itemPaths(other)).toHaveLength(1);
    const delivered = namesBelow(path);
    expect(delivered.filter((each) => each.endsWith('.rsmf'))).toHaveLength(4);

    expect(await verify(path, config)).toBe(0);
    const shown = await printed('show', {path, config, options: ['--conversation', 'conv-1']});
    expect(shown.text).toContain('Which deal?');
    expect(shown.text).toContain('And then?');
    expect((await printed('show', {path, config, options: ['--conversation', hostile]})).text).toContain('text of e2');
    const preview = new DestinationProcess('policy-test', {path, config});
    preview.feed(runs.flat());
    preview.end();
    expect(await preview.ended()).toBe(0);
    expect(namesBelow(path)).toEqual(delivered);

    rmSync(join(path, '.arctera-archive'), {recursive: true});
    rmSync(join(path, 'ws-1', 'manifests'), {recursive: true});
    rmSync(join(other, 'ws-1', 'manifests'), {recursive: true});
    const rebuilding = new DestinationProcess('rebuild-ledger', {path, config});
    rebuilding.end();
    expect(await rebuilding.ended()).toBe(0);
    expect(rebuilding.warnings).toEqual([]);
    expect(await verify(path, config)).toBe(0);
    const again = await write({path, config}, [...runs.flat(), state]);
    expect([again.exit, readReports(path).at(-1)?.items]).toEqual([0, {}]);
    expect(addresses(path)).toHaveLength(4);

    const [first = ''] = itemPaths(path);
    writeFileSync(join(path, first), 'changed');
    expect(await verify(path, config)).toBe(1);
  }
);

test('an item that a rebuilt ledger knows may lie in the layout of an earlier configuration', async () => {
  const path = temporaryFolder();
  const lay = (layout: string): object => ({target: {type: 'folder', path, layout}});
  expect((await write({path, config: {...lay('user')}}, [...(runs[0] ?? []), state])).exit).toBe(0);
  expect((await write({path, config: {...lay('conversation')}}, [...(runs[1] ?? []), state])).exit).toBe(0);
  expect(await verify(path, {...lay('date')})).toBe(0);
  rmSync(join(path, '.arctera-archive'), {recursive: true});
  rmSync(join(path, 'ws-1', 'manifests'), {recursive: true});
  const rebuilding = new DestinationProcess('rebuild-ledger', {path, config: {...lay('date')}});
  rebuilding.end();
  expect(await rebuilding.ended()).toBe(0);
  expect(await verify(path)).toBe(0);
});

test('a run that is killed at its first item is finished in the session of the next one, each event once', async () => {
  const path = temporaryFolder();
  const config = {target: {type: 'folder', path, session_folders: true, layout: 'conversation'}, grouping: 'message'};
  const events = Array.from({length: 300}, (_, at) => ({event: `m${at}`, conversation: `c${at % 40}`}));
  const lines = [...messageLines(...events), state];
  for (let kills = 0; kills < 3; kills += 1) {
    const before = itemPaths(path).length;
    const run = new DestinationProcess('write', {path, config});
    run.feed(lines);
    run.end();
    while (run.isRunning && itemPaths(path).length === before) await new Promise((resolve) => setTimeout(resolve, 1));
    run.kill('SIGKILL');
    await run.ended();
  }
  expect((await write({path, config}, lines)).exit).toBe(0);
  const originals = (await readArchive(path)).flatMap((item) => item.originals);
  expect(originals).toHaveLength(300);
  expect(new Set(originals).size).toBe(300);
  expect(await verify(path, config)).toBe(0);
});

test('sidecars say what a mail server and a locked store would be told, and nobody takes them for items', async () => {
  const path = temporaryFolder();
  const config = {
    target: {
      type: 'folder',
      path,
      envelope: {sender: 'capture@corp.test', recipients: ['journal@archive.test', 'second@archive.test']},
    },
    rules: [
      {
        name: 'deals',
        patterns: ['deal'],
        retention_category: 'communications',
        retention_days: 2555,
        legal_hold: 'matter-17',
      },
    ],
  };
  const begun = Date.now();
  expect((await write({path, config}, [...(runs[0] ?? []), state])).exit).toBe(0);
  const items = itemPaths(path);
  for (const each of items) {
    const bytes = readFileSync(join(path, each));
    const [itemId] = new RegExp(id).exec(each) ?? [];
    expect(readFileSync(join(path, `${each}.envelope.json`), 'utf8')).toBe(
      `${JSON.stringify(
        {
          sender: 'capture@corp.test',
          recipients: ['journal@archive.test', 'second@archive.test'],
          item_id: itemId,
          sha256: sha256Hex(bytes),
          size: bytes.length,
        },
        undefined,
        2
      )}\n`
    );
  }
  const kept = namesBelow(path).filter((name) => name.endsWith('.retention.json'));
  expect(kept).toHaveLength(1);
  const said = JSON.parse(readFileSync(join(path, kept[0] ?? ''), 'utf8')) as {retain_until: string; sha256: string};
  expect(said).toMatchObject({retention_category: 'communications', retention_days: 2555, legal_hold: 'matter-17'});
  expect(said.sha256).toBe(sha256Hex(readFileSync(join(path, kept[0]?.replace('.retention.json', '') ?? ''))));
  const days = (Date.parse(said.retain_until) - begun) / (24 * 60 * 60_000);
  expect([days >= 2555, days < 2555.01]).toEqual([true, true]);
  expect(await verify(path, config)).toBe(0);
  expect(namesBelow(join(path, '.arctera-archive')).filter((name) => name.includes('.part'))).toEqual([]);

  const findings = async (name: string, change: (text: string) => string | undefined): Promise<[unknown, string]> => {
    const whole = readFileSync(join(path, name), 'utf8');
    const text = change(whole);
    if (text === undefined) rmSync(join(path, name));
    else writeFileSync(join(path, name), text);
    const run = new DestinationProcess('verify', {path, config});
    run.end();
    const exit = await run.ended();
    writeFileSync(join(path, name), whole);
    return [exit, run.logText];
  };
  const named = (name: string): [number, unknown] => [1, expect.stringContaining(name.replace('ws-1/', ''))];
  const [retention = ''] = kept;
  const earlier = new Date(begun).toISOString();
  for (const change of [
    (text: string) => text.replace(said.retain_until, earlier),
    (text: string) => text.replace('2555', '30'),
    (text: string) => text.replace('matter-17', 'matter-18'),
    (text: string) => text.replace(said.sha256, '0'.repeat(64)),
    () => 'nothing',
    () => undefined,
  ])
    expect(await findings(retention, change)).toEqual(named(retention));
  const envelope = `${items[0] ?? ''}.envelope.json`;
  expect(await findings(envelope, (text) => text.replace(/[0-9a-f]{64}/, '0'.repeat(64)))).toEqual(named(envelope));
  expect(await verify(path, config)).toBe(0);
});
