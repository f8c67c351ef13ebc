// A small S3-compatible store that enforces what larger test servers do not: creation once, checksums, Object Lock, the time of a request.
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import type {AddressInfo} from 'node:net';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly lockMode: string | undefined;
  readonly lockedUntil: string | undefined;
  readonly isHeld: boolean;
  readonly encryption: string | undefined;
  readonly kmsKeyId: string | undefined;
}

/**
 * Answers a request before the store does: an HTTP status with an S3 error code, or the end of the connection. Where
 * the answer is lost, the store does what it is asked and the connection ends before it has said so. Where the body is
 * cut, the connection ends behind half of an object. A yes is that of something in between, which keeps nothing.
 */
export type Trouble = (
  method: string,
  path: string,
  query: URLSearchParams
) => {status: number; code: string} | 'hang up' | 'lose the answer' | 'cut the body' | 'yes' | undefined;

export interface ObjectStore {
  readonly endpoint: string;
  readonly objects: Map<string, StoredObject>;
  /** Ids of multipart uploads that were begun and neither completed nor aborted. */
  readonly uploads: Map<string, Map<number, Buffer>>;
  /** How long ago they were begun, as the store lists them. */
  uploadAgeMs: number;
  /** Method and path of every request, in order. */
  readonly requests: string[];
  /** Access key ids and session tokens that requests were signed with, each once. */
  readonly signers: Set<string>;
  trouble: Trouble;
  /** Called when an object is there, before the client is told. */
  onStored: (key: string) => void;
  /** Called when the legal hold of an object was set, on or off. */
  onHeld: (key: string) => void;
  close(): Promise<void>;
}

/** A bucket of the store as a target of the destination. */
export function toBucket({
  endpoint,
}: Pick<ObjectStore, 'endpoint'>): {readonly type: 's3'} & Readonly<Record<string, unknown>> {
  const place = {bucket: 'archive', region: 'eu-central-1', endpoint, path_style: true};
  return {type: 's3', ...place, access_key_id: 'key', secret_access_key: 'canary-secret'};
}

export interface StoreOptions {
  readonly hasLock?: boolean;
  /** Makes it speak TLS. */
  readonly pair?: {readonly key: string; readonly cert: string};
}

const mostSkewMs = 15 * 60_000;

