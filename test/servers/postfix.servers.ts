// The destination against Postfix: what it was given lies, byte for byte, in the mailbox behind it.
import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from '@jest/globals';
import {generate} from 'selfsigned';
import {sha256Hex} from '../../core/digest';
import {messageLines, stateLine} from '../end-to-end/contract-rows';
import {temporaryFolder, write} from '../end-to-end/destination-process';
import {entriesOf} from '../end-to-end/ledger-entries';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

interface Postfix {
  readonly port: number;
  readonly certificate: string;
  /** Everything in the mailbox, once the queue is empty. */
  mails(): Promise<string[]>;
}

/** An instance of its own on loopback: own configuration, queue and mailbox, nothing of the system's. */
async function startPostfix(): Promise<Postfix> {
  const folder = mkdtempSync(join(tmpdir(), 'postfix-'));
  cleanUps.push(() => rmSync(folder, {recursive: true, force: true}));
  chmodSync(folder, 0o755);
  const [config, queue, data, mailbox] = ['config', 'queue', 'data', 'mail'].map((name) => join(folder, name));
  if (config === undefined || queue === undefined || data === undefined || mailbox === undefined) throw new Error();
  for (const path of [config, queue, data, mailbox]) mkdirSync(path);
  const user = (name: string): number => Number(execFileSync('id', ['-u', name], {encoding: 'utf8'}));
  const nobody = user('nobody');
  chownSync(data, user('postfix'), 0);
  chownSync(mailbox, nobody, 65534);
  const pair = await generate([{name: 'commonName', value: 'localhost'}], {
    keySize: 2048,
    extensions: [{name: 'subjectAltName', altNames: [{type: 7, ip: '127.0.0.1'}]}],
  });
  writeFileSync(join(folder, 'key.pem'), pair.private, {mode: 0o600});
  writeFileSync(join(folder, 'cert.pem'), pair.cert);
  const port = await freePort();
  const settings = {
    compatibility_level: '3.6',
    queue_directory: queue,
    data_directory: data,
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'archive.test',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    virtual_mailbox_domains: 'archive.test',
    virtual_mailbox_base: mailbox,
    virtual_mailbox_maps: 'static:journal/',
    virtual_uid_maps: `static:${nobody}`,
    virtual_gid_maps: 'static:65534',
    smtpd_tls_key_file: join(folder, 'key.pem'),
    smtpd_tls_cert_file: join(folder, 'cert.pem'),
    smtpd_tls_security_level: 'encrypt',
    smtpd_client_connection_rate_limit: '0',
    maillog_file: join(folder, 'maillog'),
    maillog_file_prefixes: folder,
    alias_maps: '',
    alias_database: '',
  };
  writeFileSync(
    join(config, 'main.cf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join('')
  );
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'proxymap unix - - n - - proxymap',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  writeFileSync(join(config, 'master.cf'), `${services.join('\n')}\n`);
  const postfix = (verb: string): void => void execFileSync('postfix', ['-c', config, verb], {stdio: 'pipe'});
  postfix('start');
  cleanUps.push(() => postfix('stop'));
  const isEmpty = (): boolean =>
    ['incoming', 'active', 'deferred', 'maildrop'].every((name) => {
      const path = join(queue, name);
      return readdirSync(path, {recursive: true, withFileTypes: true}).every((entry) => !entry.isFile());
    });
  return {
    port,
    certificate: pair.cert,
    mails: async () => {
      while (!isEmpty()) await sleep(50);
      const inbox = join(mailbox, 'journal', 'new');
      return readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'latin1'));
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What Postfix puts before a message goes, and its line ends become those of the wire again. */
function asSent(mail: string): Buffer {
  const own = mail.slice(mail.search(/^From: /m));
  return Buffer.from(own.replaceAll('\n', '\r\n'), 'latin1');
}

test('Postfix takes two hundred items through STARTTLS, and each is in the mailbox once', async () => {
  const postfix = await startPostfix();
  const path = temporaryFolder();
  const config = {
    target: {
      type: 'smtp',
      host: '127.0.0.1',
      port: postfix.port,
      sender: 'capture@corp.test',
      recipients: ['journal@archive.test'],
    },
    ledger: {type: 'sqlite', path},
    ca_certificate: postfix.certificate,
    grouping: 'message',
  };
  const events = Array.from({length: 200}, (_, index) => `e${index + 100}`);
  const lines = [
    ...messageLines(...events.map((event) => ({event, text: `.\n..text of ${event}\n.`}))),
    stateLine('messages', {at: 1}, events.length),
  ];
  const {exit, run} = await write({path, config}, lines);
  expect([exit, run.told]).toEqual([0, ['messages:{"at":1}']]);
  const mails = await postfix.mails();
  const found = mails.map((mail) => /text of (e\d+)/.exec(mail)?.[1]);
  expect(found.sort()).toEqual(events);
  for (const mail of mails) expect(mail).toContain('Delivered-To: journal@archive.test');
  const announced = entriesOf(path).flatMap(({kind, body}) => (kind === 'intent' ? [body.sha256 ?? ''] : []));
  expect(mails.map((mail) => sha256Hex(asSent(mail))).sort()).toEqual(announced.sort());
});
