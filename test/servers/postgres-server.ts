// A PostgreSQL server of the test's own: its own cluster on loopback, which can be stopped and started.
import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface PostgresServer {
  readonly port: number;
  readonly connectionString: string;
  start(): void;
  /** As an administrator does who waits for nobody. */
  stop(): void;
  /** One value a row, of a query by the administrator. */
  query(sql: string): string[];
  /** As a standby does that hears no more from here on. */
  copy(): void;
  /** The server dies, and the copy takes its place; and so the other way round when it is done again. */
  failOver(): void;
  /** It follows a server that nobody sees, until it is promoted. */
  follow(): void;
  promote(): void;
  remove(): void;
}

/** @param certificate makes it speak TLS */
export async function startPostgres(certificate?: {key: string; certificate: string}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const data = join(folder, 'data');
  const copied = join(folder, 'copy');
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], {encoding: 'utf8'}));
  const own = (path: string): void => (isRoot ? chownSync(path, id('-u'), id('-g')) : undefined);
  chmodSync(folder, 0o755);
  own(folder);
  const run = (program: string, args: readonly string[]): string => {
    const [command, ...rest]: [string, ...string[]] = isRoot
      ? ['setpriv', `--reuid=postgres`, `--regid=postgres`, '--clear-groups', program, ...args]
      : [program, ...args];
    return execFileSync(command, rest, {encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe']});
  };
  const password = join(folder, 'password');
  writeFileSync(password, 'right');
  own(password);
  const bin = binaries();
  run(join(bin, 'initdb'), [
    '-D',
    data,
    '-U',
    'archive',
    '-A',
    'scram-sha-256',
    '--pwfile',
    password,
    '-E',
    'UTF8',
    '-N',
  ]);
  const settings = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = '${folder}'`,
    `shared_buffers = 16MB`,
  ];
  if (certificate !== undefined) {
    for (const [name, text] of [
      ['server.key', certificate.key],
      ['server.crt', certificate.certificate],
    ] as const) {
      writeFileSync(join(data, name), text, {mode: 0o600});
      own(join(data, name));
    }
    settings.push('ssl = on');
  }
  writeFileSync(join(data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
  own(join(data, 'postgresql.auto.conf'));
  const control = (...args: string[]): void =>
    void run(join(bin, 'pg_ctl'), ['-D', data, '-l', join(folder, 'log'), '-w', ...args]);
  const kill = (): void => {
    try {
      control('-m', 'immediate', 'stop');
    } catch {
      // it was stopped already
    }
  };
  const server: PostgresServer = {
    port,
    connectionString: `postgresql://archive:right@127.0.0.1:${port}/postgres`,
    start: () => control('start'),
    stop: () => control('-m', 'fast', 'stop'),
    query: (sql) =>
      execFileSync('psql', [server.connectionString, '-X', '-A', '-t', '-c', sql], {encoding: 'utf8'})
        .split('\n')
        .filter((line) => line !== ''),
    copy: () => {
      const connection = `${server.connectionString}?sslmode=prefer`;
      run(join(bin, 'pg_basebackup'), ['-D', copied, '-c', 'fast', '-X', 'stream', '-d', connection]);
    },
    failOver: () => {
      kill();
      renameSync(data, `${data}-before`);
      renameSync(copied, data);
      renameSync(`${data}-before`, copied);
      control('start');
    },
    follow: () => {
      server.stop();
      writeFileSync(join(data, 'standby.signal'), '');
      own(join(data, 'standby.signal'));
      server.start();
    },
    promote: () => control('promote'),
    remove: () => {
      kill();
      rmSync(folder, {recursive: true, force: true});
    },
  };
  server.start();
  return server;
}

function binaries(): string {
  const versions = '/usr/lib/postgresql';
  const [newest] = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  return join(versions, newest, 'bin');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
