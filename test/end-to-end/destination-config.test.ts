// Row "config with missing, wrong or nested unknown fields": one config_error names every field, and check says the same.
import {expect, test} from '@jest/globals';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {canary} from '../support/canary';
import {messageLines} from './contract-rows';
import {DestinationProcess, temporaryFolder, write} from './destination-process';

const path = '/archive/of/nobody';

const table: [title: string, configText: string, problems: string[]][] = [
  ['nothing at all', '', ['target: is required, and must be an object']],
  ['an empty object', '{}', ['target: is required, and must be an object']],
  ['null', 'null', ['target: is required, and must be an object']],
  ['a list', '[]', ['the configuration: must be an object']],
  ['a bare text', JSON.stringify(canary.key), ['the configuration: must be an object']],
  ['an unknown target', `{"target":{"type":"${canary.key}"}}`, ['target.type: must be']],
  ['a target without its type', `{"target":{"path":"${path}"}}`, ['target.type: is required, and must be']],
  ['a target that is a text', '{"target":"folder"}', ['target: must be an object']],
  ['a folder without a path', '{"target":{"type":"folder"}}', ['target.path: is required, and must be a text']],
  ['a folder with an empty path', '{"target":{"type":"folder","path":""}}', ['target.path: must name a folder']],
  [
    'unknown fields inside the target',
    `{"target":{"type":"folder","path":"${path}","pth":1,"mode":"${canary.key}"}}`,
    ['target.pth: is not a field the connector knows', 'target.mode: is not a field the connector knows'],
  ],
  [
    'unknown fields inside rules, lists and people',
    JSON.stringify({
      target: {type: 'folder', path},
      rules: [{name: 'first'}, {name: 'second', keyword: [canary.key], redact: 'iban'}],
      keyword_lists: [{name: 'k', keywords: ['x'], words: []}],
      identity_map: [{collector_id: 'u', corp_email: 'a@b.test', email: canary.key}],
    }),
    [
      'rules.1.keyword: is not a field the connector knows',
      'rules.1.redact: must be a list',
      'keyword_lists.0.words: is not a field the connector knows',
      'identity_map.0.email: is not a field the connector knows',
    ],
  ],
  [
    'everything wrong at once',
    JSON.stringify({
      target: {type: 'folder', path: 3, allow_ephemeral: 'yes'},
      grouping: 'week',
      time_zone: 'Mars/Olympus',
      assistant_address: 'not an address',
      fallback_address: 'a@b\r\nBcc: c@d.test',
      message_id_domain: 'x>\r\nX-Kvs-ArchiveId: other',
      hold_minutes: 2.5,
      hold_megabytes: canary.key,
    }),
    [
      'target.path: must be a text',
      'target.allow_ephemeral: must be true or false',
      'grouping: must be one of "conversation_day"',
      'time_zone: must be an IANA time zone',
      'assistant_address: must be a plain mail address',
      'fallback_address: must be a plain mail address',
      'message_id_domain: must be a domain name',
      'hold_minutes: must be a whole number',
      'hold_megabytes: must be a number',
    ],
  ],
];

test.each(table)('%s', async (_, configText, problems) => {
  const {exit, run} = await write({path, configText}, messageLines({event: 'e1'}));
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: 'ConfigError config_invalid'}]);
  const message = run.errors[0]!.message;
  for (const problem of problems) expect(message).toContain(problem);
  expect(message.split(': ').length - 1).toBe(problems.length); // and names no other
  const check = new DestinationProcess('check', {path, configText});
  expect(await check.ended()).toBe(0);
  expect(check.status).toEqual({status: 'FAILED', message});
  expect(existsSync(path)).toBe(false);
});

test('a period for which nothing would be locked is refused, and not passed over', async () => {
  const target = {type: 's3', bucket: 'archive', region: 'eu-central-1', retention_days: 2190};
  const config = {target, ledger: {type: 'sqlite', path: temporaryFolder()}};
  const check = new DestinationProcess('check', {path, config});
  await check.ended();
  expect(check.status?.message).toContain('target.retention_days: needs object_lock');
});

