// The archive as a bucket: keys, locks, what is in the way, troubles of the store, and kills.
import {afterEach, expect, test} from '@jest/globals';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {cpSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {generate} from 'selfsigned';
import {chunkRows, fileRow, messageLines, recordLine, stateLine} from './contract-rows';
import {readSetAside} from './archive-reader';
import {root} from '../source-files';
import {startExecutable} from '../support/executables';
import {DestinationProcess, printed, temporaryFolder, verify, write} from './destination-process';
import {type ObjectStore, openObjectStore, toBucket} from './object-store';
import {shiftedClock} from './shifted-clock';

const open: ObjectStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

async function serve(...args: Parameters<typeof openObjectStore>): Promise<ObjectStore> {
  const store = await openObjectStore(...args);
  open.push(store);
  return store;
}

function configOf(store: ObjectStore, path: string, target: object = {}): Record<string, unknown> {
  return {target: {...toBucket(store), ...target}, ledger: {type: 'sqlite', path}, grouping: 'message'};
}

const lines = [...messageLines({event: 'e1'}, {event: 'e2'}, {event: 'e3'}), stateLine('messages', {at: 1}, 3)];

function itemsOf({objects}: ObjectStore): string[] {
  return [...objects.keys()].filter((key) => key.endsWith('.eml'));
}

/** Event ids of all items, in order, with repeats. */
function eventsOf(store: ObjectStore): string[] {
  const texts = itemsOf(store).map((key) => store.objects.get(key)?.bytes.toString('latin1') ?? '');
  return texts.map((text) => /text of (\w+)/.exec(text)?.[1] ?? '?').sort();
}

test('items lie under date, user and conversation, and verify finds what was changed, lost or added', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path, {prefix: 'chatgpt'});
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told, run.stderr]).toEqual([0, ['messages:{"at":1}'], '']);
  expect(JSON.stringify(run.outputs)).not.toContain('canary-secret');
  for (const key of itemsOf(store)) {
    expect(key).toMatch(/^chatgpt\/ws-1\/2026\/01\/15\/user-ada\/conv-1\/[0-9a-f]{64}\.eml$/);
  }
  expect(eventsOf(store)).toEqual(['e1', 'e2', 'e3']);
  expect(await verify(path, config)).toBe(0);
  const [first = '', second = ''] = itemsOf(store);
  const whole = store.objects.get(first);
  if (whole === undefined) throw new Error('There is no item.');
  store.objects.set(first, {...whole, bytes: Buffer.from('other')});
  expect(await verify(path, config)).toBe(1);
  store.objects.delete(first);
  expect(await verify(path, config)).toBe(1);
  store.objects.set(first, whole);
  store.objects.set(`${second}.eml`, whole);
  expect(await verify(path, config)).toBe(1);
  store.objects.delete(`${second}.eml`);
  expect(await verify(path, config)).toBe(0);
});

test('items are locked for their period, which the store holds against deletion', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path, {object_lock: 'compliance', retention_days: 10, encryption: 'AES256'});
  expect((await write({path, config}, lines)).exit).toBe(0);
  const [key = ''] = itemsOf(store);
  const object = store.objects.get(key);
  expect(object).toMatchObject({lockMode: 'COMPLIANCE', encryption: 'AES256'});
  const days = (Date.parse(object?.lockedUntil ?? '') - Date.now()) / 86_400_000;
  expect([days > 9.9, days < 10.1]).toEqual([true, true]);
  const refused = await fetch(`${store.endpoint}/archive/${key}`, {method: 'DELETE'});
  expect(refused.status).toBe(403);
});

test.each([
  ['behind', -3],
  ['ahead', 3],
])(
  'where the own clock is days %s, items are locked for their whole period, and no answer is asked for again',
  async (_, days) => {
    const store = await serve();
    const path = temporaryFolder();
    const config = configOf(store, path, {object_lock: 'compliance', retention_days: 10});
    const {environment} = shiftedClock({startMs: days * 86_400_000});
    const {exit, run} = await write({path, config, environment}, lines);
    expect([exit, run.errors, eventsOf(store)]).toEqual([0, [], ['e1', 'e2', 'e3']]);
    for (const key of itemsOf(store)) {
      const lockedDays = (Date.parse(store.objects.get(key)?.lockedUntil ?? '') - Date.now()) / 86_400_000;
      expect(lockedDays).toBeGreaterThan(9.9);
      expect(lockedDays).toBeLessThan(10.1 + Math.max(0, days));
    }
    const mark = store.requests.filter((each) => each === 'GET /archive/ws-1/archive-id');
    expect(mark.length).toBeLessThan(3);
  }
);

