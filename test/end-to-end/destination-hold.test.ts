// The verb `hold`: on what is there and what comes, in a folder and a bucket; lifted only when nothing else holds; cut off.
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from '@jest/globals';
import {itemPaths} from './archive-reader';
import {
  chunkRows,
  fileRow,
  type FileSpec,
  messageLines,
  type MessageSpec,
  recordLine,
  stateLine,
  userRow,
} from './contract-rows';
import {DestinationProcess, printed, type RunSettings, temporaryFolder, write} from './destination-process';
import {entriesOf} from './ledger-entries';
import {openMailServer, toJournal} from './mail-server';
import {type ObjectStore, openObjectStore} from './object-store';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

function specs(...names: readonly string[]): MessageSpec[] {
  return names.map((name, index) => {
    const user = index % 2 === 0 ? 'user-ada' : 'user-bob';
    return {event: name, conversation: `conv-${name}`, user, at: `2026-01-${10 + index}T09:30:00.000000Z`};
  });
}

const first = messageLines(...specs('e1', 'e2', 'e3', 'e4'));

async function hold(
  settings: RunSettings,
  action: string,
  ...options: string[]
): Promise<{exit: unknown; text: string}> {
  return printed('hold', {...settings, options: [action, ...options]});
}

async function verified({path, config = {}}: RunSettings): Promise<[unknown, string]> {
  const {exit, text} = await printed('verify', {path, config, options: ['--format', 'json']});
  const {workspaces} = JSON.parse(text) as {workspaces: {problems: string[]; held: number}[]};
  return [exit, `${workspaces[0]?.held} held; ${workspaces[0]?.problems.join(' ')}`];
}

/** Names in the file beside each item, by the event that the item holds. */
function heldInFolder(path: string): Record<string, readonly string[]> {
  const held: Record<string, readonly string[]> = {};
  for (const item of itemPaths(path)) {
    const event = /text of (\w+)/.exec(readFileSync(join(path, item), 'latin1'))?.[1] ?? '?';
    const file = join(path, `${item}.hold.json`);
    if (existsSync(file)) held[event] = (JSON.parse(readFileSync(file, 'utf8')) as {held_for: string[]}).held_for;
  }
  return held;
}

test('in a folder: beside what is there and what comes; a lost file is found and mended; lifted when nothing else holds', async () => {
  const path = temporaryFolder();
  const settings = {path, config: {grouping: 'message'}};
  const people = recordLine('users', userRow('user-ada', 'Ada', 'ada@corp.test'));
  expect((await write(settings, [people, ...first])).exit).toBe(0);
  const ada = [
    '--name',
    'matter-17',
    '--reason',
    'Request of counsel',
    '--user',
    'ADA@corp.test',
    '--from',
    '2026-01-11',
  ];
  expect(await hold(settings, 'add', ...ada)).toEqual({exit: 0, text: 'ws-1: 1 items are held, 0 are held no more.\n'});
  expect(heldInFolder(path)).toEqual({e3: ['matter-17']});
  const one = ['--name', 'e3 only', '--reason', 'Another', '--conversation', 'conv-e3'];
  expect((await hold(settings, 'add', ...one)).exit).toBe(0);
  const later = messageLines({
    event: 'e5',
    conversation: 'conv-e5',
    user: 'user-ada',
    at: '2026-02-01T00:00:00.000000Z',
  });
  expect((await write(settings, [...first, ...later])).exit).toBe(0);
  const held = {e3: ['matter-17', 'e3 only'], e5: ['matter-17']};
  expect(heldInFolder(path)).toEqual(held);
  expect(await verified(settings)).toEqual([0, '2 held; ']);
  const shown = await printed('show', {path, options: ['--conversation', 'conv-e3']});
  expect(shown.text).toContain('held for matter-17, e3 only');
  const told = await printed('show', {path, options: ['--event', 'e5']});
  expect(told.text).toContain('\\"holds\\":[\\"matter-17\\"]');
  const {text} = await hold(settings, 'list');
  expect(text).toMatch(/ws-1 +matter-17 +\d{4}-\d{2}-\d{2} +2 +user-ada +2026-01-11T00:00:00.000Z +Request of counsel/);

  const [lost = ''] = itemPaths(path).filter((item) => existsSync(join(path, `${item}.hold.json`)));
  rmSync(join(path, `${lost}.hold.json`));
  expect(await verified(settings)).toEqual([1, expect.stringMatching(/is not held for .*matter-17.*\.eml/)]);
  expect((await hold(settings, 'add', ...ada)).exit).toBe(0);
  expect(heldInFolder(path)).toEqual(held);
  expect(entriesOf(path).filter(({kind}) => kind === 'hold_added')).toHaveLength(2); // the same words once

  const release = await hold(settings, 'release', '--name', 'matter-17', '--reason', 'Settled');
  expect(release).toEqual({exit: 0, text: 'ws-1: 1 items are held, 1 are held no more.\n'});
  expect(heldInFolder(path)).toEqual({e3: ['e3 only']});
  expect(await verified(settings)).toEqual([0, '1 held; ']);
});

