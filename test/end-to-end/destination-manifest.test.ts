// The manifest of a run: what it says, who signed it, and that nothing about it can be changed unnoticed.
import {execFileSync} from 'node:child_process';
import {createHash, createPublicKey, generateKeyPairSync, verify as verifySignature} from 'node:crypto';
import {appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {itemPaths} from './archive-reader';
import {messageLines, recordLine, unreadableRow, workspace} from './contract-rows';
import {afterTest, DestinationProcess, printed, type RunSettings, temporaryFolder, write} from './destination-process';
import {openMailServer, refusal, toJournal} from './mail-server';
import {openObjectStore} from './object-store';

const lines = [
  ...messageLines({event: 'e1'}, {event: 'e2', conversation: 'conv-2', user: 'user-bob'}),
  recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff]))),
];

function newKey(): {private_key: string; publicPem: string} {
  const {privateKey, publicKey} = generateKeyPairSync('ed25519');
  return {
    private_key: privateKey.export({format: 'pem', type: 'pkcs8'}).toString(),
    publicPem: publicKey.export({format: 'pem', type: 'spki'}).toString(),
  };
}

function manifestPaths(folder: string): string[] {
  const manifests = join(folder, 'manifests');
  return existsSync(manifests) ? readdirSync(manifests).map((name) => join(manifests, name)) : [];
}

type Line = Readonly<Record<string, unknown>>;

function parseManifest(text: string): {head: Line; items: Line[]; sum: Line; signature: Line; covered: string} {
  const all = text.trimEnd().split('\n');
  const parsed = all.map((line) => JSON.parse(line) as Line);
  const [head = {}, ...rest] = parsed;
  const [sum = {}, signature = {}] = rest.splice(-2);
  return {head, items: rest, sum, signature, covered: `${all.slice(0, -2).join('\n')}\n`};
}

async function verify(settings: RunSettings): Promise<{exit: unknown; log: string}> {
  const run = new DestinationProcess('verify', settings);
  run.end();
  const exit = await run.ended();
  return {exit, log: run.logText};
}

test('it names every item with its hash, adds up, carries the last hash of the chain, and is signed', async () => {
  const path = temporaryFolder();
  const {private_key, publicPem} = newKey();
  const config = {manifest_signing: {private_key}};
  expect((await write({path, config}, lines)).exit).toBe(0);
  const [manifest = '', ...others] = manifestPaths(join(path, workspace));
  expect(others).toEqual([]);
  const {head, items, sum, signature, covered} = parseManifest(readFileSync(manifest, 'utf8'));
  const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};
  expect(head).toMatchObject({manifest: 1, workspace_id: workspace, target: 'default', end: 'complete'});
  expect(head['versions']).toEqual({destination: version});
  expect(head['chain_hash']).toMatch(/^[0-9a-f]{64}$/);
  const onDisk = itemPaths(path).map((each) => {
    const bytes = readFileSync(join(path, each));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return {address: each.slice(workspace.length + 1), sha256, size: bytes.length};
  });
  const byAddress = (a: Line, b: Line): number => (String(a['address']) < String(b['address']) ? -1 : 1);
  expect(items.map(({address, sha256, size}) => ({address, sha256, size})).sort(byAddress)).toEqual(onDisk);
  expect(sum).toMatchObject({items: 2, records: 2, set_aside: 1, excluded: 0});
  expect(sum['sha256']).toBe(createHash('sha256').update(covered).digest('hex'));
  const isRight = verifySignature(
    null,
    Buffer.from(String(sum['sha256'])),
    createPublicKey(publicPem),
    Buffer.from(String(signature['signature']), 'base64')
  );
  expect(isRight).toBe(true);
  const {exit, log} = await verify({path, config});
  expect(log).toContain('1 manifests (1 signed)');
  expect(exit).toBe(0);
});

