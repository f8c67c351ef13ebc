// A real mail server in this process that a test can make refuse, defer or hang up.
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {generate} from 'selfsigned';
import {SMTPServer, type SMTPServerOptions} from 'smtp-server';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
  readonly isSecure: boolean;
  /** As BODY of MAIL FROM said it. */
  readonly content: string;
  readonly user: string | undefined;
}

/** Of this machine too, yet no loopback address: it goes through a proxy. */
export const anyAddress = '0.0.0.0';

/** What the server answers to a message, by its number from 1: undefined takes it. */
export type Answer = (count: number) => Error | 'hang up' | undefined;

export interface MailServer {
  readonly port: number;
  readonly certificate: string;
  readonly mails: Mail[];
  close(): Promise<void>;
}

/** The server as a target of the destination; its certificate is to be trusted besides. */
export function toJournal({
  port,
}: Pick<MailServer, 'port'>): {readonly type: 'smtp'} & Readonly<Record<string, unknown>> {
  const [sender, recipients] = ['capture@corp.test', ['journal@archive.test']];
  return {type: 'smtp', host: '127.0.0.1', port, sender, recipients};
}

/** Its Message-ID in angle brackets; empty where it has none. */
export function messageIdOf({bytes}: Pick<Mail, 'bytes'>): string {
  return /^Message-ID:\s*(<[^>]+>)/im.exec(bytes.toString('latin1'))?.[1] ?? '';
}

/** Message-IDs with how often each came. */
export function countByMessageId({mails}: Pick<MailServer, 'mails'>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const mail of mails) {
    const id = messageIdOf(mail);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** How often each message came, most often first. */
export function countMessages(server: Pick<MailServer, 'mails'>): number[] {
  return [...countByMessageId(server).values()].sort((a, b) => b - a);
}

export function refusal(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), {responseCode});
}

export async function openMailServer(
  answer: Answer = () => undefined,
  options: SMTPServerOptions = {}
): Promise<MailServer> {
  const pair = await generate([{name: 'commonName', value: 'localhost'}], {
    keySize: 2048,
    extensions: [{name: 'subjectAltName', altNames: ['127.0.0.1', anyAddress].map((ip) => ({type: 7, ip}))}],
  });
  const mails: Mail[] = [];
  let count = 0;
  const server = new SMTPServer({
    key: pair.private,
    cert: pair.cert,
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({username = '', password}, _session, done) =>
      done(password === 'right' ? undefined : new Error('Invalid login'), {user: username}),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (bytes: Buffer) => parts.push(bytes));
      stream.on('end', () => {
        count += 1;
        const said = answer(count);
        if (said instanceof Error) return done(said);
        const {mailFrom, rcptTo} = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({address}) => address),
          bytes: Buffer.concat(parts),
          isSecure: session.secure,
          content: (session.envelope as {readonly bodyType?: string}).bodyType ?? '',
          user: (session as {readonly user?: string}).user,
        });
        if (said !== 'hang up') return done();
        // It has taken the message, and nobody is told.
        for (const connection of server.connections) (connection as {_socket: {destroy(): void}})._socket.destroy();
      });
    },
    ...options,
  });
  server.on('error', () => undefined); // a client that was killed
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    certificate: pair.cert,
    mails,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
