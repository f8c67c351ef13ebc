// One connection to an SMTP server: opened with TLS and sign-in, then one message after another.
import {isAscii} from 'node:buffer';
import {createReadStream} from 'node:fs';
import {PassThrough, pipeline, type Readable} from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type {Network} from './network';
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
/** For the answer to QUIT, which nobody needs. */
const leaveMs = 5_000;

export class SmtpSession {
  private isOpen = true;
  private takesEightBits = false;

  private constructor(private readonly connection: SMTPConnection) {
    connection.once('end', () => (this.isOpen = false));
    connection.on('error', () => (this.isOpen = false));
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
    try {
      await settled((done) => {
        connection.once('error', done);
        connection.once('end', () => done(new Error('The connection was closed.')));
        connection.connect(done);
      });
      // What it answered to the last EHLO, which came after TLS began (RFC 6152).
      session.takesEightBits = /^250[ -]8BITMIME\b/im.test(String(connection.lastServerResponse));
      // The configuration allows a user name with TLS only.
      if (username !== undefined) {
        await settled((done) => connection.login({credentials: {user: username, pass: password ?? ''}}, done));
      }
      return session;
    } catch (error) {
      connection.close();
      throw error;
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
    if (source === undefined) message.end(body);
    else pipeline(source, message, () => undefined); // an error destroys the message, which ends the transaction
    let onEnd = (): void => undefined;
    try {
      const info = await settled<SMTPConnection.SentMessageInfo>((done) => {
        onEnd = () => done(new Error('The connection was closed.'));
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