test('openssl alone can check the signature', async () => {
  const path = temporaryFolder();
  const {private_key, publicPem} = newKey();
  await write({path, config: {manifest_signing: {private_key}}}, lines);
  const [manifest = ''] = manifestPaths(join(path, workspace));
  const {sum, signature} = parseManifest(readFileSync(manifest, 'utf8'));
  const folder = temporaryFolder();
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const args = ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', file('key.pem', publicPem)];
  args.push('-in', file('digest', String(sum['sha256'])));
  args.push('-sigfile', file('signature', Buffer.from(String(signature['signature']), 'base64')));
  expect(execFileSync('openssl', args, {encoding: 'utf8'})).toContain('Verified Successfully');
});

test.each([
  ['is changed', (manifest: string) => appendFileSync(manifest, '{}\n'), 'differs from what was written'],
  ['is missing', (manifest: string) => rmSync(manifest), 'is missing'],
])('a manifest that %s is found', async (_, tamper, found) => {
  const path = temporaryFolder();
  await write({path}, lines);
  const [manifest = ''] = manifestPaths(join(path, workspace));
  tamper(manifest);
  const {exit, log} = await verify({path});
  expect(exit).toBe(1);
  expect(log).toContain(found);
});

test('a manifest signed with a key that is not configured is found; as an earlier key it is known', async () => {
  const path = temporaryFolder();
  const [old, now] = [newKey(), newKey()];
  await write({path, config: {manifest_signing: {private_key: old.private_key}}}, lines);
  const signing = {private_key: now.private_key};
  const strange = await verify({path, config: {manifest_signing: signing}});
  expect([strange.exit, strange.log]).toEqual([1, expect.stringContaining('a key that is not configured')]);
  const known = {...signing, earlier_public_keys: [old.publicPem]};
  expect((await verify({path, config: {manifest_signing: known}})).exit).toBe(0);
});

test('every run has its manifest, that of one which died is written by the next, and no item is in two', async () => {
  const path = temporaryFolder();
  const settings = {path, config: {grouping: 'message'}};
  const many = messageLines(...Array.from({length: 600}, (_, index) => ({event: `m${index}`})));
  const run = new DestinationProcess('write', settings);
  run.feed(many);
  run.end();
  while (run.isRunning && itemPaths(path).length < 20) await new Promise((resolve) => setImmediate(resolve));
  run.kill('SIGKILL');
  await run.ended();
  expect((await write(settings, many)).exit).toBe(0);
  const manifests = manifestPaths(join(path, workspace)).map((each) => parseManifest(readFileSync(each, 'utf8')));
  expect(manifests.map(({head}) => head['end']).sort()).toEqual(['complete', 'cut_off']);
  const items = manifests.flatMap(({items: each}) => each.map(({item}) => item));
  expect(items).toHaveLength(600);
  expect(new Set(items).size).toBe(600);
  expect((await verify(settings)).exit).toBe(0);
});

test('a mail server keeps no manifest: it lies in the folder of the ledger', async () => {
  const server = await openMailServer();
  try {
    const path = temporaryFolder();
    const config = {
      target: toJournal(server),
      ledger: {type: 'sqlite', path},
      ca_certificate: server.certificate,
    };
    expect((await write({path, config}, lines)).exit).toBe(0);
    const [manifest = ''] = manifestPaths(join(path, '.arctera-archive', workspace));
    const {head, items} = parseManifest(readFileSync(manifest, 'utf8'));
    expect(head['target']).toBeNull();
    expect(items).toHaveLength(2);
    expect((await verify({path, config})).exit).toBe(0);
    appendFileSync(manifest, 'x');
    expect((await verify({path, config})).exit).toBe(1);
  } finally {
    await server.close();
  }
});

