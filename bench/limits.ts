// What a machine can do at most: small programs that do one part of the work and nothing else.
import {createReadStream, readFileSync} from 'node:fs';
import {mkdir, open, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {PutObjectCommand, S3Client} from '@aws-sdk/client-s3';
import {createTransport} from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import {inParallel} from '../destination-arctera-archive/ledger/in-parallel';

const [limit = '', ...given] = process.argv.slice(2);

/** Each log line parsed and written again, from memory. */
function parseAndWrite(file: string, megabytes: number): void {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  let bytes = 0;
  let written = 0;
  while (bytes < megabytes * 1e6) {
    for (const line of lines) {
      written += JSON.stringify(JSON.parse(line)).length;
      bytes += line.length + 1;
    }
  }
  if (written === 0) throw new Error('Nothing was written.');
}

/** Each line parsed, and nothing done with it. */
async function parseOnly(file: string): Promise<void> {
  for await (const line of createInterface({input: createReadStream(file, {highWaterMark: 1 << 20})})) JSON.parse(line);
}

/** The messages of each conversation composed by the MIME library, in memory. */
async function composeOnly(file: string): Promise<void> {
  const texts = new Map<string, string[]>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const {conversation} = JSON.parse(line) as {conversation: {id: string}};
    texts.set(conversation.id, [...(texts.get(conversation.id) ?? []), line]);
  }
  for (const lines of texts.values()) {
    const said = lines.map((line) => {
      const {message} = JSON.parse(line) as {message: {content?: {value?: unknown}}};
      const value = message.content?.value;
      return typeof value === 'string' ? value : '';
    });
    const text = said.join('\n\n');
    await new MailComposer({
      from: 'someone@acme.test',
      to: 'chatgpt@chatgpt.invalid',
      subject: 'A conversation',
      text,
      html: `<pre>${text}</pre>`,
      attachments: [{filename: 'events.jsonl', content: lines.join('\n')}],
    })
      .compile()
      .build();
  }
}

/** Objects of one size put into a bucket, as many at a time as the destination puts. */
async function putOnly(endpoint: string, count: number, bytes: number): Promise<void> {
  const credentials = {accessKeyId: 'key', secretAccessKey: 'canary-secret'};
  const client = new S3Client({endpoint, region: 'eu-central-1', forcePathStyle: true, credentials});
  const Body = Buffer.alloc(bytes, 'x');
  await severalAtOnce(16, count, async (number) => {
    await client.send(new PutObjectCommand({Bucket: 'archive', Key: `bare/${number}`, Body, IfNoneMatch: '*'}));
  });
  client.destroy();
}

/** Messages of one size given to a mail server over as many connections as the destination has. */
async function mailOnly(port: string, connections: number, count: number, bytes: number): Promise<void> {
  const pool = createTransport({
    ...{pool: true, maxConnections: connections, maxMessages: Infinity},
    ...{host: '127.0.0.1', port: Number(port), requireTLS: true, tls: {rejectUnauthorized: false}},
  });
  const envelope = {from: 'capture@corp.test', to: ['journal@archive.test']};
  const line = `${'x'.repeat(74)}\r\n`;
  const raw = `Subject: bare\r\n\r\n${line.repeat(Math.ceil(bytes / line.length))}`;
  await severalAtOnce(connections, count, async () => {
    await pool.sendMail({envelope, raw});
  });
  pool.close();
}

/** Files of one size written, flushed and renamed, several at a time. */
async function flushOnly(folder: string, count: number, bytes: number): Promise<void> {
  await mkdir(folder, {recursive: true});
  const content = Buffer.alloc(bytes, 'x');
  await severalAtOnce(8, count, async (number) => {
    const path = join(folder, String(number));
    const file = await open(`${path}.part`, 'w');
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await rename(`${path}.part`, path);
  });
}

/** The same in batches over as many directories as the destination spreads items, each flushed behind its batch. */
async function flushWithNames(folder: string, count: number, bytes: number): Promise<void> {
  const directories = Array.from({length: 256}, (_, number) => join(folder, String(number)));
  for (const directory of directories) await mkdir(directory, {recursive: true});
  const content = Buffer.alloc(bytes, 'x');
  const inBatch = Math.max(1, Math.floor((4 * 1024 * 1024) / bytes));
  await severalAtOnce(1, Math.ceil(count / inBatch), async (batch) => {
    const changed = new Set<string>();
    const first = batch * inBatch;
    await inParallel(Array(Math.min(inBatch, count - first)).keys(), 32, async (index) => {
      const number = first + index;
      // Spread as hashes are.
      const directory = directories[Math.imul(number, 2654435761) >>> 24] ?? folder;
      const file = await open(join(folder, `${number}.part`), 'w');
      await file.writeFile(content);
      await file.sync();
      await file.close();
      await rename(join(folder, `${number}.part`), join(directory, String(number)));
      changed.add(directory);
    });
    await inParallel(changed, 32, async (path) => {
      const directory = await open(path, 'r');
      await directory.sync();
      await directory.close();
    });
  });
}

/** Tells the seconds that it took. */
async function severalAtOnce(several: number, count: number, work: (number: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  await inParallel(Array(count).keys(), several, work);
  console.log(JSON.stringify({seconds: (performance.now() - began) / 1000}));
}

async function main(): Promise<void> {
  const [first = '', ...numbers] = given;
  const [a = 0, b = 0, c = 0] = numbers.map(Number);
  switch (limit) {
    case 'parse-and-write': {
      parseAndWrite(first, a);
      return;
    }
    case 'parse-only':
      return parseOnly(first);
    case 'compose-only':
      return composeOnly(first);
    case 'flush-only':
      return flushOnly(first, a, b);
    case 'flush-with-names':
      return flushWithNames(first, a, b);
    case 'put-only':
      return putOnly(first, a, b);
    case 'mail-only':
      return mailOnly(first, a, b, c);
    default:
      throw new Error(`There is no limit ${limit}.`);
  }
}

void main();
