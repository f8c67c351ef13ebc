// A pooler that gives one session of the server to all its clients, one after the other, as one in transaction mode does.
import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {Client} from 'pg';

export interface SharingPooler {
  readonly port: number;
  close(): Promise<void>;
}

/** AuthenticationOk and ReadyForQuery: whoever comes is let in. */
const welcome = Buffer.from('5200000008000000005a0000000549', 'hex');
const terminate = 'X'.charCodeAt(0);

export async function openSharingPooler(connectionString: string): Promise<SharingPooler> {
  const client = new Client({connectionString});
  await client.connect();
  const {stream: far} = (client as unknown as {readonly connection: {readonly stream: Socket}}).connection;
  for (const event of ['data', 'end', 'close', 'error']) far.removeAllListeners(event);
  far.on('error', () => undefined);
  let near: Socket | undefined;
  far.on('data', (bytes) => near?.write(bytes));
  const server = createServer((socket) => {
    let isGreeted = false;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (!isGreeted) {
        isGreeted = true;
        socket.write(welcome);
      } else if (bytes[0] === terminate && bytes.length === 5) socket.end();
      else {
        near = socket;
        far.write(bytes);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      far.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
