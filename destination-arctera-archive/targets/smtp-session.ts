// One connection to an SMTP server: opened with TLS and sign-in, then one message after another.
import {isAscii} from 'node:buffer';
import {createReadStream} from 'node:fs';
import {PassThrough, pipeline, type Readable} from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type {Network} from './network';
import {toRefusedSignIn} from './smtp-replies';
import type {RenderedItem} from './target';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly connections: number;
}

export interface Sent {
  readonly reply: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly {readonly recipient: string; readonly code: number; readonly words: string}[];
}

type Content = '7bit' | '8bit';

const connectionTimeoutMs = 30_000;
/** RFC 5321 asks for ten minutes after the final dot. */
const socketTimeoutMs = 10 * 60_000;
/** For all that comes before the first message: a server that says a little of an answer now and then never falls silent. */
const openingMs = 2 * 60_000;
/** For the answer to QUIT, which nobody needs. */
const leaveMs = 5_000;
/** Of what a server says before it takes leave or is given a message, and then to each message and each of its recipients. */
const mostSaidBytes = 64 * 1024;

/** What the client takes from the server, behind TLS. */
interface Received {
  _onData(bytes: Buffer): void;
}

export class SmtpSession {
  private isOpen = true;
  private takesEightBits = false;
  private maySayBytes = mostSaidBytes;

  private constructor(private readonly connection: SMTPConnection) {
    connection.once('end', () => (this.isOpen = false));
    connection.on('error', () => (this.isOpen = false));
    this.boundAnswers();
  }

  get isUsable(): boolean {
    return this.isOpen;
  }

  static async open(settings: SmtpSettings, network: Network): Promise<SmtpSession> {
    const {host, port, security, username, password} = settings;
    const socket = network.isProxied(host) ? await network.connect(host, port) : undefined;
    const connection = new SMTPConnection({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      connectionTimeout: connectionTimeoutMs,
      greetingTimeout: connectionTimeoutMs,
      socketTimeout: socketTimeoutMs,
      tls: {minVersion: 'TLSv1.2', ...network.trust},
      ...(socket === undefined ? {} : {connection: socket}),
    });
    const session = new SmtpSession(connection);
    const timer = setTimeout(() => session.close(), openingMs);
    try {
      await settled((done) => {
        connection.once('error', done);
        connection.once('end', () => done(new Error('The connection was closed.')));
        connection.connect(done);
      });
      // What it answered to the last EHLO, which came after TLS began (RFC 6152).
      session.takesEightBits = /^250[ -]8BITMIME\b/im.test(String(connection.lastServerResponse));
      // The configuration allows a user name with TLS only.
      if (username !== undefined) await session.signIn(username, password ?? '');
      return session;
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the server may be given these bytes: what is not 7-bit goes to one that announces 8BITMIME, as it is. */
  takes(content: Content): boolean {
    return content === '7bit' || this.takesEightBits;
  }

  /**
   * Rejects with the server's reply, or with what happened to the connection.
   * @param content what `takes` was asked
   * @param onWhole called when the server may have the whole message, though it has not answered yet
   */
  async send(
    item: RenderedItem,
    envelope: {from: string; to: readonly string[]},
    content: Content,
    onWhole: () => void
  ): Promise<Sent> {
    const body = item.body.kind === 'memory' ? item.body.bytes : undefined;
    const message = new PassThrough();
    const source: Readable | undefined = item.body.kind === 'file' ? createReadStream(item.body.path) : undefined;
    message.once('end', onWhole);
    this.maySayBytes = mostSaidBytes * envelope.to.length;
    const timer = setTimeout(() => this.close(), socketTimeoutMs * envelope.to.length);
    // It begins anew with each part of the message that is on its way, and with the end of it.
    message.on('pause', () => timer.refresh()).once('end', () => timer.refresh());
    if (source === undefined) message.end(body);
    else pipeline(source, message, () => undefined); // an error destroys the message, which ends the transaction
    let onEnd = (): void => undefined;
    try {
      const info = await settled<SMTPConnection.SentMessageInfo>((done) => {
        // The client tells of the end before it tells what the server said last.
        onEnd = () => queueMicrotask(() => done(new Error('The connection was closed.')));
        this.connection.once('end', onEnd);
        this.connection.send(
          {
            from: envelope.from,
            to: [...envelope.to],
            size: item.size,
            use8BitMime: content === '8bit',
          },
          message,
          done
        );
      });
      // RFC 5321, 4.1.1.4: only what answers the end of a message says that it was taken.
      if (!message.readableEnded) throw new Error('The server answered before it had the whole message.');
      return {
        reply: info.response,
        accepted: info.accepted,
        rejected: (info.rejectedErrors ?? []).map((error) => ({
          recipient: (error as {recipient?: string}).recipient ?? '',
          code: error.responseCode ?? 0,
          words: error.response ?? '',
        })),
      };
    } catch (error) {
      // What was under way is not known; RSET would be answered, a half-sent message would not.
      this.close();
      throw error;
    } finally {
      clearTimeout(timer);
      this.connection.off('end', onEnd);
      message.destroy();
      source?.destroy();
    }
  }

  /** A server that does not answer keeps the process alive for a moment only. */
  quit(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.connection.quit();
    const timer = setTimeout(() => this.connection.close(), leaveMs).unref();
    this.connection.once('end', () => clearTimeout(timer));
  }

  close(): void {
    this.isOpen = false;
    this.connection.close();
  }

  private async signIn(user: string, pass: string): Promise<void> {
    try {
      await settled((done) => {
        this.connection.once('end', () => done(new Error('The connection was closed.')));
        this.connection.login({credentials: {user, pass}}, done);
      });
    } catch (error) {
      throw toRefusedSignIn(error, pass, `\0${user}\0${pass}`);
    }
  }

  /** The client bounds one answer, and neither empty lines nor how long an answer takes: they would fill the memory. */
  private boundAnswers(): void {
    const received = this.connection as unknown as Received;
    const take = received._onData.bind(this.connection);
    received._onData = (bytes) => {
      this.maySayBytes -= bytes.length;
      if (this.maySayBytes < 0) this.close();
      else take(bytes);
    };
  }
}

/** Items of ours are 7-bit clean; the check is for bytes that come from elsewhere. */
export async function contentOf({body}: RenderedItem): Promise<Content> {
  if (body.kind === 'memory') return isAscii(body.bytes) ? '7bit' : '8bit';
  for await (const bytes of createReadStream(body.path) as AsyncIterable<Buffer>) if (!isAscii(bytes)) return '8bit';
  return '7bit';
}

function settled<Result = unknown>(
  begin: (done: (error?: Error | null, result?: Result) => void) => void
): Promise<Result> {
  return new Promise((resolve, reject) => {
    begin((error, result) => {
      if (error === undefined || error === null) resolve(result as Result);
      else reject(error);
    });
  });
}