const held17 = ['--name', 'matter-17', '--reason', 'Request of counsel', '--conversation', 'conv-e3'];

test.each<[string, string, string, RegExp]>([
  [
    'names a further matter',
    'e3',
    '{"item":"x","held_for":["matter-17","forged"]}',
    /lies beside the item.*\.hold\.json/,
  ],
  ['names another matter', 'e3', '{"item":"x","held_for":["forged"]}', /is not held for matter-17/],
  ['cannot be read', 'e3', '{"item":', /is not held for matter-17/],
  ['says nothing', 'e3', 'null', /is not held for matter-17/],
  ['lies where nothing is held', 'e1', '{"item":"x","held_for":["forged"]}', /lies beside the item.*\.hold\.json/],
])('a hold file that %s is found, and the item stays whole', async (_, event, text, finding) => {
  const path = temporaryFolder();
  const settings = {path, config: {grouping: 'message'}};
  expect((await write(settings, first)).exit).toBe(0);
  expect((await hold(settings, 'add', ...held17)).exit).toBe(0);
  expect(await verified(settings)).toEqual([0, '1 held; ']);
  const item = itemPaths(path).find((each) => readFileSync(join(path, each), 'latin1').includes(`conv-${event}`)) ?? '';
  writeFileSync(join(path, `${item}.hold.json`), text);
  expect(await verified(settings)).toEqual([1, expect.stringMatching(finding)]);
});

test('a late upload is held with its message, also where somebody else began the conversation', async () => {
  const path = temporaryFolder();
  const both = messageLines({event: 'e1', user: 'user-bob'}, {event: 'e2', user: 'user-ada', files: ['file-late']});
  expect((await write({path}, both)).exit).toBe(0);
  const late: FileSpec = {file: 'file-late', event: 'e2', bytes: Buffer.from('late')};
  const upload = chunkRows(late).map((chunk) => recordLine('file_chunks', chunk));
  expect((await write({path}, [...upload, recordLine('files', fileRow(late))])).exit).toBe(0);
  expect(await hold({path}, 'add', '--name', 'm', '--reason', 'r', '--user', 'user-bob')).toEqual({
    exit: 0,
    text: 'ws-1: 2 items are held, 0 are held no more.\n',
  });
});

