// The bucket target alone, before stores that list what they hold in pages.
import {once} from 'node:events';
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, expect, test} from '@jest/globals';
import {systemClock} from '../../../core/clock';
import {Network} from '../../../destination-arctera-archive/targets/network';
import {S3Target} from '../../../destination-arctera-archive/targets/s3';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const items = ['a', 'b', 'c'].map((letter) => `2026/01/01/u/c/${letter.repeat(64)}.eml`);

async function openTarget(answer: RequestListener): Promise<S3Target> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target = new S3Target({
    settings: {
      bucket: 'archive',
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      pathStyle: true,
      credentials: {accessKeyId: 'key', secretAccessKey: 'secret'},
      prefix: '',
      lockMode: undefined,
      retentionDays: undefined,
      encryption: undefined,
      kmsKeyId: undefined,
    },
    directory: 'ws-1',
    network: new Network({}),
    clock: systemClock,
    signal: new AbortController().signal,
    random: () => 0,
  });
  cleanUps.push(
    () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
    () => target.close()
  );
  return target;
}

/** @param page what a store says behind a listed key, by the token that it was asked with, its own empty at first */
async function listFrom(page: (token: string) => string): Promise<{addresses: string[]; tokens: (string | null)[]}> {
  const tokens: (string | null)[] = [];
  const target = await openTarget((request, response) => {
    const token = new URL(request.url ?? '/', 'http://store.test').searchParams.get('continuation-token');
    tokens.push(token);
    const key = `ws-1/${items[Number(token ?? 0)] ?? ''}`;
    const body = `<R><Contents><Key>${key}</Key></Contents>${page(token ?? '')}</R>`;
    response.writeHead(200, {'content-type': 'application/xml'}).end(body);
  });
  const addresses: string[] = [];
  for await (const address of target.list()) {
    addresses.push(address);
    if (addresses.length > 10) break;
  }
  return {addresses, tokens};
}

const next = (token: number): string => `<NextContinuationToken>${token}</NextContinuationToken>`;

test('what is listed in pages is listed whole', async () => {
  const {addresses, tokens} = await listFrom((token) =>
    token === '2' ? '<IsTruncated>false</IsTruncated>' : `<IsTruncated>true</IsTruncated>${next(Number(token) + 1)}`
  );
  expect([addresses, tokens]).toEqual([items, [null, '1', '2']]);
});

test('an empty token, or one behind the last page, asks for nothing more', async () => {
  for (const token of ['<NextContinuationToken/>', next(1)]) {
    const {addresses, tokens} = await listFrom(() => `<IsTruncated>false</IsTruncated>${token}`);
    expect([addresses, tokens]).toEqual([items.slice(0, 1), [null]]);
  }
});

test('a list that is cut off, and does not say where it goes on, is no end', async () => {
  await expect(listFrom(() => '<IsTruncated>true</IsTruncated>')).rejects.toMatchObject({code: 'target_unavailable'});
});

test('a list that goes on where it was is no end either', async () => {
  await expect(listFrom(() => `<IsTruncated>true</IsTruncated>${next(1)}`)).rejects.toMatchObject({
    code: 'target_unavailable',
  });
});

test.each([
  [200, 'target_unavailable'],
  [403, 's3_refused'],
])('an answer that does not end is not held in memory: HTTP %i', async (status, code) => {
  let said = 0;
  const target = await openTarget((_, response) => {
    const part = '<Contents><Key>k</Key></Contents>'.repeat(2048);
    response.writeHead(status, {'content-type': 'application/xml'});
    const talk = (): void => {
      if (response.destroyed) return;
      said += part.length;
      if (response.write(part)) setImmediate(talk);
      else response.once('drain', talk);
    };
    talk();
  });
  await expect(target.list().next()).rejects.toMatchObject({code});
  expect(said).toBeLessThan(64 * 1024 * 1024);
});

test('what lies in the place of the mark, and is longer than one, is none', async () => {
  const target = await openTarget((_, response) => void response.writeHead(200, {etag: '"e"'}).end('a'.repeat(5_000)));
  await expect(target.mark.read()).rejects.toMatchObject({code: 'item_damaged'});
});

test.each([
  [403, 'QuotaExceeded', 'disk_full'],
  [507, 'XMinioStorageFull', 'disk_full'],
  [400, 'InvalidArgument', 's3_refused'],
  [403, 'AccessDenied', 's3_refused'],
  [400, 'BadDigest', 'target_unavailable'],
])('HTTP %i with %s is %s', async (status, code, expected) => {
  const target = await openTarget(
    (_, response) => void response.writeHead(status).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`)
  );
  await expect(target.list().next()).rejects.toMatchObject({code: expected});
});
