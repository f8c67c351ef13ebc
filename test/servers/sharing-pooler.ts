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
/** ReadyForQuery, in no transaction. */
const idle = Buffer.from('5a0000000549', 'hex');
const discardAll = Buffer.from('Q\0\0\0\x10DISCARD ALL\0');
const terminate = 'X'.charCodeAt(0);

/** @param isMadeNew the session is reset behind each transaction: what was set in it is gone */
export async function openSharingPooler(
  connectionString: string,
  {isMadeNew = false}: {readonly isMadeNew?: boolean} = {}
): Promise<SharingPooler> {
  const client = new Client({connectionString});
  await client.connect();
  const {stream: far} = (client as unknown as {readonly connection: {readonly stream: Socket}}).connection;
  for (const event of ['data', 'end', 'close', 'error']) far.removeAllListeners(event);
  far.on('error', () => undefined);
  let near: Socket | undefined;
  let said = Buffer.alloc(0);
  let answer: Buffer | undefined;
  far.on('data', (bytes: Buffer) => {
    said = Buffer.concat([said, bytes]);
    if (isMadeNew && answer === undefined && said.subarray(-6).equals(idle)) {
      answer = said;
      said = Buffer.alloc(0);
      far.write(discardAll);
      return;
    }
    if (answer !== undefined && !said.subarray(-6).equals(idle)) return;
    near?.write(answer ?? said);
    answer = undefined;
    said = Buffer.alloc(0);
  });
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