test('what a mail server gets beside a folder is in a manifest too, in that of the run in which it took it', async () => {
  let isRefusing = true;
  const server = await openMailServer(() => (isRefusing ? refusal(554, '5.7.1 not wanted here') : undefined));
  try {
    const path = temporaryFolder();
    const config = {
      grouping: 'message',
      ca_certificate: server.certificate,
      additional_targets: [{name: 'journal', target: {...toJournal(server), connections: 1}}],
      rules: [
        {name: 'one', patterns: ['text of e1'], targets: ['journal']},
        {name: 'two', patterns: ['text of e2'], targets: ['default', 'journal']},
      ],
      routing_mode: 'copy_per_match',
    };
    expect((await write({path, config}, messageLines({event: 'e1'}, {event: 'e2'}))).exit).toBe(0);
    isRefusing = false;
    expect((await printed('retry-set-aside', {path, config})).exit).toBe(0);
    expect(server.mails).toHaveLength(2);
    const manifests = manifestPaths(join(path, '.arctera-archive', workspace)).sort();
    const told = manifests.map((each) => parseManifest(readFileSync(each, 'utf8')));
    expect(told.map(({items}) => items.map(({targets}) => targets))).toEqual([
      [['default']],
      [['journal'], ['journal']],
    ]);
    expect(told.map(({sum}) => sum['records'])).toEqual([1, 2]);
    expect((await verify({path, config})).exit).toBe(0);
  } finally {
    await server.close();
  }
});

test('in a bucket it is an object that is locked like an item', async () => {
  const store = await openObjectStore();
  try {
    const path = temporaryFolder();
    const target = {
      type: 's3',
      bucket: 'archive',
      region: 'eu-central-1',
      endpoint: store.endpoint,
      path_style: true,
      access_key_id: 'id',
      secret_access_key: 'secret',
      object_lock: 'compliance',
      retention_days: 30,
    };
    const config = {target, ledger: {type: 'sqlite', path}};
    expect((await write({path, config}, lines)).exit).toBe(0);
    const [[key, object] = ['', undefined], ...others] = [...store.objects].filter(([each]) =>
      each.includes('/manifests/')
    );
    expect([key.startsWith(`${workspace}/manifests/`), others]).toEqual([true, []]);
    expect(object?.lockMode).toBe('COMPLIANCE');
    expect(parseManifest(object?.bytes.toString() ?? '').items).toHaveLength(2);
    expect((await verify({path, config})).exit).toBe(0);
  } finally {
    await store.close();
  }
});

test('a manifest that was added is named, in a folder, in a bucket and beside the ledger', async () => {
  const path = temporaryFolder();
  expect((await write({path}, lines)).exit).toBe(0);
  const added = join(path, workspace, 'manifests', 'added.jsonl');
  const [own = ''] = manifestPaths(join(path, workspace));
  writeFileSync(added, readFileSync(own));
  const named = await verify({path});
  expect([named.exit, named.log]).toEqual([1, expect.stringContaining('knows the manifest "manifests/added.jsonl"')]);
  rmSync(added);
  expect((await verify({path})).exit).toBe(0);
  const store = await openObjectStore();
  const [bucket, second] = [{bucket: 'archive', region: 'eu-central-1', path_style: true}, temporaryFolder()];
  const keys = {access_key_id: 'key', secret_access_key: 'secret'};
  const target = {type: 's3', endpoint: store.endpoint, ...bucket, ...keys};
  const settings = {path: second, config: {target, ledger: {type: 'sqlite', path: second}}};
  try {
    expect((await write(settings, lines)).exit).toBe(0);
    const [key = '', object] = [...store.objects].find(([each]) => each.includes('/manifests/')) ?? [];
    if (object === undefined) throw new Error('There is no manifest.');
    store.objects.set(`${key}.more`, object);
    expect((await verify(settings)).log).toContain('No entry knows the manifest');
    store.objects.delete(`${key}.more`);
    const beside = join(second, '.arctera-archive', workspace, 'manifests');
    mkdirSync(beside);
    writeFileSync(join(beside, 'x.jsonl'), '{}');
    expect((await verify(settings)).log).toContain('knows the manifest "manifests/x.jsonl"');
    rmSync(beside, {recursive: true});
    expect((await verify(settings)).exit).toBe(0);
  } finally {
    await store.close();
  }
});