test('a clock that is days behind is set right also where the first request was lost', async () => {
  const store = await serve();
  const path = temporaryFolder();
  let requests = 0;
  store.trouble = () => ((requests += 1) === 1 ? 'hang up' : undefined);
  const {environment} = shiftedClock({startMs: -3 * 86_400_000});
  const {exit, run} = await write({path, config: configOf(store, path), environment}, lines);
  expect([exit, run.errors, eventsOf(store)]).toEqual([0, [], ['e1', 'e2', 'e3']]);
});

test('encryption with a key of KMS is asked for in every kind of write, the probe included', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path, {encryption: 'aws:kms', kms_key_id: 'alias/archive'});
  const bytes = randomBytes(9 * 1024 * 1024);
  const large = [
    ...messageLines({event: 'e1'}, {event: 'e2', files: ['file-1']}),
    recordLine('files', fileRow({file: 'file-1', event: 'e2', bytes})),
    ...chunkRows({file: 'file-1', event: 'e2', bytes}).map((row) => recordLine('file_chunks', row)),
  ];
  expect((await write({path, config}, large)).exit).toBe(0);
  expect(store.requests.some((each) => each.startsWith('POST') && each.includes('.eml'))).toBe(true);
  expect(store.objects.size).toBeGreaterThan(3); // the mark, the manifest, an item at once and one in parts
  for (const {encryption, kmsKeyId} of store.objects.values()) {
    expect([encryption, kmsKeyId]).toEqual(['aws:kms', 'alias/archive']);
  }
});

test('without keys in the configuration those of the environment sign, or those that the container is given', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path, {access_key_id: undefined, secret_access_key: undefined});
  const clean = {AWS_EC2_METADATA_DISABLED: 'true', HOME: temporaryFolder()};
  const keys = {AWS_ACCESS_KEY_ID: 'from-env', AWS_SECRET_ACCESS_KEY: 'canary-secret', AWS_SESSION_TOKEN: 'a-token'};
  const first = await write({path, config, environment: {...clean, ...keys}}, lines);
  expect([first.exit, [...store.signers]]).toEqual([0, ['from-env a-token']]);
  expect(JSON.stringify(first.run.outputs)).not.toContain('canary-secret');

  const asked: string[] = [];
  const endpoint = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.end(JSON.stringify({AccessKeyId: 'from-pod', SecretAccessKey: 's', Token: 't', Expiration}));
  });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const address = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/credentials`;
  store.signers.clear();
  const second = await write(
    {path, config, environment: {...clean, AWS_CONTAINER_CREDENTIALS_FULL_URI: address}},
    messageLines({event: 'e9'})
  );
  endpoint.closeAllConnections();
  endpoint.close();
  expect([second.exit, [...store.signers], new Set(asked)]).toEqual([0, ['from-pod t'], new Set(['/credentials'])]);

  const third = await write({path, config, environment: clean}, messageLines({event: 'e10'}));
  expect([third.exit, third.run.errors[0]?.failure_type]).toEqual([1, 'config_error']);
});

test('a pod that is given a token for a role signs with the keys of the role', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const asked: URLSearchParams[] = [];
  const service = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      asked.push(new URLSearchParams(body));
      const [key, token] = ['from-role', 'of-session'];
      const expires = new Date(Date.now() + 3_600_000).toISOString();
      response.setHeader('content-type', 'text/xml').end(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${key}</AccessKeyId>
          <SecretAccessKey>canary-secret</SecretAccessKey><SessionToken>${token}</SessionToken>
          <Expiration>${expires}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>`
      );
    });
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const token = join(temporaryFolder(), 'token');
  writeFileSync(token, 'canary-token-of-the-pod');
  const config = configOf(store, path, {access_key_id: undefined, secret_access_key: undefined});
  const environment = {
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: temporaryFolder(),
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/archive',
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
  };
  const {exit, run} = await write({path, config, environment}, lines);
  service.closeAllConnections();
  service.close();
  expect([exit, [...store.signers]]).toEqual([0, ['from-role of-session']]);
  expect(asked[0]?.get('RoleArn')).toBe(environment.AWS_ROLE_ARN);
  expect(asked[0]?.get('WebIdentityToken')).toBe('canary-token-of-the-pod');
  expect(JSON.stringify(run.outputs)).not.toContain('canary-');
});

