// The mail target alone: bytes that are not 7-bit go as they are to a server that announces 8BITMIME, to no other; and whose
// word is taken for what.
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, jest, test} from '@jest/globals';
import type {SMTPServerOptions} from 'smtp-server';
import {systemClock} from '../../../core/clock';
import {sha256Hex} from '../../../core/digest';
import {Network} from '../../../destination-arctera-archive/targets/network';
import {SmtpTarget} from '../../../destination-arctera-archive/targets/smtp';
import type {RenderedItem} from '../../../destination-arctera-archive/targets/target';
import {temporaryFolder} from '../../end-to-end/destination-process';
import {type MailServer, openMailServer, refusal} from '../../end-to-end/mail-server';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: SMTPServerOptions = {}): Promise<{server: MailServer; target: SmtpTarget}> {
  const server = await openMailServer(undefined, options);
  cleanUps.push(() => server.close());
  return {server, target: toTarget(server.port, {certificate: server.certificate})};
}

/** One that does not wait between its attempts. */
function toTarget(
  port: number,
  {security = 'starttls', certificate}: {security?: 'starttls' | 'tls' | 'none'; certificate?: string}
): SmtpTarget {
  const target = new SmtpTarget({
    settings: {
      host: '127.0.0.1',
      port,
      security,
      username: undefined,
      password: undefined,
      sender: 'capture@corp.test',
      recipients: ['journal@archive.test'],
      connections: 1,
    },
    network: new Network({ca_certificate: certificate}),
    messageIdDomain: 'corp.test',
    clock: {...systemClock, sleep: () => Promise.resolve()},
    signal: new AbortController().signal,
    random: Math.random,
  });
  cleanUps.push(() => target.close());
  return target;
}

const plain = Buffer.from('Subject: plain\r\n\r\nas ever\r\n');
const accented = Buffer.from('Subject: accented\r\n\r\nna\u00efve \u{1f4e6}\r\n');

function itemOf(bytes: Buffer, isFile: boolean): RenderedItem {
  const path = join(temporaryFolder(), 'item');
  writeFileSync(path, bytes);
  const sha256 = sha256Hex(bytes);
  const body: RenderedItem['body'] = isFile ? {kind: 'file', path} : {kind: 'memory', bytes};
  return {itemId: sha256, address: `<${sha256}@corp.test>`, sha256, size: bytes.length, body};
}

test.each([false, true])('BODY=8BITMIME stands at what needs it alone, in a file: %s', async (isFile) => {
  const {server, target} = await open();
  const results = await target.deliver([plain, accented].map((bytes) => itemOf(bytes, isFile)));
  expect(results.map(({kind}) => kind)).toEqual(['delivered', 'delivered']);
  expect(server.mails.map(({content, bytes}) => [content, bytes.equals(plain) || bytes.equals(accented)])).toEqual([
    ['7bit', true],
    ['8bitmime', true],
  ]);
});

test.each([false, true])('a server without 8BITMIME gets 7-bit items and no others, in a file: %s', async (isFile) => {
  const {server, target} = await open({hide8BITMIME: true});
  const results = await target.deliver([accented, plain].map((bytes) => itemOf(bytes, isFile)));
  expect(results[0]).toMatchObject({
    kind: 'refused',
    code: 'item_refused',
    words: 'The mail server takes 7-bit content only.',
  });
  expect(results[1]?.kind).toBe('delivered');
  expect(server.mails.map(({bytes}) => bytes.equals(plain))).toEqual([true]);
});

test('a server that lets nobody in is unavailable, in its words', async () => {
  const onConnect: SMTPServerOptions['onConnect'] = (_session, done) => done(refusal(554, '5.7.1 blocked by a list'));
  const {target} = await open({onConnect});
  const [result] = await target.deliver([itemOf(plain, false)]);
  expect(result).toMatchObject({
    kind: 'failed',
    error: {code: 'target_unavailable', message: expect.stringContaining(': 554 5.7.1 blocked by a list.')},
  });
});

test('a refusal that speaks of a certificate is one of the item', async () => {
  const words = '554 5.7.1 the certificate of its signature is self-signed';
  const server = await openMailServer(() => refusal(554, words.slice(4)));
  cleanUps.push(() => server.close());
  const [result] = await toTarget(server.port, {certificate: server.certificate}).deliver([itemOf(plain, false)]);
  expect(result).toMatchObject({kind: 'refused', code: 'item_refused', words});
});

