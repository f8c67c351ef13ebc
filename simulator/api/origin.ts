// One loopback HTTP origin: turns requests into replies, and replies into bytes on the wire.
import {createServer, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {spoil, type Trouble} from './interference';
import {refuse, type Reply} from './reply';
import {logRequest, withoutQueryValues, type RequestEntry} from './request-log';

export interface OriginOptions {
  readonly port: number;
  readonly latencyMs: number;
  readonly requests: RequestEntry[];
  readonly answer: (method: string, url: URL, authorization: string | undefined) => Reply;
  /** Whether the body of this successful reply breaks off half-way. */
  readonly isCut: () => boolean;
  /** The trouble that was asked for at this path, if any. */
  readonly meet: (path: string) => Trouble | undefined;
}

export interface Origin {
  readonly url: string;
  close(): Promise<void>;
}

export async function openOrigin(options: OriginOptions): Promise<Origin> {
  let own = '';
  const server = createServer((request, response) => {
    const startedAtMs = Date.now();
    const {method = 'GET', headers} = request;
    request.resume(); // no route reads a body
    const reply = async (): Promise<void> => {
      if (options.latencyMs > 0) await sleep(options.latencyMs);
      const url = new URL(request.url ?? '/', own);
      const trouble = options.meet(url.pathname);
      const answer = spoil(trouble, () => replyTo(options, method, url, headers.authorization));
      logRequest(options.requests, {
        origin: own,
        method,
        path: withoutQueryValues(url),
        status: answer.status,
        startedAtMs,
        hadAuthorization: headers.authorization !== undefined,
      });
      const isCut = trouble?.kind === 'cut' || (answer.status === 200 && options.isCut());
      send(response, answer, trouble?.kind === 'stall' ? 'stalled' : isCut ? 'cut' : 'whole');
    };
    reply().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await listen(server, options.port);
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {url: own, close: () => close(server)};
}

function replyTo({answer}: OriginOptions, method: string, url: URL, authorization: string | undefined): Reply {
  try {
    return answer(method, url, authorization);
  } catch (error) {
    return refuse(500, error instanceof Error ? error.message : 'Server error');
  }
}

function send(
  response: ServerResponse,
  {status, headers = {}, body}: Reply,
  ending: 'whole' | 'cut' | 'stalled'
): void {
  const isBytes = Buffer.isBuffer(body);
  const bytes = isBytes ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body));
  const type = isBytes || body === undefined ? {} : {'content-type': 'application/json'};
  response.writeHead(status, {...type, ...headers, 'content-length': bytes.length});
  if (ending === 'whole') return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    if (ending === 'cut') response.destroy();
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