test('a store behind TLS is trusted by the authority of the configuration, and by it alone', async () => {
  const {private: key, cert} = await generate([{name: 'commonName', value: 'localhost'}], {
    keySize: 2048,
    extensions: [{name: 'subjectAltName', altNames: [{type: 7, ip: '127.0.0.1'}]}],
  });
  const store = await serve({pair: {key, cert}});
  const path = temporaryFolder();
  const environment = {NODE_TLS_REJECT_UNAUTHORIZED: '0'}; // which turns nothing off
  const untrusted = await write({path, config: configOf(store, path), environment}, lines);
  expect([untrusted.exit, untrusted.run.errors[0]?.message]).toEqual([1, expect.stringContaining('not trusted')]);
  expect(store.requests).toEqual([]);
  const config = {...configOf(store, path), ca_certificate: cert};
  expect((await write({path, config}, lines)).exit).toBe(0);
  expect(eventsOf(store)).toEqual(['e1', 'e2', 'e3']);
});

test('a storm of SlowDown over all requests is waited out, and nothing is there twice', async () => {
  const store = await serve();
  const asked = new Map<string, number>();
  store.trouble = (method, key) => {
    const count = (asked.get(`${method} ${key}`) ?? 0) + 1;
    asked.set(`${method} ${key}`, count);
    return count > 2 ? undefined : {status: 503, code: 'SlowDown'};
  };
  const path = temporaryFolder();
  const names = Array.from({length: 30}, (_, index) => `k${index + 10}`);
  const many = [...messageLines(...names.map((event) => ({event}))), stateLine('messages', {at: 1}, names.length)];
  const {exit, run} = await write({path, config: configOf(store, path)}, many);
  expect([exit, run.told, eventsOf(store)]).toEqual([0, ['messages:{"at":1}'], names]);
});

test('check proves the permission to write without an object, so that nothing can stay locked', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path, {object_lock: 'compliance', retention_days: 10});
  const run = new DestinationProcess('check', {path, config});
  run.end();
  await run.ended();
  expect(run.status?.status).toBe('SUCCEEDED');
  expect([store.objects.size, store.uploads.size]).toEqual([0, 0]);
  expect(store.requests.filter((each) => each.startsWith('PUT'))).toEqual([]);
});

test.each([
  ['a bucket without Object Lock', {hasLock: false}, undefined, /Object Lock/],
  ['a key that may not write', {}, {status: 403, code: 'AccessDenied'}, /refuses/],
  ['a bucket that is not there', {}, {status: 404, code: 'NoSuchBucket'}, /refuses/],
])('check names %s', async (_, options, trouble, said) => {
  const store = await serve(options);
  store.trouble = (method) => (method === 'POST' ? trouble : undefined);
  const path = temporaryFolder();
  const config = configOf(store, path, {object_lock: 'governance', retention_days: 1});
  const run = new DestinationProcess('check', {path, config});
  run.end();
  await run.ended();
  expect(run.status?.status).toBe('FAILED');
  expect(run.status?.message).toMatch(said);
});

test.each([
  [400, 'ExpiredToken'],
  [400, 'AuthorizationHeaderMalformed'],
  [301, 'PermanentRedirect'],
  [403, 'InvalidAccessKeyId'],
])(
  'check names what the store refuses, HTTP %i, though what it asks first is answered without a body: %s',
  async (status, code) => {
    const store = await serve();
    store.trouble = () => ({status, code});
    const path = temporaryFolder();
    const check = new DestinationProcess('check', {path, config: configOf(store, path)});
    check.end();
    expect(await check.ended()).toBe(0);
    expect(check.status?.message).toContain(`The bucket archive refuses the request (${code}).`);
  }
);

