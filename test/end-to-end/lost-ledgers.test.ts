// A ledger or a whole archive that is not there: no verb calls it whole, alive or free of holds, and no run begins anew in its place.
import {mkdirSync, readdirSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {messageLines, recordLine, stateLine, unreadableRow} from './contract-rows';
import {afterTest, DestinationProcess, printed, type RunSettings, temporaryFolder, write} from './destination-process';
import {openMailServer, toJournal} from './mail-server';
import {openObjectStore} from './object-store';

const lines = [
  ...messageLines({event: 'e1', at: new Date().toISOString()}, {event: 'e2', conversation: 'conv-2'}),
  recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff]))),
  stateLine('messages', {at: 1}, 3),
];

function loseLedger(path: string, workspace = 'ws-1'): void {
  const folder = join(path, '.arctera-archive', workspace);
  for (const name of readdirSync(folder)) if (name.startsWith('ledger.sqlite')) rmSync(join(folder, name));
}

async function ends(settings: RunSettings, ...verbs: [string, ...string[]][]): Promise<[string, number | null][]> {
  const found: [string, number | null][] = [];
  for (const [verb, ...options] of verbs) found.push([verb, (await printed(verb, {...settings, options})).exit]);
  return found;
}

async function verdict(settings: RunSettings): Promise<Record<string, unknown>> {
  const {text} = await printed('verify', {...settings, options: ['--format', 'json']});
  return JSON.parse(text) as Record<string, unknown>;
}

async function overMail(): Promise<RunSettings> {
  const mail = await openMailServer();
  afterTest(() => void mail.close());
  const path = temporaryFolder();
  return {path, config: {target: toJournal(mail), ledger: {type: 'sqlite', path}, ca_certificate: mail.certificate}};
}

async function overBucket(): Promise<RunSettings> {
  const store = await openObjectStore();
  afterTest(() => void store.close());
  const path = temporaryFolder();
  const place = {bucket: 'archive', region: 'eu-central-1', endpoint: store.endpoint, path_style: true, prefix: 'a/b'};
  const target = {type: 's3', ...place, access_key_id: 'key', secret_access_key: 'secret'};
  return {path, config: {target, ledger: {type: 'sqlite', path}}};
}

test('of a mail server: the ledger is missed by every verb, and a run does not begin another', async () => {
  const settings = await overMail();
  expect((await write(settings, lines)).exit).toBe(0);
  expect(await ends(settings, ['verify'], ['status'], ['hold', 'list'])).toEqual([
    ['verify', 0],
    ['status', 0],
    ['hold', 0],
  ]);
  loseLedger(settings.path);
  expect(await verdict(settings)).toMatchObject({whole: false, ledgersMissing: ['ws-1']});
  expect((await printed('report', settings)).text).toContain('The ledger of workspace ws-1 is missing.');
  expect((await printed('status', settings)).text).toMatch(/captured until .* ITS LEDGER IS MISSING/);
  const hold = ['--name', 'm', '--reason', 'r', '--user', 'user-ada'];
  expect(
    await ends(
      settings,
      ['verify'],
      ['report'],
      ['status'],
      ['retry-set-aside'],
      ['hold', 'list'],
      ['hold', 'add', ...hold]
    )
  ).toEqual([
    ['verify', 1],
    ['report', 1],
    ['status', 1],
    ['retry-set-aside', 1],
    ['hold', 1],
    ['hold', 1],
  ]);
  const again = await write(settings, lines);
  expect([again.exit, again.run.told]).toEqual([1, []]);
  expect(again.run.errors).toMatchObject([{internal_message: 'ConfigError archive_without_ledger'}]);
  await printed('rebuild-ledger', settings);
  expect((await write(settings, lines)).exit).toBe(0);
  expect((await verdict(settings))['whole']).toBe(true);
});