test('what a lost ledger held stays held behind a new hold and its release; added again, all is whole', async () => {
  const path = temporaryFolder();
  const settings = {path, config: {grouping: 'message'}};
  expect((await write(settings, first)).exit).toBe(0);
  expect((await hold(settings, 'add', ...held17)).exit).toBe(0);
  rmSync(join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite'));
  expect((await printed('rebuild-ledger', settings)).exit).toBe(0);
  const wider = ['--name', 'matter-18', '--reason', 'Another', '--from', '2026-01-11'];
  expect((await hold(settings, 'add', ...wider)).exit).toBe(0);
  expect(heldInFolder(path)).toEqual({e2: ['matter-18'], e3: ['matter-18', 'matter-17'], e4: ['matter-18']});
  expect((await hold(settings, 'release', '--name', 'matter-18', '--reason', 'Settled')).exit).toBe(0);
  expect(heldInFolder(path)).toEqual({e3: ['matter-17']});
  expect((await verified(settings))[0]).toBe(1);
  expect((await hold(settings, 'add', ...held17)).exit).toBe(0);
  expect(await verified(settings)).toEqual([0, '1 held; ']);
  expect((await hold(settings, 'release', '--name', 'matter-17', '--reason', 'Settled')).exit).toBe(0);
  expect(heldInFolder(path)).toEqual({});
});

test.each([
  ['no reason', ['--name', 'm', '--user', 'u']],
  ['nothing that is held', ['--name', 'm', '--reason', 'r']],
  ['a date that is none', ['--name', 'm', '--reason', 'r', '--from', '2026-13-01']],
  ['a name with a line break', ['--name', 'm\nn', '--reason', 'r', '--user', 'u']],
  ['a day that no calendar has', ['--name', 'm', '--reason', 'r', '--from', '2026-02-30']],
  ['an end before the beginning', ['--name', 'm', '--reason', 'r', '--from', '2026-07-01', '--until', '2026-01-01']],
  ['a user that an empty variable stood for', ['--name', 'm', '--reason', 'r', '--user', '']],
  ['conversations of which none is named', ['--name', 'm', '--reason', 'r', '--conversation', ' , ']],
  ['a person given by a second --user', ['--name', 'm', '--reason', 'r', '--user', 'user-ada', '--user', 'user-bob']],
  ['a person behind a blank', ['--name', 'm', '--reason', 'r', '--user', 'user-ada', 'user-bob']],
  ['a workspace that is not there', ['--name', 'm', '--reason', 'r', '--user', 'user-ada', '--workspace', 'ws-9']],
])('%s is refused, and nothing is recorded', async (_, options) => {
  const path = temporaryFolder();
  await write({path}, first);
  const {exit, text} = await hold({path}, 'add', ...options);
  expect([exit, text]).toEqual([1, expect.stringContaining('command_invalid')]);
  expect(entriesOf(path).filter(({kind}) => kind.startsWith('hold'))).toEqual([]);
});

test('another hold of the same name is refused; nobody known by an address, and an unknown hold, are said', async () => {
  const path = temporaryFolder();
  await write({path}, first);
  const [name, reason] = [
    ['--name', 'm'],
    ['--reason', 'r'],
  ];
  expect((await hold({path}, 'add', ...name, ...reason, '--user', 'user-ada')).exit).toBe(0);
  expect((await hold({path}, 'add', ...name, ...reason, '--user', 'user-bob')).text).toContain('says something else');
  const nobody = await hold({path}, 'add', '--name', 'n', ...reason, '--user', 'nobody@corp.test');
  expect([nobody.exit, nobody.text]).toEqual([1, expect.stringContaining('none of these addresses is known')]);
  expect((await hold({path}, 'release', '--name', 'x', ...reason)).text).toContain('there is no hold x');
});

test('a conversation that nothing is known of is named, and held when it comes', async () => {
  const path = temporaryFolder();
  const settings = {path, config: {grouping: 'message'}};
  expect((await write(settings, messageLines(...specs('e1')))).exit).toBe(0);
  const both = ['--name', 'm', '--reason', 'r', '--conversation', 'conv-e1,conv-e2'];
  expect(await hold(settings, 'add', ...both)).toEqual({
    exit: 0,
    text: 'ws-1: 1 items are held, 0 are held no more.\nNothing is known of the conversation conv-e2: it is held when it comes.\n',
  });
  expect((await write(settings, first)).exit).toBe(0);
  expect(Object.keys(heldInFolder(path)).sort()).toEqual(['e1', 'e2']);
});

test('of several addresses those that nobody is known by are named, and the others are held', async () => {
  const path = temporaryFolder();
  const settings = {path, config: {grouping: 'message'}};
  expect(
    (await write(settings, [recordLine('users', userRow('user-ada', 'Ada', 'ada@corp.test')), ...first])).exit
  ).toBe(0);
  const users = ['--user', 'ada@corp.test,bob@corp.test'];
  const said = await hold(settings, 'add', '--name', 'm', '--reason', 'r', ...users);
  expect(said.text).toBe(
    'ws-1: 2 items are held, 0 are held no more.\nNobody is known by bob@corp.test: for them nothing is held.\n'
  );
  expect(said.exit).toBe(1);
  expect(heldInFolder(path)).toEqual({e1: ['m'], e3: ['m']});
});

test('whoever comes back under another id is held for the address, what came before it was known too; and released', async () => {
  const path = temporaryFolder();
  const settings = {path, config: {grouping: 'message'}};
  const ada = recordLine('users', userRow('user-ada', 'Ada', 'ada@corp.test'));
  expect((await write(settings, [ada, ...first])).exit).toBe(0);
  const held = ['add', '--name', 'm', '--reason', 'r', '--user', 'Ada@corp.test'] as const;
  expect((await hold(settings, ...held)).exit).toBe(0);
  // Her account was made anew: her messages come before the members are read again.
  expect((await write(settings, messageLines({event: 'e5', conversation: 'conv-5', user: 'user-ada-2'}))).exit).toBe(0);
  expect(Object.keys(heldInFolder(path)).sort()).toEqual(['e1', 'e3']);
  const again = recordLine('users', userRow('user-ada-2', 'Ada', 'ADA@corp.test'));
  const later = messageLines({event: 'e6', conversation: 'conv-6', user: 'user-ada-2'});
  expect((await write(settings, [again, stateLine('users', 1, 1)])).exit).toBe(0);
  expect((await write(settings, later)).exit).toBe(0);
  expect(Object.keys(heldInFolder(path)).sort()).toEqual(['e1', 'e3', 'e5', 'e6']);
  expect(await verified(settings)).toEqual([0, '4 held; ']);
  expect((await hold(settings, 'list')).text).toContain('user-ada user-ada-2');
  expect((await hold(settings, ...held)).exit).toBe(0);
  expect((await hold(settings, 'release', '--name', 'm', '--reason', 'r')).text).toContain('4 are held no more');
  expect(heldInFolder(path)).toEqual({});
  expect(await verified(settings)).toEqual([0, '0 held; ']);
});

async function bucket(
  lock: object = {object_lock: 'governance', retention_days: 1}
): Promise<[ObjectStore, RunSettings]> {
  const store = await openObjectStore();
  cleanUps.push(() => store.close());
  const [keys, path] = [{access_key_id: 'key', secret_access_key: 'secret'}, temporaryFolder()];
  const place = {bucket: 'archive', region: 'eu-central-1', endpoint: store.endpoint, path_style: true};
  const config = {
    target: {type: 's3', ...place, ...keys, ...lock},
    ledger: {type: 'sqlite', path},
    grouping: 'message',
    rules: [{name: 'two', patterns: ['text of e2'], legal_hold: 'policy matter'}],
  };
  return [store, {path, config}];
}

/** Events of the objects under a legal hold. */
function heldIn({objects}: ObjectStore): string[] {
  const held = [...objects.values()].filter(({isHeld}) => isHeld);
  return held.map(({bytes}) => /text of (\w+)/.exec(bytes.toString('latin1'))?.[1] ?? '?').sort();
}

const everything = ['--name', 'all', '--reason', 'r', '--from', '2026-01-01'];

test('in a bucket: a legal hold that refuses deletion, at delivery too; the hold of the policy outlives a release', async () => {
  const [store, settings] = await bucket();
  expect((await write(settings, first)).exit).toBe(0);
  expect(heldIn(store)).toEqual(['e2']);
  expect((await hold(settings, 'add', ...everything)).text).toBe('ws-1: 4 items are held, 0 are held no more.\n');
  const later = messageLines(...specs('e5'));
  expect((await write(settings, later)).exit).toBe(0);
  expect(heldIn(store)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
  expect(await verified(settings)).toEqual([0, '5 held; ']);
  const [key = '', object] = [...store.objects].find(([each]) => each.endsWith('.eml')) ?? [];
  if (object === undefined) throw new Error('There is no item.');
  store.objects.set(key, {...object, isHeld: false});
  expect(await verified(settings)).toEqual([1, expect.stringContaining(`is not held for all`)]);
  store.objects.set(key, {...object, lockedUntil: undefined});
  expect((await fetch(`${store.endpoint}/archive/${key}`, {method: 'DELETE'})).status).toBe(403);
  expect((await hold(settings, 'release', '--name', 'all', '--reason', 'over')).exit).toBe(0);
  expect(heldIn(store)).toEqual(['e2']);
  expect(await verified(settings)).toEqual([0, '0 held; ']);
});

test.each(['the command again', 'the next run'])(
  'a hold that is cut off in the middle is completed by %s',
  async (how) => {
    const [store, settings] = await bucket();
    const many = messageLines(
      ...specs(...Array.from({length: 40}, (_, index) => `k${index + 10}`)).map((each) => ({
        ...each,
        at: '2026-01-15T09:30:00.000000Z',
      }))
    );
    expect((await write(settings, many)).exit).toBe(0);
    const run = new DestinationProcess('hold', {...settings, options: ['add', ...everything]});
    let count = 0;
    store.onHeld = () => {
      if ((count += 1) === 5) run.kill('SIGKILL');
    };
    run.end();
    expect(await run.ended()).toBe('SIGKILL');
    store.onHeld = () => undefined;
    expect(heldIn(store).length).toBeLessThan(40);
    expect((await verified(settings))[0]).toBe(1);
    if (how === 'the next run') expect((await write(settings, messageLines(...specs('e1')))).exit).toBe(0);
    else expect((await hold(settings, 'add', ...everything)).exit).toBe(0);
    expect(heldIn(store).filter((event) => event.startsWith('k'))).toHaveLength(40);
    expect((await verified(settings))[0]).toBe(0);
    expect(entriesOf(settings.path).filter(({kind}) => kind === 'hold_added')).toHaveLength(1);
  }
);

test('a store that refuses holds does not stop the capture; the hold is told as open and carried out later', async () => {
  const [store, settings] = await bucket();
  expect((await write(settings, first)).exit).toBe(0);
  let isRefused = true;
  store.trouble = (method, _, query) =>
    isRefused && method === 'PUT' && query.has('legal-hold') ? {status: 403, code: 'AccessDenied'} : undefined;
  const {exit, text} = await hold(settings, 'add', ...everything);
  expect([exit, text]).toEqual([1, expect.stringContaining('recorded, but not yet carried out (s3_refused')]);
  const {exit: second, run} = await write(settings, messageLines(...specs('e5')));
  expect([second, run.warnings.join()]).toEqual([0, expect.stringContaining('s3_refused')]);
  expect(heldIn(store)).toEqual(['e2', 'e5']);
  isRefused = false;
  expect((await write(settings, [])).exit).toBe(0); // nothing comes for the workspace: nobody opens it
  expect((await write(settings, messageLines(...specs('e6')))).exit).toBe(0);
  expect(heldIn(store)).toHaveLength(6);
});

test('a mail server and a bucket without lock cannot hold, which is said', async () => {
  const mail = await openMailServer();
  cleanUps.push(() => mail.close());
  const path = temporaryFolder();
  const config = {target: toJournal(mail), ledger: {type: 'sqlite', path}, ca_certificate: mail.certificate};
  expect((await write({path, config}, first)).exit).toBe(0);
  const cannot = /these targets cannot hold an item[^]*: default\.\nws-1: \d items lie in no target that can hold them/;
  const said = await hold({path, config}, 'add', ...everything);
  expect([said.exit, said.text]).toEqual([1, expect.stringMatching(cannot)]);
  const [, settings] = await bucket({});
  expect((await write(settings, first)).exit).toBe(0);
  expect((await hold(settings, 'add', ...everything)).text).toMatch(cannot);
});

test('a hold waits for a run that holds the ledger', async () => {
  const path = temporaryFolder();
  await write({path}, first);
  const run = new DestinationProcess('write', {path, streams: ['messages']});
  run.feed([...first, stateLine('messages', {at: 1}, 4)]); // known, so that the state is told at once
  await run.until(() => run.told.length === 1);
  let isDone = false;
  const holding = hold({path}, 'add', ...everything).then((said) => {
    isDone = true;
    return said;
  });
  await sleep(4000);
  expect(isDone).toBe(false);
  run.end();
  expect(await run.ended()).toBe(0);
  expect((await holding).text).toBe('ws-1: 4 items are held, 0 are held no more.\n');
});