test('check asks what only a run after a crash would have to, so that it is not refused then', async () => {
  const store = await serve();
  store.trouble = (method, _, query) =>
    method === 'GET' && query.has('uploads') ? {status: 403, code: 'AccessDenied'} : undefined;
  const path = temporaryFolder();
  const run = new DestinationProcess('check', {path, config: configOf(store, path)});
  run.end();
  await run.ended();
  expect([run.status?.status, run.status?.message]).toEqual([
    'FAILED',
    expect.stringContaining('s3:ListBucketMultipartUploads'),
  ]);
  expect(store.uploads.size).toBe(0);
});

test('what a check left that was killed is aborted by a later one, a day after', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const check = async (): Promise<number> => {
    const run = new DestinationProcess('check', {path, config: configOf(store, path)});
    run.end();
    await run.ended();
    return store.uploads.size;
  };
  store.trouble = (method) => (method === 'DELETE' ? {status: 403, code: 'AccessDenied'} : undefined);
  expect(await check()).toBe(1);
  store.trouble = () => undefined;
  expect(await check()).toBe(1); // it may be one that goes on beside it
  store.uploadAgeMs = 25 * 60 * 60_000;
  expect(await check()).toBe(0);
});

test('SlowDown and lost answers are retried, and what a lost answer left is taken for what it is', async () => {
  const store = await serve();
  let troubles = 0;
  store.trouble = (method, path) => {
    if (method !== 'PUT' || !path.endsWith('.eml') || troubles >= 6) return undefined;
    troubles += 1;
    return troubles % 2 === 0 ? 'hang up' : {status: 503, code: 'SlowDown'};
  };
  const path = temporaryFolder();
  expect((await write({path, config: configOf(store, path)}, lines)).exit).toBe(0);
  expect([troubles, eventsOf(store)]).toEqual([6, ['e1', 'e2', 'e3']]);
});

test.each([500, 520, 529])('an answer %s, of the store or of what stands before it, is tried again', async (status) => {
  const store = await serve();
  let troubles = 0;
  store.trouble = (method, path) =>
    method === 'PUT' && path.endsWith('.eml') && ++troubles <= 3 ? {status, code: 'Unknown'} : undefined;
  const path = temporaryFolder();
  expect((await write({path, config: configOf(store, path)}, lines)).exit).toBe(0);
  expect(eventsOf(store)).toEqual(['e1', 'e2', 'e3']);
});

test.each([501, 507])('an answer %s is not asked for again', async (status) => {
  const store = await serve();
  let asked = 0;
  store.trouble = (method, path) =>
    method === 'PUT' && path.endsWith('.eml') && ++asked > 0 ? {status, code: 'Unknown'} : undefined;
  const path = temporaryFolder();
  expect(
    (
      await write({path, config: configOf(store, path)}, [
        ...messageLines({event: 'e1'}),
        stateLine('messages', {at: 1}, 1),
      ])
    ).exit
  ).toBe(1);
  expect(asked).toBe(1);
});

test('a user without a name, and so without a home directory, reaches the bucket', async () => {
  const store = await serve();
  const file = join(temporaryFolder(), 'config.json');
  writeFileSync(file, JSON.stringify(configOf(store, temporaryFolder())));
  const executable = join(root, 'bin', 'destination-arctera-archive');
  const args = ['--user', '--map-user=54321', executable, 'check', '--config', file];
  const child = startExecutable('unshare', args, {env: {...process.env, HOME: undefined}});
  child.stdin.end();
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await once(child, 'close');
  expect(said).toContain('"SUCCEEDED"');
});

