// The destination against moto's S3: a second opinion on requests, listings and multipart uploads.
import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {CreateBucketCommand, ListObjectsV2Command, S3Client} from '@aws-sdk/client-s3';
import {chunkRows, fileRow, messageLines, recordLine, stateLine} from '../end-to-end/contract-rows';
import {DestinationProcess, temporaryFolder, verify, write} from '../end-to-end/destination-process';
import {root} from '../source-files';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

async function startMoto(): Promise<{endpoint: string; client: S3Client}> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const {port} = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  const child = spawn(join(root, 'scripts', 'moto-server.sh'), [String(port)], {stdio: ['ignore', 'pipe', 'pipe']});
  cleanUps.push(() => child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('Running on')) resolve();
    });
    child.once('exit', () => reject(new Error('moto did not start.')));
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = {accessKeyId: 'key', secretAccessKey: 'secret'};
  const client = new S3Client({endpoint, region: 'eu-central-1', forcePathStyle: true, credentials});
  const CreateBucketConfiguration = {LocationConstraint: 'eu-central-1'} as const;
  await client.send(
    new CreateBucketCommand({Bucket: 'archive', ObjectLockEnabledForBucket: true, CreateBucketConfiguration})
  );
  return {endpoint, client};
}

test('moto takes small and large items with a lock, and verify reads them back', async () => {
  const {endpoint, client} = await startMoto();
  const path = temporaryFolder();
  const config = {
    target: {
      type: 's3',
      bucket: 'archive',
      region: 'eu-central-1',
      endpoint,
      path_style: true,
      access_key_id: 'key',
      secret_access_key: 'secret',
      object_lock: 'governance',
      retention_days: 1,
    },
    ledger: {type: 'sqlite', path},
    grouping: 'message',
  };
  const check = new DestinationProcess('check', {path, config});
  check.end();
  await check.ended();
  expect(check.status).toMatchObject({status: 'SUCCEEDED'});
  expect((await client.send(new ListObjectsV2Command({Bucket: 'archive'}))).KeyCount).toBe(0);
  const bytes = randomBytes(14 * 1024 * 1024);
  const events = Array.from({length: 50}, (_, index) => ({event: `e${index}`}));
  const lines = [
    ...messageLines({event: 'large', files: ['file-1']}, ...events),
    recordLine('files', fileRow({file: 'file-1', event: 'large', bytes})),
    ...chunkRows({file: 'file-1', event: 'large', bytes}).map((row) => recordLine('file_chunks', row)),
    stateLine('messages', {at: 1}, 51),
  ];
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.errors, run.told]).toEqual([0, [], ['messages:{"at":1}']]);
  const listed = await client.send(new ListObjectsV2Command({Bucket: 'archive'}));
  expect(listed.Contents?.filter(({Key}) => Key?.endsWith('.eml') === true)).toHaveLength(51);
  expect(await verify(path, config)).toBe(0);
  client.destroy();
});
