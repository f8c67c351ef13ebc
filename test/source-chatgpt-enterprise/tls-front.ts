// TLS in front of a plain server, with a certificate of a private authority, and a forward proxy that notes what it sees.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer as createHttpServer} from 'node:http';
import {type AddressInfo, connect, createServer as createNetServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as tls from 'node:tls';
import {generate} from 'selfsigned';

export interface Opened {
  readonly port: number;
  close(): Promise<void>;
}

export interface PrivateAuthority {
  readonly certificate: string;
  /** For localhost, 127.0.0.1 and ::1. */
  readonly server: {readonly key: string; readonly cert: string};
}

export async function createAuthority(name: string): Promise<PrivateAuthority> {
  const authority = await generate([{name: 'commonName', value: name}], {
    keySize: 2048,
    extensions: [
      {name: 'basicConstraints', cA: true, critical: true},
      {name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true},
    ],
  });
  const server = await generate([{name: 'commonName', value: 'localhost'}], {
    keySize: 2048,
    ca: {key: authority.private, cert: authority.cert},
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          {type: 2, value: 'localhost'},
          {type: 7, ip: '127.0.0.1'},
          {type: 7, ip: '::1'},
        ],
      },
    ],
  });
  return {certificate: authority.cert, server: {key: server.private, cert: server.cert}};
}

export function openTlsFront({server}: PrivateAuthority, behindPort: number, host = '127.0.0.1'): Promise<Opened> {
  return open(
    tls.createServer(server, (socket) => joinSockets(socket, connect(behindPort, '127.0.0.1'))),
    host
  );
}

export interface SeeingProxy extends Opened {
  /** Host and port of each tunnel. */
  readonly tunnels: string[];
  readonly authorizations: (string | undefined)[];
  /** Everything that passed through it, tunnels included. */
  seen(): string;
}

/** @param refusal the status that every CONNECT is answered with, or so many of them */
export async function openProxy(refusal?: number, times = Number.POSITIVE_INFINITY): Promise<SeeingProxy> {
  const tunnels: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const seen: Buffer[] = [];
  const server = createHttpServer((request, response) => {
    seen.push(Buffer.from(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`));
    response.writeHead(400).end();
  });
  server.on('connect', (request, socket: Socket, head: Buffer) => {
    tunnels.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization']);
    seen.push(Buffer.from(JSON.stringify(request.headers)), head);
    if (refusal !== undefined && tunnels.length <= times) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\ncontent-length: 2\r\n\r\n{}`);
      return;
    }
    const [, port] = /:(\d+)$/.exec(request.url ?? '') ?? [];
    const target = connect(Number(port), '127.0.0.1');
    socket.on('data', (chunk: Buffer) => seen.push(chunk));
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    joinSockets(socket, target);
  });
  const opened = await open(server, '127.0.0.1');
  return {...opened, tunnels, authorizations, seen: () => Buffer.concat(seen).toString('latin1')};
}

/** Ends the first `times` connections as soon as they are there, and lets the others through to the port behind it. */
export function openEndingGate(port: number, times: number): Promise<Opened> {
  let count = 0;
  const server = createNetServer((socket) => {
    count += 1;
    if (count <= times) socket.end();
    else joinSockets(socket, connect(port, '127.0.0.1'));
  });
  return open(server, '127.0.0.1');
}

/** Debian's tinyproxy as its own process, asking for a name and a password. */
export async function openTinyproxy(executable: string, user: string, password: string): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'tinyproxy-'));
  const port = await freePort();
  const settings = join(folder, 'tinyproxy.conf');
  writeFileSync(
    settings,
    [`Port ${port}`, 'Listen 127.0.0.1', 'Timeout 60', `BasicAuth ${user} ${password}`, 'MaxClients 50', ''].join('\n')
  );
  const child = spawn(executable, ['-d', '-c', settings], {stdio: 'ignore'});
  const ended = once(child, 'exit');
  for (let isUp = false; !isUp;) {
    const probe = connect(port, '127.0.0.1');
    isUp = await Promise.race([once(probe, 'connect').then(() => true), once(probe, 'error').then(() => false)]).catch(
      () => false
    );
    probe.destroy();
    if (child.exitCode !== null) throw new Error('tinyproxy ended');
  }
  return {
    port,
    close: async () => {
      child.kill();
      await ended;
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

async function freePort(): Promise<number> {
  const server = await open(createNetServer(), '127.0.0.1');
  await server.close();
  return server.port;
}

async function open(server: Server, host: string): Promise<Opened> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function joinSockets(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy()).on('close', () => other.destroy());
  other.on('error', () => one.destroy()).on('close', () => one.destroy());
  one.pipe(other).pipe(one);
}
