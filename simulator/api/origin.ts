// One loopback HTTP origin: turns requests into replies, and replies into bytes on the wire.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {spoil, type Trouble} from './interference';
import {refuse, type Reply} from './reply';
import type {Spoiling} from './troubles';
import {logRequest, withoutQueryValues, type RequestEntry} from './request-log';

export interface OriginOptions {
  readonly port: number;
  readonly nowMs: () => number;
  readonly latencyMs: () => number;
  readonly requests: RequestEntry[];
  readonly answer: (method: string, url: URL, authorization: string | undefined, body: object) => Reply;
  /** The trouble that was asked for at this path, if any. */
  readonly meet: (path: string) => Trouble | undefined;
  /** What becomes of this successful reply on the wire. */
  readonly spoils: (path: string) => Spoiling | undefined;
}

export interface Origin {
  readonly url: string;
  close(): Promise<void>;
}

export async function openOrigin(options: OriginOptions): Promise<Origin> {
  let own = '';
  const server = createServer((request, response) => {
    const startedAtMs = options.nowMs();
    const {method = 'GET', headers} = request;
    const reply = async (): Promise<void> => {
      const body = await readBody(request);
      const latencyMs = options.latencyMs();
      if (latencyMs > 0) await sleep(latencyMs);
      const url = new URL(request.url ?? '/', own);
      const trouble = options.meet(url.pathname);
      const answer = spoil(trouble, () => replyTo(options, method, url, headers.authorization, body));
      const spoiling = answer.status === 200 ? options.spoils(url.pathname) : undefined;
      logRequest(options.requests, {
        origin: own,
        method,
        path: withoutQueryValues(url),
        status: answer.status,
        startedAtMs,
        spoiling,
        hadAuthorization: headers.authorization !== undefined,
      });
      send(response, answer, trouble?.kind === 'stall' || trouble?.kind === 'cut' ? trouble.kind : spoiling);
    };
    reply().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await listen(server, options.port);
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {url: own, close: () => close(server)};
}

function replyTo(
  {answer}: OriginOptions,
  method: string,
  url: URL,
  authorization: string | undefined,
  body: object | undefined
): Reply {
  if (body === undefined) return refuse(400, 'Invalid JSON');
  try {
    return answer(method, url, authorization, body);
  } catch (error) {
    return refuse(500, error instanceof Error ? error.message : 'Server error');
  }
}

/** `{}` without a body, undefined when it is not a JSON object. */
async function readBody(request: IncomingMessage): Promise<object | undefined> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += String(piece);
  try {
    const body: unknown = JSON.parse(text === '' ? '{}' : text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, {status, headers = {}, body}: Reply, spoiling?: Spoiling | 'stall'): void {
  if (spoiling === 'reset') return void response.destroy();
  const isBytes = Buffer.isBuffer(body);
  const bytes = isBytes ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body));
  const type = isBytes || body === undefined ? {} : {'content-type': 'application/json'};
  response.writeHead(status, {...type, ...headers, 'content-length': bytes.length});
  if (spoiling === 'corrupted') return void response.end(withOneByteChanged(bytes));
  if (spoiling === undefined) return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    if (spoiling !== 'stall') response.destroy();
  });
}

function withOneByteChanged(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(changed.length / 2);
  if (changed.length > 0) changed.writeUInt8(changed.readUInt8(middle) ^ 1, middle);
  return changed;
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