/** @param answer to a line of the client; undefined: none */
async function serveLines(answer: (line: string, socket: Socket) => string | undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 here\r\n');
    socket.on('data', (bytes) => {
      for (const line of bytes.toString('latin1').split('\r\n')) {
        const said = line === '' ? undefined : answer(line, socket);
        if (said !== undefined) socket.write(`${said}\r\n`);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

test('an item that cannot be read leaves no connection behind', async () => {
  const sockets = new Set<Socket>();
  const port = await serveLines((line, socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    return line.startsWith('QUIT') ? '221 bye' : '250 ok';
  });
  const target = toTarget(port, {security: 'none'});
  const {body, ...item} = itemOf(plain, true);
  const gone = {kind: 'file', path: `${body.kind === 'file' ? body.path : ''}.gone`} as const;
  const [result] = await target.deliver([{...item, body: gone}]);
  expect(result?.kind).toBe('failed');
  await target.close();
  await sleep(500);
  const left = sockets.size;
  for (const socket of sockets) socket.destroy();
  expect(left).toBe(0);
});

test('a server that does not answer to QUIT is left within seconds', async () => {
  const gone = new Promise<void>((resolve) => {
    void serveLines((line, socket) => {
      socket.once('close', resolve);
      return line.startsWith('QUIT') ? undefined : '250 ok';
    }).then((port) => toTarget(port, {security: 'none'}).probe());
  });
  const leftAt = Date.now();
  await gone;
  expect(Date.now() - leftAt).toBeLessThan(30_000);
}, 60_000);

test('an answer that comes before the whole message was sent is none to it', async () => {
  const size = 4 * 1024 * 1024;
  let messages = 0;
  const server = createServer((socket) => {
    let isData = false;
    let last = '';
    socket.write('220 here\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const text = last + bytes.toString('latin1');
      if (isData) {
        last = text.slice(-5);
        if (last !== '\r\n.\r\n') return;
        [isData, last] = [false, ''];
        socket.write('451 4.3.0 not now\r\n');
        return;
      }
      for (const line of text.split('\r\n')) {
        if (line === 'DATA') {
          isData = true;
          messages += 1;
          socket.write('354 go on\r\n');
          socket.write('250 2.0.0 as it seems\r\n');
        } else if (line !== '') socket.write('250 ok\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => new Promise((resolve) => server.close(() => resolve())));
  const target = toTarget((server.address() as AddressInfo).port, {security: 'none'});
  const [result] = await target.deliver([itemOf(Buffer.concat([plain, Buffer.alloc(size, 'a\r\n')]), true)]);
  expect([result?.kind, messages]).toEqual(['failed', 8]);
});

/** Of a server that says more and more where it would answer the command. */
async function serveTalk(command: string, text: string, pauseMs: number): Promise<{port: number; said: () => number}> {
  let said = 0;
  let isMessage = false;
  const port = await serveLines((line, socket) => {
    if (isMessage && line !== '.') return undefined;
    if (line !== command && !line.startsWith(`${command} `)) {
      isMessage = line === 'DATA';
      return isMessage ? '354 go on' : '250 ok';
    }
    isMessage = false; // of the next connection
    const talk = (): void => {
      if (socket.destroyed) return;
      said += text.length;
      if (pauseMs > 0) socket.write(text, () => void sleep(pauseMs).then(talk));
      else if (socket.write(text)) setImmediate(talk);
      else socket.once('drain', talk);
    };
    talk();
    return undefined;
  });
  return {port, said: () => said};
}

test.each([
  ['empty lines in place of a greeting to come', 'EHLO', '\r\n'.repeat(4096)],
  ['blank lines behind the message', '.', ' \r\n'.repeat(4096)],
  ['an answer without an end', '.', '250-and more\r\n'.repeat(512)],
])(
  'a server that talks without end is left at once: %s',
  async (_, command, text) => {
    const {port, said} = await serveTalk(command, text, 0);
    const [result] = await toTarget(port, {security: 'none'}).deliver([itemOf(plain, false)]);
    expect(result).toMatchObject({kind: 'failed', error: {code: 'target_unavailable'}});
    expect(said()).toBeLessThan(8 * 16 * 1024 * 1024); // what the system takes up unread, for eight attempts
  },
  60_000
);

test.each(['EHLO', 'DATA', '.'])(
  'a server that says a little of its answer now and then is not waited for: %s',
  async (command) => {
    const {port} = await serveTalk(command, '250-still\r\n', 20);
    jest.useFakeTimers({doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'Date']});
    try {
      const ended = toTarget(port, {security: 'none'}).deliver([itemOf(plain, false)]);
      const end = ended.then(() => 'ended' as const);
      let seen: 'ended' | undefined;
      for (let minute = 0; seen === undefined && minute < 300; minute += 1) {
        jest.advanceTimersByTime(60_000);
        const turns = (async () => {
          for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          return undefined;
        })();
        seen = await Promise.race([end, turns]);
      }
      expect(seen).toBe('ended');
      expect((await ended)[0]).toMatchObject({kind: 'failed', error: {code: 'target_unavailable'}});
    } finally {
      jest.useRealTimers();
    }
  },
  60_000
);

test('a port that does not begin with TLS is told as that, and not as a server that cannot be reached', async () => {
  const port = await serveLines(() => '500 what?');
  await expect(toTarget(port, {security: 'tls'}).probe()).rejects.toMatchObject({
    code: 'smtp_tls_failed',
    recovery: 'config',
    message: expect.stringContaining('ERR_SSL_WRONG_VERSION_NUMBER'),
  });
});

test.each([
  {code: 530, words: '5.7.0 Must issue a STARTTLS command first', expected: 'smtp_tls_failed'},
  {code: 530, words: '5.7.0 Authentication required', expected: 'smtp_sign_in_refused'},
  {code: 535, words: '5.7.8 no STARTTLS for you', expected: 'smtp_sign_in_refused'},
])('$code $words is told as $expected', async ({code, expected, words}) => {
  const onMailFrom: SMTPServerOptions['onMailFrom'] = (_address, _session, done) => done(refusal(code, words));
  const {server} = await open({onMailFrom});
  const target = toTarget(server.port, {security: 'none'});
  const error = {code: expected, message: expect.stringContaining(words)};
  expect(await target.deliver([itemOf(plain, false)])).toMatchObject([{kind: 'failed', error}]);
});