const sqlite = {type: 'sqlite', path: '/ledger'};
const mail = {type: 'smtp', host: 'mail.corp.test', sender: 'a@corp.test', recipients: ['b@corp.test']};
const bucket = {type: 's3', bucket: 'archive', region: 'eu-central-1'};

test.each([
  [
    'targets of which one has an endpoint that is no address',
    {target: {...bucket, endpoint: 'minio'}, additional_targets: [{name: 'desk', target: bucket}], ledger: sqlite},
    'target.endpoint: must be an https address; plain http is for loopback only.',
  ],
  ['a ledger for a folder', {ledger: sqlite}, 'ledger: must be left out, since that of a folder lies in it.'],
  ['no ledger for a mail server', {target: mail}, 'ledger: is required, and must be chosen for this target.'],
  [
    'a password alone',
    {target: {...mail, password: 'p'}, ledger: sqlite},
    'target.password: must be given with the user name, and not without it.',
  ],
  [
    'a key without its secret',
    {target: {...bucket, access_key_id: 'k'}, ledger: sqlite},
    'target.secret_access_key: is required, and must be given with the access key ID, and not without it.',
  ],
])('%s: what the field wants is said', async (_, config, problem) => {
  const check = new DestinationProcess('check', {path, config});
  await check.ended();
  expect(check.status?.message).toContain(`The configuration is not valid. ${problem} Correct`);
});

test.each([
  'jürgen@corp.test',
  'a@corp..test',
  'a@.',
  'a.@corp.test',
  'a@-corp.test',
  `${'a'.repeat(250)}@b.test`,
  'a=?b@c.test',
])(
  '%s, which no item could be filed under, is refused where all items need it, and told of a person',
  async (address) => {
    const config = {assistant_address: address, fallback_address: address};
    const check = new DestinationProcess('check', {path, config});
    await check.ended();
    for (const field of ['assistant_address', 'fallback_address'])
      expect(check.status?.message).toContain(`${field}: must be a plain mail address`);
    // One of many people keeps nothing from the archive: it is filed under the fallback address.
    const people = {
      identity_map: [{collector_id: 'user-1', corp_email: address}],
      identity_map_csv: `collector_id,corp_email\nuser-2,${address}`,
    };
    const told = new DestinationProcess('check', {path, config: people});
    await told.ended();
    expect(told.status).toMatchObject({status: 'SUCCEEDED'});
    expect(told.warnings.join()).toContain('corp_email of "user-1", "user-2", because no header can carry it');
  }
);

test.each(['a..b', '-a.test', 'a-.test', `${'a'.repeat(64)}.test`])(
  '%s is no domain of a Message-ID',
  async (domain) => {
    const check = new DestinationProcess('check', {path, config: {message_id_domain: domain}});
    await check.ended();
    expect(check.status?.message).toContain('message_id_domain: must be a domain name');
  }
);

test.each([' ', '\u00a0', '\u2028', '\u202e', '\ud800'])(
  '%j, of which no item would show a header, is refused',
  async (value) => {
    const check = new DestinationProcess('check', {path, config: {extra_headers: [{name: 'X-Journal', value}]}});
    await check.ended();
    expect(check.status?.message).toContain('extra_headers.0.value: must hold something that can be seen');
  }
);

const workspaceId = '4f0e3c1e-5c5b-4b0a-9f53-7d2c0a8e1b22';
const folder = (at: string): object => ({type: 'folder', path: at});