test('what was done to the manifest of a run that died behind it is found like anything else', async () => {
  const store = await openObjectStore();
  const path = temporaryFolder();
  const place = {bucket: 'archive', region: 'eu-central-1', path_style: true, endpoint: store.endpoint};
  const target = {type: 's3', ...place, access_key_id: 'key', secret_access_key: 'secret'};
  const settings = {path, config: {target, ledger: {type: 'sqlite', path}}};
  const run = new DestinationProcess('write', settings);
  store.onStored = (key) => (key.includes('/manifests/') ? run.kill('SIGKILL') : undefined);
  try {
    run.feed(lines);
    run.end();
    await run.ended();
    expect((await verify(settings)).exit).toBe(0);
    const [key = '', object] = [...store.objects].find(([each]) => each.includes('/manifests/')) ?? [];
    if (object === undefined) throw new Error('There is no manifest.');
    const text = object.bytes.toString();
    const unsigned = text.replace(/[^\n]*\n$/, '');
    for (const changed of [`${unsigned}no JSON\n`, `${unsigned}null\n`, unsigned, `${text}{"item":"added"}\n`]) {
      store.objects.set(key, {...object, bytes: Buffer.from(changed)});
      const {exit, log} = await verify(settings);
      expect([exit, log]).toEqual([1, expect.stringContaining('does not follow from the ledger')]);
    }
  } finally {
    await store.close();
  }
});

test('verify as JSON is one document', async () => {
  const path = temporaryFolder();
  await write({path}, lines);
  const [item = ''] = itemPaths(path);
  rmSync(join(path, item));
  const {exit, text} = await printed('verify', {path, options: ['--format', 'json']});
  expect(exit).toBe(1);
  const verdict = JSON.parse(text) as {whole: boolean; workspaces: {problems: string[]}[]};
  expect(verdict).toMatchObject({whole: false, workspaces: [{workspace, whole: false, manifests: 1, items: 2}]});
  expect(verdict.workspaces[0]?.problems[0]).toContain(item.slice(workspace.length + 1));
});

test('what a run was writing of its manifest beside the ledger that was killed then is none, for verify and a rebuild', async () => {
  const mail = await openMailServer();
  afterTest(() => void mail.close());
  const [path, ledgerFolder] = [temporaryFolder(), temporaryFolder()];
  const config = {
    target: toJournal(mail),
    additional_targets: [{name: 'desk', target: {type: 'folder', path}}],
    rules: [{name: 'all', targets: ['default', 'desk']}],
    routing_mode: 'copy_per_match',
    ledger: {type: 'sqlite', path: ledgerFolder},
    ca_certificate: mail.certificate,
  };
  const killing = join(temporaryFolder(), 'killing.cjs');
  const program = `
    const files = require('node:fs/promises');
    const {rename} = files;
    files.rename = async (from, to) => {
      if (/manifests.[^/]*[.]part$/.test(from)) process.kill(process.pid, 'SIGKILL');
      return rename(from, to);
    };`;
  writeFileSync(killing, program);
  const environment = {NODE_OPTIONS: `--require ${killing}`};
  expect((await write({path, config, environment}, lines)).exit).toBe('SIGKILL');
  const beside = join(ledgerFolder, '.arctera-archive', workspace);
  expect(manifestPaths(beside)).toEqual([expect.stringMatching(/\.part$/)]);
  expect(await verify({path, config})).toMatchObject({exit: 0});
  rmSync(join(beside, 'ledger.sqlite'));
  await printed('rebuild-ledger', {path, config});
  expect((await write({path, config}, lines)).exit).toBe(0);
  expect(await verify({path, config})).toMatchObject({exit: 0});
});