test('of a bucket: items whose ledger is elsewhere are not called an archive that nobody has begun', async () => {
  const settings = await overBucket();
  expect((await write(settings, lines)).exit).toBe(0);
  expect((await verdict(settings))['whole']).toBe(true);
  const elsewhere = {...settings.config, ledger: {type: 'sqlite', path: temporaryFolder()}};
  const moved = {path: settings.path, config: elsewhere};
  expect(await verdict(moved)).toMatchObject({whole: false, ledgersMissing: ['ws-1']});
  const run = new DestinationProcess('verify', moved);
  run.end();
  expect([await run.ended(), run.logText]).toEqual([1, expect.stringContaining('ledger of workspace ws-1 is missing')]);
});

test.each([
  ['a folder', (): Promise<RunSettings> => Promise.resolve({path: temporaryFolder()})],
  ['a bucket', overBucket],
])('of %s all of whose ledgers are gone at once, nothing says that nothing was archived', async (_, open) => {
  const settings = await open();
  expect((await write(settings, lines)).exit).toBe(0);
  rmSync(join(settings.path, '.arctera-archive'), {recursive: true});
  const hold = ['--name', 'm', '--reason', 'r', '--user', 'user-ada'];
  const told = async (verb: string, ...options: string[]): Promise<[number | null, string]> => {
    const {exit, text} = await printed(verb, {...settings, options});
    return [exit, text];
  };
  expect(await told('report')).toEqual([1, 'The ledger of workspace ws-1 is missing.\n']);
  expect(await told('status')).toEqual([1, expect.stringMatching(/^Workspace ws-1: .* ITS LEDGER IS MISSING\n$/)]);
  expect((await told('status'))[1]).not.toContain('nothing was captured');
  expect(await told('hold', 'list')).toEqual([1, expect.stringMatching(/^ws-1: its ledger is missing/)]);
  expect(await told('hold', 'add', ...hold)).toEqual([1, expect.stringMatching(/^ws-1: its ledger is missing/)]);
  expect(await told('retry-set-aside')).toEqual([
    1,
    expect.stringContaining('The ledger of workspace ws-1 is missing'),
  ]);
  expect((await told('verify'))[1]).toContain('rebuild-ledger');
  expect((await told('rebuild-ledger'))[0]).toBe(0);
  expect(await ends(settings, ['verify'], ['report'], ['hold', 'list'])).toEqual([
    ['verify', 0],
    ['report', 0],
    ['hold', 0],
  ]);
});

test('of two workspaces in a folder, one whose ledger is gone with all beside it is missed', async () => {
  const settings = {path: temporaryFolder(), streams: ['messages']};
  expect((await write(settings, messageLines({event: 'e1'}, {event: 'e2', workspace: 'ws-2'}))).exit).toBe(0);
  expect(await ends(settings, ['report'], ['status'])).toEqual([
    ['report', 0],
    ['status', 0],
  ]);
  rmSync(join(settings.path, '.arctera-archive', 'ws-2'), {recursive: true});
  expect(await ends(settings, ['report'], ['status'], ['hold', 'list'])).toEqual([
    ['report', 1],
    ['status', 1],
    ['hold', 1],
  ]);
});

test('a path at which nothing lies proves nothing, and has nothing to report, to retry or to hold', async () => {
  const settings = {path: join(temporaryFolder(), 'not mounted')};
  const verbs: [string, ...string[]][] = [
    ['verify'],
    ['verify', '--format', 'json'],
    ['report'],
    ['status'],
    ['retry-set-aside'],
    ['rebuild-ledger'],
    ['hold', 'list'],
  ];
  expect(await ends(settings, ...verbs)).toEqual(verbs.map(([verb]) => [verb, 1]));
  expect(await verdict(settings)).toMatchObject({whole: false, workspaces: []});
});

test.each(['verify', 'report', 'status', 'show', 'hold', 'retry-set-aside', 'rebuild-ledger'])(
  'a folder that cannot be read is told by %s as that, with its path',
  async (verb) => {
    const path = join(temporaryFolder(), 'loop');
    symlinkSync(path, path);
    const options = verb === 'show' ? ['--event', 'e1'] : verb === 'hold' ? ['list'] : [];
    const {exit, text} = await printed(verb, {path, options});
    expect([exit, text]).toEqual([1, expect.stringContaining('ConfigError target_not_writable')]);
    expect(text).toContain(`${path} cannot be`);
    expect(text).toContain('ELOOP');
  }
);

