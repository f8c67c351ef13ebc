// One loopback HTTP origin: turns requests into replies, and replies into bytes on the wire.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {sha256Hex} from '../../core/digest';
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
  let corruptions = 0;
  const server = createServer((request, response) => {
    const startedAtMs = options.nowMs();
    response.setHeader('date', new Date(startedAtMs).toUTCString()); // of its own clock, which need not be the machine's
    const {method = 'GET', headers} = request;
    const reply = async (): Promise<void> => {
      const body = await readBody(request);
      const latencyMs = options.latencyMs();
      if (latencyMs > 0) await sleep(latencyMs);
      const url = new URL(request.url ?? '/', own);
      const trouble = options.meet(url.pathname);
      const answer = spoil(trouble, () => replyTo(options, method, url, headers.authorization, body));
      const spoiling = answer.status === 200 ? options.spoils(url.pathname) : undefined;
      if (spoiling === 'corrupted') corruptions++;
      logRequest(options.requests, {
        origin: own,
        method,
        path: withoutQueryValues(url),
        sameAs: sha256Hex(JSON.stringify([method, url.href, body])),
        status: answer.status,
        retryAfter: answer.headers?.['retry-after'],
        startedAtMs,
        spoiling,
        hadAuthorization: headers.authorization !== undefined,
      });
      send(response, answer, onTheWire(trouble) ?? spoiling, corruptions);
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

type OnTheWire = 'cut' | 'reset' | 'silence' | 'stall';

function onTheWire(trouble: Trouble | undefined): OnTheWire | undefined {
  switch (trouble?.kind) {
    case 'cut':
    case 'reset':
    case 'silence':
    case 'stall':
      return trouble.kind;
    default:
      return undefined;
  }
}

/** @param corruptions how many bodies have been corrupted, this one included */
function send(
  response: ServerResponse,
  {status, headers = {}, body}: Reply,
  spoiling: Spoiling | OnTheWire | undefined,
  corruptions: number
): void {
  if (spoiling === 'silence') return;
  if (spoiling === 'reset') return void response.destroy();
  const isBytes = Buffer.isBuffer(body);
  const bytes = isBytes ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body));
  const type = isBytes || body === undefined ? {} : {'content-type': 'application/json'};
  response.writeHead(status, {...type, ...headers, 'content-length': bytes.length});
  if (spoiling === 'corrupted') return void response.end(withOneByteChanged(bytes, corruptions));
  if (spoiling === undefined) return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    if (spoiling !== 'stall') response.destroy();
  });
}

/** Each time another byte: damage on the way is not the same twice. */
function withOneByteChanged(bytes: Buffer, corruptions: number): Buffer {
  const changed = Buffer.from(bytes);
  if (changed.length === 0) return changed;
  const at = (Math.floor(changed.length / 2) + corruptions * 7919) % changed.length;
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
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
