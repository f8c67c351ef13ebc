// The mail target and bytes that are not 7-bit: as they are to a server that announces 8BITMIME, to no other.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, expect, test} from '@jest/globals';
import {systemClock} from '../../../core/clock';
import {sha256Hex} from '../../../core/digest';
import {Network} from '../../../destination-arctera-archive/targets/network';
import {SmtpTarget} from '../../../destination-arctera-archive/targets/smtp';
import type {RenderedItem} from '../../../destination-arctera-archive/targets/target';
import {temporaryFolder} from '../../end-to-end/destination-process';
import {type MailServer, openMailServer} from '../../end-to-end/mail-server';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: object = {}): Promise<{server: MailServer; target: SmtpTarget}> {
  const server = await openMailServer(undefined, options);
  const target = new SmtpTarget({
    settings: {
      host: '127.0.0.1',
      port: server.port,
      security: 'starttls',
      username: undefined,
      password: undefined,
      sender: 'capture@corp.test',
      recipients: ['journal@archive.test'],
      connections: 1,
    },
    network: new Network({ca_certificate: server.certificate}),
    messageIdDomain: 'corp.test',
    clock: systemClock,
    signal: new AbortController().signal,
    random: Math.random,
  });
  cleanUps.push(
    () => server.close(),
    () => target.close()
  );
  return {server, target};
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
