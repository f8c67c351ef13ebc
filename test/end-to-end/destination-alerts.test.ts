// Alerts reach a real HTTPS server: signed, tried again, without content; and a server that is not there fails no run.
import {createHmac} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import {expect, test} from '@jest/globals';
import {generate} from 'selfsigned';
import {captureRunRow, messageLines, recordLine, stateLine, unreadableRow} from './contract-rows';
import {afterTest, temporaryFolder, write} from './destination-process';

const secret = 'a secret of the alerts';

interface Post {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Receiver {
  readonly url: string;
  readonly certificate: string;
  readonly posts: Post[];
}

/** @param statuses what it answers, one after the other, the last one for ever; an endless answer is 200 */
async function openReceiver(...statuses: (number | 'endless')[]): Promise<Receiver> {
  const pair = await generate([{name: 'commonName', value: 'localhost'}], {
    keySize: 2048,
    extensions: [{name: 'subjectAltName', altNames: [{type: 7, ip: '127.0.0.1'}]}],
  });
  const posts: Post[] = [];
  const server: Server = createServer({key: pair.private, cert: pair.cert}, (request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      posts.push({headers: request.headers, body});
      const status = statuses[Math.min(posts.length, statuses.length) - 1] ?? 204;
      if (status === 'endless') response.writeHead(200).write('taken');
      else response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return {url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, certificate: pair.cert, posts};
}

const gap = {from: '2025-12-01T00:00:00Z', to: '2025-12-10T00:00:00Z'};
const troubled = [
  ...messageLines({event: 'e1', email: null}),
  recordLine('messages', unreadableRow('log-1', 4, Buffer.from([0xff]))),
  recordLine('capture_runs', {
    ...captureRunRow('run-1'),
    records: {messages: 7},
    retention_gap: gap,
    files_at_risk: 3,
    lag_seconds: 9000,
  }),
];

test('one signed post says what went wrong, in counts and codes', async () => {
  const receiver = await openReceiver(204);
  const path = temporaryFolder();
  const config = {alerts: {url: receiver.url, secret, max_lag_hours: 2}, ca_certificate: receiver.certificate};
  const {exit} = await write({path, config}, troubled);
  expect([exit, receiver.posts.length]).toEqual([0, 1]);
  const [{headers, body} = {headers: {}, body: ''}] = receiver.posts;
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
  const {type, data} = JSON.parse(body) as {type: string; data: {alerts: {kind: string; count: number}[]}};
  expect(type).toBe('archive.alert');
  expect(Object.fromEntries(data.alerts.map(({kind, count}) => [kind, count]))).toMatchObject({
    gap: 1,
    files_at_risk: 3,
    lag: 9000,
    set_aside: 1,
    unmapped_people: 1,
    unreconciled: expect.any(Number),
  });
  for (const content of ['text of e1', 'Budget', 'user-ada', 'conv-1']) expect(body).not.toContain(content);
});

test('a log stream that is behind its newest event is named; one in which nothing happens is not', async () => {
  const receiver = await openReceiver(204);
  const config = {alerts: {url: receiver.url, secret, max_lag_hours: 2}, ca_certificate: receiver.certificate};
  const old = {newest_end_time: '2026-01-15T00:00:00.000000Z', max_event_time: null, lag_seconds: 90_000};
  const lags = {messages: {...old, behind_seconds: 9_000}, audit_logs: {...old, behind_seconds: 0}};
  const path = temporaryFolder();
  const run = {...captureRunRow('run-1'), records: {messages: 1}, events: 1, lag_seconds: 60, lag_by_stream: lags};
  await write({path, config}, [...messageLines({event: 'e1'}), recordLine('capture_runs', run)]);
  const {data} = JSON.parse(receiver.posts[0]?.body ?? '') as {data: {alerts: object[]}};
  expect(data.alerts.filter((alert) => 'stream' in alert)).toMatchObject([
    {kind: 'lag', count: 9_000, stream: 'messages', text: 'Stream messages is 150 minutes behind.'},
  ]);
});

test('a run in which nothing went wrong posts nothing', async () => {
  const receiver = await openReceiver(204);
  const config = {alerts: {url: receiver.url, secret}, ca_certificate: receiver.certificate};
  const input = messageLines({event: 'e1'});
  await write({path: temporaryFolder(), config, streams: ['messages']}, input);
  expect(receiver.posts).toEqual([]);
});

test('a run that fails is told of, before and after it has begun', async () => {
  const receiver = await openReceiver(204);
  const config = {alerts: {url: receiver.url, secret}, ca_certificate: receiver.certificate};
  expect((await write({path: '/proc/nowhere', config}, [])).exit).toBe(1);
  const promised = [...messageLines({event: 'e1'}), stateLine('messages', {at: 1}, 9)];
  expect((await write({path: temporaryFolder(), config}, promised)).exit).toBe(1);
  const failures = receiver.posts.map(({body}) => {
    const {data} = JSON.parse(body) as {data: {alerts: {kind: string; code?: string}[]}};
    return data.alerts.find(({kind}) => kind === 'failure')?.code;
  });
  expect(failures).toEqual([expect.any(String), 'records_missing']);
});

test('a receiver that is busy is asked again with the same id', async () => {
  const receiver = await openReceiver(503, 429, 200);
  const config = {alerts: {url: receiver.url, secret}, ca_certificate: receiver.certificate};
  const {run} = await write({path: temporaryFolder(), config}, troubled);
  expect(new Set(receiver.posts.map(({headers}) => headers['webhook-id'])).size).toBe(1);
  expect([receiver.posts.length, run.warnings.filter((each) => each.includes('alert'))]).toEqual([3, []]);
});

test('a receiver whose answer has no end has taken what it was sent', async () => {
  const receiver = await openReceiver('endless');
  const config = {alerts: {url: receiver.url, secret}, ca_certificate: receiver.certificate};
  const {exit, run} = await write({path: temporaryFolder(), config}, troubled);
  expect([exit, receiver.posts.length, run.warnings.filter((each) => each.includes('alert'))]).toEqual([0, 1, []]);
});

test('a policy that cannot be used is told of too', async () => {
  const receiver = await openReceiver(204);
  const rules = [{name: 'all', patterns: ['text'], targets: ['nowhere']}];
  const config = {alerts: {url: receiver.url, secret}, ca_certificate: receiver.certificate, rules};
  const {exit, run} = await write({path: temporaryFolder(), config}, troubled);
  expect([exit, run.errors.map(({failure_type}) => failure_type)]).toEqual([1, ['config_error']]);
  expect(receiver.posts.map(({body}) => body)).toEqual([expect.stringContaining('policy_invalid')]);
});

test.each([
  ['refuses', async () => openReceiver(403), 1, 'answers HTTP 403'],
  ['redirects', async () => openReceiver(302), 1, 'answers HTTP 302'],
  [
    'has a certificate that nobody signed',
    async () => ({...(await openReceiver(204)), certificate: ''}),
    0,
    'cannot be reached',
  ],
])('a receiver that %s never fails the run', async (_, open, posts, said) => {
  const receiver = await open();
  const trust = receiver.certificate === '' ? {} : {ca_certificate: receiver.certificate};
  const config = {alerts: {url: receiver.url, secret}, ...trust};
  const environment = {NODE_TLS_REJECT_UNAUTHORIZED: '0'}; // which turns nothing off
  const {exit, run} = await write({path: temporaryFolder(), config, environment}, troubled);
  expect([exit, receiver.posts.length]).toEqual([0, posts]);
  const warning = run.warnings.find((each) => each.includes('An alert could not be sent'));
  expect(warning).toContain(said);
  expect(run.logText).not.toContain(receiver.url);
  expect(run.logText).not.toContain(secret);
});