test.each([
  [
    'the same folder',
    folder(path),
    folder(`${path}/../nobody/`),
    'additional_targets.0.target: must not be the same place as target.',
  ],
  [
    'the same bucket and prefix',
    {...bucket, prefix: 'chat', endpoint: 'https://s3.eu-central-1.amazonaws.com'},
    {...bucket, prefix: '/chat/'},
    'additional_targets.0.target: must not be the same place as target.',
  ],
  [
    'a folder within that of a workspace',
    folder(path),
    folder(`${path}/${workspaceId}/desk`),
    'additional_targets.0.target: must not lie where a workspace has its items in target.',
  ],
  [
    'a prefix above',
    {...bucket, prefix: `chat/${workspaceId}`},
    {...bucket, prefix: 'chat'},
    'The configuration is not valid. target: must not lie where a workspace has its items in additional_targets.0.target.',
  ],
  ['a prefix beside the workspaces', {...bucket, prefix: 'chat'}, {...bucket, prefix: 'chat/desk'}, undefined],
  ['a prefix that begins alike', {...bucket, prefix: 'chat'}, {...bucket, prefix: 'chatter'}, undefined],
  ['another region', bucket, {...bucket, region: 'eu-west-1'}, undefined],
])('two targets in one place are refused, and only those: %s', async (_, target, desk, problem) => {
  const ledger = target === bucket || 'bucket' in target ? {ledger: sqlite} : {};
  const config = {
    target,
    ...ledger,
    additional_targets: [{name: 'desk', target: desk}],
    ...(problem === undefined ? {keyword_lists: 'none'} : {}), // else the check would ask Amazon
  };
  const check = new DestinationProcess('check', {path, config});
  await check.ended();
  if (problem === undefined) expect(check.status?.message).not.toContain('additional_targets');
  else expect(check.status?.message).toContain(problem);
});

test('a day that no calendar has is refused in a rule, which would never match', async () => {
  const rule = {name: 'first half', from_date: '2026-13-01', until_date: '2026-06-31T00:00:00Z', legal_hold: 'm-1'};
  const check = new DestinationProcess('check', {path: temporaryFolder(), config: {rules: [rule]}});
  await check.ended();
  for (const field of ['from_date', 'until_date'])
    expect(check.status?.message).toContain(`rules.0.${field}: is not a day of the calendar`);
});

test.each(['~/archive', '$HOME/archive', 'C:\\archive', 'file:///archive', ' /archive', '/archive\n', '/arch\0ive'])(
  'what is no path is refused, and not taken for a folder of that name: %j',
  async (given) => {
    const check = new DestinationProcess('check', {path: given});
    await check.ended();
    expect(check.status?.message).toContain('target.path: must be the path itself');
  }
);

test.each([[undefined], ['AES256']])('a key that encryption %s would not use is refused', async (encryption) => {
  const target = {type: 's3', bucket: 'archive', region: 'eu-central-1', kms_key_id: 'alias/archive', encryption};
  const config = {target, ledger: {type: 'sqlite', path: temporaryFolder()}};
  const check = new DestinationProcess('check', {path, config});
  await check.ended();
  expect(check.status?.message).toContain('target.kms_key_id: needs encryption to be aws:kms');
});

test('an unknown target is told which targets there are', async () => {
  const check = new DestinationProcess('check', {path, configText: '{"target":{"type":"tape"}}'});
  await check.ended();
  expect(check.status?.message).toMatch(/target\.type: must be (?:one of )?"folder"/);
});

test('a configuration that is not JSON is an error without its content', async () => {
  const {exit, run} = await write({path, configText: `{"api_key": ${canary.key}`}, []);
  expect(exit).toBe(1);
  expect(run.errors).toMatchObject([{failure_type: 'config_error', internal_message: 'ConfigError file_unreadable'}]);
});

test.each(['check', 'write'])('unknown root keys give one warning and nothing else: %s', async (verb) => {
  const archive = join(temporaryFolder(), 'archive');
  const config = {debug: true, faros_source_id: canary.key, 'odd\nkey': canary.key, ['long'.repeat(100)]: 1};
  const run = new DestinationProcess(verb, {path: archive, config});
  run.end();
  expect(await run.ended()).toBe(0);
  expect(run.warnings).toHaveLength(1);
  for (const key of ['debug', 'faros_source_id', 'odd\\nkey', 'longlong']) expect(run.warnings[0]).toContain(key);
  expect(run.warnings[0]!.length).toBeLessThan(300);
  if (verb === 'check') expect(run.status).toEqual({status: 'SUCCEEDED'});
});