test('the mark of an archive whose answer is lost is taken for the own one, and another one is not', async () => {
  const store = await serve();
  let lost = 0;
  store.trouble = (method, key) =>
    method === 'PUT' && key.endsWith('/archive-id') && lost++ === 0 ? 'lose the answer' : undefined;
  const path = temporaryFolder();
  expect((await write({path, config: configOf(store, path)}, lines)).exit).toBe(0);
  expect([lost, eventsOf(store)]).toEqual([2, ['e1', 'e2', 'e3']]);

  const contested = await serve();
  contested.trouble = (method, key) =>
    method === 'PUT' && key.endsWith('/archive-id') ? {status: 412, code: 'PreconditionFailed'} : undefined;
  const other = temporaryFolder();
  const {exit, run} = await write({path: other, config: configOf(contested, other)}, lines);
  expect([exit, run.errors[0]?.failure_type, run.told, eventsOf(contested)]).toEqual([1, 'transient_error', [], []]);
});

test('an object that is in the way and then not to be read is no damaged item: the next run goes on', async () => {
  const store = await serve();
  store.trouble = (method, key) =>
    method === 'PUT' && key.endsWith('.eml') ? {status: 412, code: 'PreconditionFailed'} : undefined;
  const path = temporaryFolder();
  const first = await write({path, config: configOf(store, path)}, lines);
  expect([first.exit, first.run.told, first.run.errors[0]?.internal_message]).toEqual([
    1,
    [],
    'TransientError target_unavailable',
  ]);
  store.trouble = () => undefined;
  expect((await write({path, config: configOf(store, path)}, lines)).exit).toBe(0);
  expect(eventsOf(store)).toEqual(['e1', 'e2', 'e3']);
});

test('an object whose body ends early is read on from where it ended', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path);
  expect((await write({path, config}, lines)).exit).toBe(0);
  let cuts = 0;
  store.trouble = (method, key) => {
    if (method !== 'GET' || !key.endsWith('.eml') || cuts === 9) return undefined;
    cuts += 1;
    return 'cut the body';
  };
  expect([await verify(path, config), cuts]).toEqual([0, 9]);
});

test('another object in the place of an item stops the run and is not overwritten', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path);
  store.trouble = (method, key) => {
    if (method !== 'PUT' || !key.endsWith('.eml')) return undefined;
    const stranger = {bytes: Buffer.from('stranger'), lockMode: undefined, lockedUntil: undefined, isHeld: false};
    store.objects.set(decodeURIComponent(key).split('/').slice(2).join('/'), {
      ...stranger,
      encryption: undefined,
      kmsKeyId: undefined,
    });
    return undefined;
  };
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told, run.errors[0]?.failure_type]).toEqual([1, [], 'system_error']);
  expect(new Set([...store.objects.values()].map(({bytes}) => bytes.toString('latin1').slice(0, 8)))).toContain(
    'stranger'
  );
});

test.each([
  [413, 'Unknown'],
  [400, 'EntityTooLarge'],
])('an item that is too large for the store is set aside, and the others go on: HTTP %i', async (status, code) => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path);
  let asked = 0;
  store.trouble = (method, key) =>
    method === 'PUT' && key.endsWith('.eml') && (asked += 1) === 1 ? {status, code} : undefined;
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told, itemsOf(store).length]).toEqual([0, ['messages:{"at":1}'], 2]);
  expect(readSetAside(path, 'ws-1').map((copy) => copy.code)).toEqual(['item_too_large']);
  expect(await verify(path, config)).toBe(0);
  const retry = await printed('retry-set-aside', {path, config});
  expect([retry.exit, eventsOf(store)]).toEqual([0, ['e1', 'e2', 'e3']]);
});

test('a large item goes in parts; when the run ends badly no upload is left', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = {...configOf(store, path), grouping: 'conversation_day'};
  const bytes = randomBytes(14 * 1024 * 1024);
  const large = [
    ...messageLines({event: 'e1', files: ['file-1']}),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes})),
    ...chunkRows({file: 'file-1', event: 'e1', bytes}).map((row) => recordLine('file_chunks', row)),
    stateLine('messages', {at: 1}, 1),
  ];
  let isDown = true;
  store.trouble = (method, key) =>
    isDown && method === 'PUT' && key.endsWith('.eml') ? {status: 403, code: 'AccessDenied'} : undefined;
  expect((await write({path, config}, large)).exit).toBe(1);
  expect([itemsOf(store).length, store.uploads.size]).toEqual([0, 0]);
  isDown = false;
  expect((await write({path, config}, large)).exit).toBe(0);
  expect(store.objects.get(itemsOf(store)[0] ?? '')?.bytes.length).toBeGreaterThan(bytes.length);
  expect(await verify(path, config)).toBe(0);
});