/** Now, where a request is not signed. */
function toSignedMs(headers: IncomingMessage['headers']): number {
  const [, day, hour, minute, second] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
  if (day === undefined) return Date.now();
  return Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${hour}:${minute}:${second}Z`);
}

export async function openObjectStore({hasLock = true, pair}: StoreOptions = {}): Promise<ObjectStore> {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const headersOf = new Map<string, IncomingMessage['headers']>();
  let begun = 0;

  const put = (key: string, bytes: Buffer, headers: IncomingMessage['headers']): void => {
    const header = (name: string): string | undefined => headers[name] as string | undefined;
    objects.set(key, {
      bytes,
      lockMode: header('x-amz-object-lock-mode'),
      lockedUntil: header('x-amz-object-lock-retain-until-date'),
      isHeld: header('x-amz-object-lock-legal-hold') === 'ON',
      encryption: header('x-amz-server-side-encryption'),
      kmsKeyId: header('x-amz-server-side-encryption-aws-kms-key-id'),
    });
    store.onStored(key);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const {pathname, searchParams: query} = new URL(request.url ?? '/', 'http://store.test');
    const key = decodeURIComponent(pathname).split('/').slice(2).join('/');
    const method = request.method ?? 'GET';
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts);
    store.requests.push(`${method} ${pathname}`);
    const [, signer = ''] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    store.signers.add([signer, request.headers['x-amz-security-token'] ?? []].flat().join(' '));
    const fail = (status: number, code: string): void => {
      response.writeHead(status, {'content-type': 'application/xml'});
      response.end(method === 'HEAD' ? undefined : `<Error><Code>${code}</Code><Message>no</Message></Error>`);
    };
    const xml = (text: string): void => void response.writeHead(200, {'content-type': 'application/xml'}).end(text);
    const trouble = store.trouble(method, pathname, query);
    if (trouble === 'hang up') return void request.socket.destroy();
    if (trouble === 'yes') return void response.writeHead(200).end();
    if (trouble === 'lose the answer') {
      response.writeHead = () => response;
      response.end = () => (request.socket.destroy(), response);
    } else if (trouble !== undefined && trouble !== 'cut the body') {
      fail(trouble.status, trouble.code);
      return;
    }
    if (Math.abs(Date.now() - toSignedMs(request.headers)) > mostSkewMs) {
      fail(403, 'RequestTimeTooSkewed');
      return;
    }
    const uploadId = query.get('uploadId') ?? '';
    const sum = request.headers['x-amz-checksum-sha256'];
    if (sum !== undefined && sum !== createHash('sha256').update(body).digest('base64')) {
      fail(400, 'BadDigest');
      return;
    }

    if (query.has('versioning')) {
      xml(`<VersioningConfiguration>${hasLock ? '<Status>Enabled</Status>' : ''}</VersioningConfiguration>`);
      return;
    }
    if (query.has('object-lock')) {
      if (!hasLock) {
        fail(404, 'ObjectLockConfigurationNotFoundError');
        return;
      }
      xml('<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>');
      return;
    }
    if (method === 'GET' && query.has('uploads')) {
      const keyOf = (id: string): string => id.slice(id.indexOf(' ') + 1);
      const listed = [...uploads.keys()].filter((id) => keyOf(id).startsWith(query.get('prefix') ?? ''));
      const begunAt = new Date(Date.now() - store.uploadAgeMs).toISOString();
      const toXml = (id: string): string =>
        `<Upload><UploadId>${id}</UploadId><Key>${keyOf(id)}</Key><Initiated>${begunAt}</Initiated></Upload>`;
      xml(`<R>${listed.map(toXml).join('')}</R>`);
      return;
    }
    if (method === 'POST' && query.has('uploads')) {
      const id = `${++begun} ${key}`;
      uploads.set(id, new Map());
      headersOf.set(id, request.headers);
      xml(`<R><UploadId>${id}</UploadId></R>`);
      return;
    }
    if (method === 'PUT' && uploadId !== '') {
      const upload = uploads.get(uploadId);
      if (upload === undefined) {
        fail(404, 'NoSuchUpload');
        return;
      }
      upload.set(Number(query.get('partNumber')), body);
      return void response.writeHead(200, {etag: '"part"'}).end();
    }
    if (method === 'DELETE' && uploadId !== '') return void (uploads.delete(uploadId), response.writeHead(204).end());
    if (method === 'POST' && uploadId !== '') {
      if (request.headers['if-none-match'] === '*' && objects.has(key)) {
        fail(412, 'PreconditionFailed');
        return;
      }
      const upload = [...(uploads.get(uploadId) ?? [])].sort(([a], [b]) => a - b).map(([, part]) => part);
      uploads.delete(uploadId);
      put(key, Buffer.concat(upload), headersOf.get(uploadId) ?? {});
      xml('<R><ETag>"whole"</ETag></R>');
      return;
    }
    if (query.has('list-type')) {
      const begin = query.get('start-after') ?? '';
      const keys = [...objects.keys()]
        .filter((each) => each.startsWith(query.get('prefix') ?? '') && each > begin)
        .sort();
      if (query.get('delimiter') === '/') {
        const from = (query.get('prefix') ?? '').length;
        const prefixes = new Set(keys.flatMap((each) => each.slice(0, each.indexOf('/', from) + 1) || []));
        const listed = [...prefixes].map((each) => `<CommonPrefixes><Prefix>${each}</Prefix></CommonPrefixes>`);
        xml(`<R>${listed.join('')}</R>`);
        return;
      }
      xml(`<R>${keys.map((each) => `<Contents><Key>${each}</Key></Contents>`).join('')}</R>`);
      return;
    }
    const object = objects.get(key);
    if (query.has('legal-hold')) {
      if (object === undefined || !hasLock) {
        fail(404, 'NoSuchKey');
        return;
      }
      if (method === 'GET') {
        xml(`<LegalHold><Status>${object.isHeld ? 'ON' : 'OFF'}</Status></LegalHold>`);
        return;
      }
      objects.set(key, {...object, isHeld: body.includes('<Status>ON</Status>')});
      store.onHeld(key);
      return void response.writeHead(200).end();
    }
    if (method === 'PUT') {
      if (request.headers['if-none-match'] === '*' && object !== undefined) {
        fail(412, 'PreconditionFailed');
        return;
      }
      put(key, body, request.headers);
      return void response.writeHead(200, {etag: '"whole"'}).end();
    }
    if (object === undefined) {
      fail(404, 'NoSuchKey');
      return;
    }
    if (method === 'DELETE') {
      if (object.isHeld || Date.parse(object.lockedUntil ?? '') > Date.now()) {
        fail(403, 'AccessDenied');
        return;
      }
      objects.delete(key);
      return void response.writeHead(204).end();
    }
    const {length} = object.bytes;
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const bytes = object.bytes.subarray(Number(from ?? 0));
    const range = from === undefined ? {} : {'content-range': `bytes ${from}-${length - 1}/${length}`};
    response.writeHead(from === undefined ? 200 : 206, {'content-length': bytes.length, etag: '"whole"', ...range});
    if (method === 'HEAD') return void response.end();
    if (trouble !== 'cut the body') return void response.end(bytes);
    response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => request.socket.destroy());
  };

  const listen = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response).catch(() => request.destroy());
  const server = pair === undefined ? createServer(listen) : createSecureServer(pair, listen);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const store: ObjectStore = {
    endpoint: `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    uploads,
    uploadAgeMs: 0,
    requests: [],
    signers: new Set(),
    trouble: () => undefined,
    onStored: () => undefined,
    onHeld: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return store;
}
