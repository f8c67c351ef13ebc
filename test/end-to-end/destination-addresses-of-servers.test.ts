// Addresses of servers as people write them: an https proxy, IPv6 in brackets, a port behind a host, odd passwords.
import {once} from 'node:events';
import {createServer as createHttpServer} from 'node:http';
import {createServer} from 'node:https';
import {type AddressInfo, connect, createServer as createPlainServer, type Socket} from 'node:net';
import {TLSSocket} from 'node:tls';
import {expect, test} from '@jest/globals';
import {generate} from 'selfsigned';
import {messageLines} from './contract-rows';
import {afterTest, DestinationProcess, temporaryFolder, write} from './destination-process';
import {openMailServer, toJournal} from './mail-server';
import {openObjectStore, toBucket} from './object-store';

async function statusOf(config: Readonly<Record<string, unknown>>): Promise<DestinationProcess['status']> {
  const check = new DestinationProcess('check', {path: temporaryFolder(), config});
  check.end();
  await check.ended();
  return check.status;
}

/** Speaks TLS itself, with a certificate that names the proxy alone. */
async function openSecureProxy(host: string): Promise<{port: number; certificate: string; tunnels: string[]}> {
  const pair = await generate([{name: 'commonName', value: 'proxy'}], {
    keySize: 2048,
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          {type: 2, value: 'localhost'},
          {type: 7, ip: '::1'},
        ],
      },
    ],
  });
  const tunnels: string[] = [];
  const server = createServer({key: pair.private, cert: pair.cert});
  server.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '');
    const target = connect(Number(/:(\d+)$/.exec(request.url ?? '')?.[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  server.listen(0, host);
  await once(server, 'listening');
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return {port: (server.address() as AddressInfo).port, certificate: pair.cert, tunnels};
}

test.each([
  ['by its name', 'localhost', 'localhost'],
  ['by an IPv6 address', '::1', '[::1]'],
])('a proxy that speaks TLS itself is reached %s, and its certificate is its own', async (_, host, written) => {
  const proxy = await openSecureProxy(host);
  const mail = await openMailServer();
  afterTest(() => void mail.close());
  const path = temporaryFolder();
  const config = {
    target: {...toJournal(mail), host: 'journal.corp.test', security: 'none'},
    ledger: {type: 'sqlite', path},
    proxy: {url: `https://${written}:${proxy.port}`},
    ca_certificate: proxy.certificate,
  };
  expect(await statusOf(config)).toEqual({status: 'SUCCEEDED'});
  expect((await write({path, config}, messageLines({event: 'e1'}))).exit).toBe(0);
  expect(mail.mails).toHaveLength(1);
  expect(new Set(proxy.tunnels)).toEqual(new Set([`journal.corp.test:${mail.port}`]));
});

test('an IPv6 address of a mail server may stand in brackets, and what is no host is told as that', async () => {
  const mail = await openMailServer(undefined, {});
  afterTest(() => void mail.close());
  const front = createPlainServer((socket) => {
    const target = connect(mail.port, '127.0.0.1');
    socket.pipe(target).pipe(socket);
    for (const each of [socket, target]) each.on('error', () => socket.destroy());
  }).listen(0, '::1');
  await once(front, 'listening');
  afterTest(() => void front.close());
  const {port} = front.address() as AddressInfo;
  const at = (host: string): Readonly<Record<string, unknown>> => ({
    target: {...toJournal(mail), host, port, security: 'none'},
    ledger: {type: 'sqlite', path: temporaryFolder()},
  });
  expect(await statusOf(at('[::1]'))).toEqual({status: 'SUCCEEDED'});
  expect(await statusOf(at('::1'))).toEqual({status: 'SUCCEEDED'});
  expect((await statusOf(at('journal.acme.test:587')))?.message).toContain('target.host: must be a host name');
});

test('a password with a percent sign that begins no code is told as a wrong connection string', async () => {
  const config = {
    target: {type: 's3', bucket: 'archive', region: 'eu-central-1'},
    ledger: {type: 'postgres', connection_string: 'postgresql://archive:hidden%ss@db.acme.test:5432/compliance'},
  };
  const status = await statusOf(config);
  expect(status?.message).toContain('ledger.connection_string: must be');
  expect(status?.message).toContain('%25');
  expect(status?.message).not.toContain('hidden');
});

test.each(['db-1.acme.test,db-2.acme.test', '%2Fvar%2Frun%2Fpostgresql'])(
  'a connection string that names no single host is told as that, and not as a database out of reach: %s',
  async (host) => {
    const config = {
      target: {type: 's3', bucket: 'archive', region: 'eu-central-1'},
      ledger: {type: 'postgres', connection_string: `postgresql://archive:hidden@${host}/compliance`},
    };
    const status = await statusOf(config);
    expect(status?.message).toContain('ledger.connection_string: must be');
    expect(status?.message).toContain('one host');
    expect(status?.message).not.toContain('hidden');
  }
);

test.each([
  ['password authentication failed', 'does not accept the user name or the password'],
  ['SASL authentication failed', 'does not accept the user name or the password'],
  ['no such database: compliance', 'does not exist under that name'],
  ['server login has been failing, try again later (server_login_retry)', 'ended the connection (08P01)'],
])('what PgBouncer says under one code is told as what it is: %s', async (words, told) => {
  const fields = `SFATAL\0C08P01\0M${words}\0\0`;
  const reply = Buffer.alloc(5 + fields.length, `E\0\0\0\0${fields}`);
  reply.writeInt32BE(4 + fields.length, 1);
  const pooler = createPlainServer((socket) => {
    socket.once('data', () => socket.end(reply)).on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(pooler, 'listening');
  afterTest(() => void pooler.close());
  const {port} = pooler.address() as AddressInfo;
  const config = {
    target: {type: 's3', bucket: 'archive', region: 'eu-central-1'},
    ledger: {
      type: 'postgres',
      connection_string: `postgresql://archive:hidden@127.0.0.1:${port}/compliance`,
      security: 'none',
    },
  };
  expect((await statusOf(config))?.message).toContain(`The database of the ledger ${told}`);
});

interface Certified {
  /** Of the server. */
  readonly pair: {readonly key: string; readonly cert: string};
  /** Trusted by the connector. */
  readonly authority: string;
}

interface Flaw {
  readonly at?: {readonly notBeforeDate: Date; readonly notAfterDate: Date};
  readonly ip?: string;
  readonly isOfAnother?: boolean;
}

/** For 127.0.0.1, signed by an authority, and right but for its flaw. */
async function certify({at = {} as Flaw['at'], ip = '127.0.0.1', isOfAnother = false}: Flaw): Promise<Certified> {
  const [authority, another] = await Promise.all(
    ['Authority', 'Another'].map((value) =>
      generate([{name: 'commonName', value}], {
        keySize: 2048,
        extensions: [{name: 'basicConstraints', cA: true, critical: true}],
      })
    )
  );
  const made = await generate([{name: 'commonName', value: 'server'}], {
    keySize: 2048,
    ...at,
    ca: {key: authority!.private, cert: authority!.cert},
    extensions: [{name: 'subjectAltName', altNames: [{type: 7, ip}]}],
  });
  return {pair: {key: made.private, cert: made.cert}, authority: (isOfAnother ? another : authority)!.cert};
}

type Place = Readonly<Record<string, unknown>>;

/** A database that begins TLS and says nothing behind it. */
async function openSecureDatabase(pair: Certified['pair']): Promise<string> {
  const server = createPlainServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('S');
      new TLSSocket(socket, {isServer: true, ...pair}).on('error', () => socket.destroy());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => void server.close());
  return `postgresql://archive:hidden@127.0.0.1:${(server.address() as AddressInfo).port}/compliance`;
}

const secureServers: Readonly<Record<string, (pair: Certified['pair']) => Promise<Place>>> = {
  'the mail server': async (pair) => {
    const mail = await openMailServer(undefined, pair);
    afterTest(() => void mail.close());
    return {target: toJournal(mail), ledger: {type: 'sqlite', path: temporaryFolder()}};
  },
  'the store': async (pair) => {
    const store = await openObjectStore({pair});
    afterTest(() => void store.close());
    return {target: toBucket(store), ledger: {type: 'sqlite', path: temporaryFolder()}};
  },
  'the database': async (pair) => {
    const target = {type: 's3', bucket: 'archive', region: 'eu-central-1'};
    return {target, ledger: {type: 'postgres', connection_string: await openSecureDatabase(pair)}};
  },
};

const day = 24 * 60 * 60_000;
const around = (daysFromNow: number): NonNullable<Flaw['at']> => ({
  notBeforeDate: new Date(Date.now() + (daysFromNow - 5) * day),
  notAfterDate: new Date(Date.now() + (daysFromNow + 5) * day),
});

test.each<[string, Flaw]>([
  ['has expired: whoever runs it must renew it', {at: around(-10)}],
  ['is not valid yet', {at: around(10)}],
  ['is for another host: give the address by a name that it has', {ip: '192.0.2.1'}],
  ['is not trusted: add the authority that signed it to ca_certificate', {isOfAnother: true}],
])('what is wrong with a certificate is said of every server: it %s', async (told, flaw) => {
  const {pair, authority} = await certify(flaw);
  for (const [name, open] of Object.entries(secureServers)) {
    const status = await statusOf({...(await open(pair)), ca_certificate: authority});
    expect(status?.status).toBe('FAILED');
    expect(status?.message).toContain(`The certificate of ${name} ${told}`);
  }
});

test('a database that lets in only who comes from elsewhere, or with TLS, says nothing of the password', async () => {
  const fields = 'SFATAL\0C28000\0Mno pg_hba.conf entry for host "127.0.0.1", no encryption\0\0';
  const reply = Buffer.alloc(5 + fields.length, `E\0\0\0\0${fields}`);
  reply.writeInt32BE(4 + fields.length, 1);
  const database = createPlainServer((socket) => {
    socket.once('data', () => socket.end(reply)).on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(database, 'listening');
  afterTest(() => void database.close());
  const {port} = database.address() as AddressInfo;
  const address = `postgresql://archive:hidden@127.0.0.1:${port}/compliance`;
  const status = await statusOf({
    target: {type: 's3', bucket: 'archive', region: 'eu-central-1'},
    ledger: {type: 'postgres', connection_string: address, security: 'none'},
  });
  expect(status?.message).toContain('does not let this user in from here, or not with the security setting (28000)');
});

test('a password in the address of a proxy is refused wherever it stands: it would be shown', async () => {
  const config = {target: {type: 'folder', path: temporaryFolder()}, proxy: {url: 'http://:hidden@proxy.acme.test'}};
  expect((await statusOf(config))?.message).toContain('proxy.url: must be an http or https address');
});

test('a proxy that does not open a way to the database of the ledger is told as that, and not as one that is away', async () => {
  const proxy = createHttpServer();
  proxy.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  afterTest(() => void proxy.close());
  const mail = await openMailServer();
  afterTest(() => void mail.close());
  const config = {
    target: toJournal(mail),
    ca_certificate: mail.certificate,
    ledger: {type: 'postgres', connection_string: 'postgresql://archive:hidden@db.acme.test/compliance'},
    proxy: {url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, username: 'jo', password: 'hidden'},
  };
  const said = expect.stringMatching(/^The proxy does not open a way to the database of the ledger/) as unknown;
  expect(await statusOf(config)).toMatchObject({status: 'FAILED', message: said});
  const {run, exit} = await write({path: temporaryFolder(), config}, messageLines({event: 'e1'}));
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error', message: said}]);
  expect(JSON.stringify(run.outputs)).not.toContain('hidden');
  expect(mail.mails).toEqual([]);
});
