// Every kind of server is reached through one proxy, a real one that asks for a password, and none of them without it.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:https';
import {type AddressInfo, connect, createServer as createProbe} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from '@jest/globals';
import {generate} from 'selfsigned';
import {messageLines, recordLine, stateLine, unreadableRow} from '../end-to-end/contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from '../end-to-end/destination-process';
import {anyAddress, openMailServer} from '../end-to-end/mail-server';
import {openObjectStore} from '../end-to-end/object-store';
import {startPostgres} from './postgres-server';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startProxy(): Promise<{port: number; connects: () => string[]}> {
  const probe = createProbe().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const {port} = probe.address() as AddressInfo;
  probe.close();
  const folder = temporaryFolder();
  const [config, log] = [join(folder, 'tinyproxy.conf'), join(folder, 'log')];
  const settings = ['Listen 127.0.0.1', 'BasicAuth airbyte right', 'LogLevel Connect', 'MaxClients 100'];
  writeFileSync(config, [`Port ${port}`, ...settings, `LogFile "${log}"`, ''].join('\n'));
  const child = spawn('tinyproxy', ['-d', '-c', config], {stdio: 'ignore'});
  cleanUps.push(() => {
    child.kill('SIGKILL');
  });
  while (!(await listens(port))) await sleep(50);
  const connects = (): string[] =>
    [...readFileSync(log, 'utf8').matchAll(/CONNECT ([^ ]+) HTTP/g)].map(([, to = '']) => to);
  return {port, connects};
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

const pairs = (): Promise<{private: string; cert: string}> =>
  generate([{name: 'commonName', value: 'everything'}], {
    keySize: 2048,
    extensions: [{name: 'subjectAltName', altNames: ['127.0.0.1', anyAddress].map((ip) => ({type: 7, ip}))}],
  });

const lines = [
  ...messageLines({event: 'e1'}, {event: 'e2'}),
  recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff]))), // something for the webhook to say
  stateLine('messages', {at: 1}, 3),
];

test('bucket, mail, database and webhook are all reached through the proxy, with the authority of the configuration', async () => {
  const pair = await pairs();
  const keys = {key: pair.private, cert: pair.cert};
  const database = await startPostgres({key: pair.private, certificate: pair.cert});
  const store = await openObjectStore({pair: keys});
  const mail = await openMailServer();
  const implicit = await openMailServer(undefined, {...keys, secure: true});
  const posts: string[] = [];
  const hook = createServer(keys, (request, response) => {
    posts.push(request.url ?? '');
    request.resume();
    response.writeHead(204).end();
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  cleanUps.push(
    () => database.remove(),
    () => store.close(),
    () => mail.close(),
    () => implicit.close(),
    () => {
      hook.closeAllConnections();
      hook.close();
    }
  );
  const proxy = await startProxy();
  const hookPort = (hook.address() as AddressInfo).port;
  const journal = {type: 'smtp', host: anyAddress, sender: 'a@corp.test', recipients: ['j@archive.test']};
  const config: Record<string, unknown> = {
    target: {
      type: 's3',
      bucket: 'archive',
      region: 'eu-central-1',
      endpoint: store.endpoint.replace('127.0.0.1', anyAddress),
      path_style: true,
      access_key_id: 'key',
      secret_access_key: 'secret',
    },
    additional_targets: [
      {name: 'journal', target: {...journal, port: mail.port}},
      {name: 'implicit', target: {...journal, port: implicit.port, security: 'tls'}},
    ],
    rules: [{name: 'all', patterns: ['text'], targets: ['default', 'journal', 'implicit']}],
    routing_mode: 'copy_per_match',
    ledger: {
      type: 'postgres',
      connection_string: `postgresql://archive:right@${anyAddress}:${database.port}/postgres`,
    },
    grouping: 'message',
    alerts: {url: `https://${anyAddress}:${hookPort}/hook`, secret: 'a secret of the alerts'},
    proxy: {url: `http://127.0.0.1:${proxy.port}`, username: 'airbyte', password: 'right'},
    ca_certificate: [pair.cert, mail.certificate].join('\n'),
  };
  const path = temporaryFolder();
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.errors, run.told]).toEqual([0, [], ['messages:{"at":1}']]);
  expect([mail.mails.length, implicit.mails.length, posts]).toEqual([2, 2, ['/hook']]);
  const storePort = Number(new URL(store.endpoint).port);
  const ports = [database.port, storePort, mail.port, implicit.port, hookPort];
  expect(new Set(proxy.connects())).toEqual(new Set(ports.map((port) => `${anyAddress}:${port}`)));
  expect(await verify(path, config)).toBe(0);

  // What nobody trusts is told as that, whichever server it is, and never as a server that is away.
  const trusting = (...certificates: string[]): Record<string, unknown> => {
    return {...config, ca_certificate: certificates.length === 0 ? undefined : certificates.join('\n')};
  };
  for (const [without, said] of [
    [trusting(), /certificate of the database is not trusted/],
    [trusting(pair.cert), /certificate of the mail server is not trusted/],
  ] as const) {
    const untrusted = new DestinationProcess('check', {path, config: without});
    untrusted.end();
    await untrusted.ended();
    expect(untrusted.status).toMatchObject({status: 'FAILED', message: expect.stringMatching(said)});
    const failed = await write({path, config: without}, lines);
    expect([failed.exit, failed.run.errors[0]?.failure_type]).toEqual([1, 'config_error']);
    expect(JSON.stringify(failed.run.errors)).not.toContain('ledger_unavailable');
  }
  const denied = await write({path, config: {...config, proxy: {url: `http://127.0.0.1:${proxy.port}`}}}, lines);
  expect([denied.exit, denied.run.told]).toEqual([1, []]);
  expect(denied.run.errors[0]?.message).toMatch(/proxy/i);
});
