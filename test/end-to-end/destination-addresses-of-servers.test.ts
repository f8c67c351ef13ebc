// Addresses of servers as people write them: an https proxy, IPv6 in brackets, a port behind a host, odd passwords.
import {once} from 'node:events';
import {createServer as createHttpServer} from 'node:http';
import {createServer} from 'node:https';
import {type AddressInfo, connect, createServer as createPlainServer, type Socket} from 'node:net';
import {expect, test} from '@jest/globals';
import {generate} from 'selfsigned';
import {messageLines} from './contract-rows';
import {afterTest, DestinationProcess, temporaryFolder, write} from './destination-process';
import {openMailServer, toJournal} from './mail-server';

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
