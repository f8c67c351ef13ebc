// A line to a PostgreSQL server that is cut at a COMMIT, before the server gets it, after, or once it has answered; or falls silent.
import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';

export type Cut = 'before' | 'under way' | 'answered' | 'silent' | undefined;

export interface CuttingOptions {
  /** What happens at a COMMIT of something written, by its number from 1, those that come again included. */
  readonly atCommit?: (commit: number) => Cut;
  /** How many requests of a connection come through before it is cut, by its number from 1; undefined: all of them. */
  readonly requestsOf?: (connection: number) => number | undefined;
}

export interface CuttingLine {
  readonly port: number;
  /** How often it was cut. */
  readonly cuts: () => number;
  close(): void;
}

export async function openCuttingLine(
  serverPort: number,
  {atCommit = () => undefined, requestsOf = () => undefined}: CuttingOptions
): Promise<CuttingLine> {
  let connections = 0;
  let commits = 0;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1');
    const most = requestsOf(++connections) ?? Number.POSITIVE_INFINITY;
    let requests = 0;
    let isSilent = false;
    let isAwaited = false;
    let hasWritten = false;
    const cut = (): void => {
      cuts += 1;
      near.destroy();
      far.destroy();
    };
    near.on('data', (bytes) => {
      if ((requests += 1) > most) return cut();
      hasWritten ||= bytes.includes('INSERT INTO') || bytes.includes('DELETE FROM');
      const what = hasWritten && bytes.includes('COMMIT\0') ? atCommit(++commits) : undefined;
      if (bytes.includes('COMMIT\0')) hasWritten = false;
      if (what === 'before') return cut();
      isSilent ||= what === 'silent';
      if (isSilent) return;
      isAwaited = what === 'answered';
      far.write(bytes, () => (what === 'under way' ? cut() : undefined));
    });
    far.on('data', (bytes) => (isAwaited ? cut() : near.write(bytes)));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cuts: () => cuts,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