test('a large item whose last answer is lost is taken for the own one, though the store knows its upload no more', async () => {
  const store = await serve();
  let completions = 0;
  store.trouble = (method, _path, query) => {
    const id = query.get('uploadId');
    if (method !== 'POST' || id === null) return undefined;
    completions += 1;
    return store.uploads.has(id) ? 'lose the answer' : {status: 404, code: 'NoSuchUpload'};
  };
  const path = temporaryFolder();
  const bytes = randomBytes(9 * 1024 * 1024);
  const large = [
    ...messageLines({event: 'e1', files: ['file-1']}),
    recordLine('files', fileRow({file: 'file-1', event: 'e1', bytes})),
    ...chunkRows({file: 'file-1', event: 'e1', bytes}).map((row) => recordLine('file_chunks', row)),
    stateLine('messages', {at: 1}, 1),
  ];
  const {exit, run} = await write({path, config: configOf(store, path)}, large);
  expect([exit, run.errors, run.told]).toEqual([0, [], ['messages:{"at":1}']]);
  expect([completions, eventsOf(store)]).toEqual([2, ['e1']]);
});

test('killed at every object, each event is there exactly once', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path);
  const names = Array.from({length: 40}, (_, index) => `k${index + 10}`);
  const many = [...messageLines(...names.map((event) => ({event}))), stateLine('messages', {at: 1}, names.length)];
  for (let kill = 0; kill < 20; kill += 1) {
    const run = new DestinationProcess('write', {path, config});
    let stored = 0;
    store.onStored = (key) => {
      if (key.endsWith('.eml') && ++stored > kill % 4) run.kill('SIGKILL');
    };
    run.feed(many);
    run.end();
    await run.ended();
  }
  store.onStored = () => undefined;
  expect((await write({path, config}, many)).exit).toBe(0);
  expect(eventsOf(store)).toEqual(names);
  expect(await verify(path, config)).toBe(0);
});

test('a 200 from something in between is not taken for an item that was stored', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const config = configOf(store, path);
  store.trouble = (method, key) => (method === 'PUT' && key.endsWith('.eml') ? 'yes' : undefined);
  const lost = await write({path, config}, lines);
  expect([lost.exit, lost.run.told]).toEqual([1, []]);
  expect(lost.run.errors).toMatchObject([{failure_type: 'transient_error'}]);
  store.trouble = () => undefined;
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told, eventsOf(store)]).toEqual([0, ['messages:{"at":1}'], ['e1', 'e2', 'e3']]);
  expect(await verify(path, config)).toBe(0);
});

test.each([{}, {object_lock: 'compliance', retention_days: 10}])(
  'what says yes to everything is no store: %j',
  async (lock) => {
    const store = await serve();
    const path = temporaryFolder();
    store.trouble = () => 'yes';
    const config = configOf(store, path, lock);
    const check = new DestinationProcess('check', {path, config});
    expect(await check.ended()).toBe(0);
    expect(check.status).toMatchObject({status: 'FAILED', message: expect.stringContaining('keeps nothing')});
    const {exit, run} = await write({path, config}, lines);
    expect([exit, run.told]).toEqual([1, []]);
  }
);

test('a ledger that is put back from before some items stops every run, whatever lay beside it', async () => {
  const store = await serve();
  const path = temporaryFolder();
  const copy = join(temporaryFolder(), 'copy');
  const config = configOf(store, path, {prefix: 'chatgpt'});
  expect((await write({path, config}, messageLines({event: 'e1'}))).exit).toBe(0);
  cpSync(path, copy, {recursive: true});
  expect((await write({path, config}, lines)).exit).toBe(0);
  rmSync(path, {recursive: true});
  cpSync(copy, path, {recursive: true});
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told]).toEqual([1, []]);
  expect(run.errors[0]!.message).toMatch(/which left a manifest at .* it is older than the archive/);
  expect(eventsOf(store)).toEqual(['e1', 'e2', 'e3']);
});
