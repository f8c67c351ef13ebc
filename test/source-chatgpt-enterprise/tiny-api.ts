// A tiny Compliance API on loopback, with signed downloads on another origin that refuses our key.
import {createHash} from 'node:crypto';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface TinyLogFile {
  readonly id: string;
  readonly end_time: string;
  readonly lines: readonly string[];
  /** How many downloads give other bytes than the hash says. */
  wrongBytes?: number;
  /** How many downloads end too early, each at another place, though nothing announces how long they are. */
  shortened?: number;
  /** What the listing says of its size, where that is not true. */
  readonly size?: number;
}

export interface TinyFile {
  readonly route: string;
  readonly bytes?: Buffer;
  readonly status?: number;
  /** How many downloads break off in the middle. */
  cuts?: number;
}

export class TinyApi {
  logFiles: TinyLogFile[] = [];
  users: object[] = [];
  /** The listing of members word for word, instead of one of `users`. */
  usersText: string | undefined;
  /** In the library of every member. */
  libraryFiles: {readonly id: string; readonly file_id: string}[] = [];
  /** By file id. */
  files = new Map<string, TinyFile>();
  pageSize = 100;
  /** Whether a listing holds what ends exactly at its bounds, as one that cuts microseconds would. */
  isInclusive = false;
  /** Whether a page of log files is in the order of their end times. */
  isInOrder = true;
  /** Whether a page of log files says if there is more. */
  saysMore = true;
  /** What a page of log files says that it ends at, where that is not the end of its last one. */
  lastEndTime: string | undefined;
  /** Answers to give before any other, by path ending. */
  readonly refusals: {path: RegExp; status: number; headers?: Record<string, string>; body?: object; times: number}[] =
    [];
  readonly requests: {path: string; query: URLSearchParams}[] = [];
  tokensOnSignedHost = 0;
  /** Where clients reach the signed host, when it is not directly. */
  signedOrigin: string | undefined;
  private readonly api: Server = createServer((request, response) => this.answer(request, response));
  private readonly signed: Server = createServer((request, response) => this.answerSigned(request, response));

  async start(): Promise<void> {
    for (const server of [this.api, this.signed]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
  }

  async stop(): Promise<void> {
    for (const server of [this.api, this.signed]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.apiPort}/v1`;
  }

  get apiPort(): number {
    return (this.api.address() as AddressInfo).port;
  }

  get signedPort(): number {
    return (this.signed.address() as AddressInfo).port;
  }

  countOf(pattern: RegExp): number {
    return this.requests.filter(({path}) => pattern.test(path)).length;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const path = url.pathname.replace('/v1/compliance/workspaces/ws-1', '');
    this.requests.push({path, query: url.searchParams});
    if (request.headers.authorization !== 'Bearer sk-test') {
      send(response, 401, {});
      return;
    }
    const refusal = this.refusals.find((entry) => entry.times > 0 && entry.path.test(path));
    if (refusal !== undefined) {
      refusal.times--;
      send(response, refusal.status, refusal.body ?? {}, refusal.headers);
      return;
    }
    if (path === '/logs') {
      this.listLogs(url.searchParams, response);
      return;
    }
    if (path === '/users' && this.usersText !== undefined) {
      response.writeHead(200, {'content-type': 'application/json'}).end(this.usersText);
      return;
    }
    if (path === '/users') {
      this.listUsers(url.searchParams, response);
      return;
    }
    if (path.endsWith('/library_files')) {
      const from = Number(url.searchParams.get('cursor') ?? 0);
      const to = from + this.pageSize;
      const hasMore = to < this.libraryFiles.length;
      const data = this.libraryFiles.slice(from, to);
      send(response, 200, {data, has_more: hasMore, cursor: hasMore ? String(to) : null});
      return;
    }
    if (/^\/([a-z]+-)?(gpts|projects|memories|codex_[a-z]+|agents|skills)$|\/[a-z]+_files$/.test(path)) {
      send(response, 200, {data: [], has_more: false});
      return;
    }
    const log = this.logFiles.find(({id}) => path === `/logs/${id}`);
    const file = [...this.files.values()].find(({route}) => route === path);
    if (log === undefined && file?.bytes === undefined) {
      send(response, file?.status ?? 404, {});
      return;
    }
    const origin = this.signedOrigin ?? `http://127.0.0.1:${this.signedPort}`;
    send(response, 307, {}, {location: `${origin}${path}?signature=secret`});
  }

  private listLogs(query: URLSearchParams, response: ServerResponse): void {
    const after = query.get('after')!;
    const before = query.get('before') ?? '9999';
    const matching = this.logFiles
      .filter(() => query.get('event_type') === 'CONVERSATION_MESSAGE')
      .filter(
        ({end_time}) =>
          (end_time > after && end_time < before) || (this.isInclusive && [after, before].includes(end_time))
      )
      .sort((a, b) => (a.end_time < b.end_time ? -1 : 1));
    const page = matching.slice(0, this.pageSize);
    if (!this.isInOrder) page.reverse();
    send(response, 200, {
      data: page.map(({end_time, id, lines, size}) => {
        const bytes = Buffer.from(lines.join('\n'));
        const file_sha256 = createHash('sha256').update(bytes).digest('hex');
        return {
          id,
          end_time,
          event_type: 'CONVERSATION_MESSAGE',
          file_size: size ?? bytes.length,
          file_sha256,
          file_name: id,
        };
      }),
      ...(this.saysMore ? {has_more: matching.length > page.length} : {}),
      last_end_time: this.lastEndTime ?? page.at(-1)?.end_time ?? null,
    });
  }

  private listUsers(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('after') ?? 0);
    const to = from + Math.min(this.pageSize, Number(query.get('limit')));
    send(response, 200, {
      data: this.users.slice(from, to),
      has_more: to < this.users.length,
      last_id: String(to),
    });
  }

  private answerSigned(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers.authorization !== undefined) {
      this.tokensOnSignedHost++;
      send(response, 400, {});
      return;
    }
    const path = new URL(request.url ?? '', 'http://127.0.0.1').pathname;
    const log = this.logFiles.find(({id}) => path === `/logs/${id}`);
    if (log !== undefined) {
      const isWrong = (log.wrongBytes ?? 0) > 0;
      if (isWrong) log.wrongBytes = (log.wrongBytes ?? 0) - 1;
      const bytes = Buffer.from(log.lines.join('\n') + (isWrong ? ' ' : ''));
      if ((log.shortened ?? 0) > 0) {
        response.useChunkedEncodingByDefault = false;
        response.writeHead(200, {connection: 'close'});
        response.end(bytes.subarray(0, bytes.length - 10 * log.shortened!--));
        return;
      }
      response.end(bytes);
      return;
    }
    const file = [...this.files.values()].find(({route}) => route === path)!;
    response.writeHead(200, {'content-type': 'text/plain', 'content-length': file.bytes!.length});
    if ((file.cuts ?? 0) > 0) {
      file.cuts = (file.cuts ?? 0) - 1;
      response.write(file.bytes!.subarray(0, file.bytes!.length / 2), () => response.destroy());
      return;
    }
    response.end(file.bytes);
  }
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, {'content-type': 'application/json', ...headers}).end(JSON.stringify(body));
}