test('a ledger that cannot be looked at is not one that is missing: nothing says that it is to be made anew', async () => {
  const settings = {path: temporaryFolder()};
  expect((await write(settings, lines)).exit).toBe(0);
  const ledger = join(settings.path, '.arctera-archive', 'ws-1', 'ledger.sqlite');
  renameSync(ledger, `${ledger}.kept`);
  symlinkSync(ledger, ledger); // as where the folder is another user's: also of the superuser
  for (const [verb, ...options] of [['verify'], ['report'], ['status'], ['show', '--event', 'e1'], ['hold', 'list']]) {
    const {exit, text} = await printed(verb!, {...settings, options});
    expect([verb, exit, text]).toEqual([verb, 1, expect.stringContaining('ConfigError target_not_writable')]);
    expect(text).not.toMatch(/rebuild-ledger|No ledger|Nothing has been archived/);
  }
  const {exit, run} = await write(settings, lines);
  expect([exit, run.told, run.errors[0]?.internal_message]).toEqual([1, [], 'ConfigError target_not_writable']);
  rmSync(ledger);
  renameSync(`${ledger}.kept`, ledger);
  expect(await ends(settings, ['verify'])).toEqual([['verify', 0]]);
  expect((await write(settings, lines)).exit).toBe(0);
});

test('one of two ledgers that is lost is told beside the other, also by the report for machines', async () => {
  const path = temporaryFolder();
  await write({path}, messageLines({event: 'e1'}, {event: 'e2', workspace: 'ws-2'}));
  loseLedger(path, 'ws-2');
  const {exit, text} = await printed('report', {path, options: ['--format', 'json']});
  expect([exit, JSON.parse(text)]).toMatchObject([1, {workspaces: [{workspace: 'ws-1'}], ledgers_missing: ['ws-2']}]);
  const told = await printed('status', {path, options: ['--format', 'json']});
  expect([told.exit, JSON.parse(told.text)]).toMatchObject([
    1,
    {fresh: false, workspaces: [{workspace: 'ws-1'}, {workspace: 'ws-2', ledger_missing: true}]},
  ]);
});

test('after a ledger was made anew status tells how far earlier runs captured, or that none has said it', async () => {
  const path = temporaryFolder();
  await write({path}, lines);
  const before = (await printed('status', {path})).text;
  loseLedger(path);
  expect((await printed('rebuild-ledger', {path})).exit).toBe(0);
  const told = /captured until [^,]*/;
  expect(told.exec((await printed('status', {path})).text)?.[0]).toBe(told.exec(before)?.[0]);
  rmSync(join(path, '.arctera-archive'), {recursive: true});
  expect((await printed('rebuild-ledger', {path})).exit).toBe(0);
  expect(await printed('status', {path})).toEqual({exit: 1, text: 'No run has said yet how far it captured.\n'});
});

test('status is not fresh as long as nothing was captured', async () => {
  const path = temporaryFolder();
  const streams = ['orders'];
  await write({path, streams}, [recordLine('orders', {id: 1, workspace_id: 'ws-1'})]);
  const {exit, text} = await printed('status', {path});
  expect([exit, text]).toEqual([1, expect.stringContaining('nothing was captured yet')]);
});

test('what another workspace holds is shown where one cannot be looked into', async () => {
  const settings = {path: temporaryFolder()};
  expect((await write(settings, lines)).exit).toBe(0);
  const other = join(settings.path, '.arctera-archive', 'ws-0');
  mkdirSync(other);
  symlinkSync(join(other, 'ledger.sqlite'), join(other, 'ledger.sqlite'));
  for (const [option, id, exit] of [
    ['--event', 'e1', 0],
    ['--conversation', 'conv-1', 0],
    ['--event', 'unknown', 1],
  ] as const) {
    const shown = await printed('show', {...settings, options: [option, id]});
    expect([id, shown.exit]).toEqual([id, exit]);
    expect(shown.text.includes('ConfigError target_not_writable')).toBe(exit === 1);
  }
});
