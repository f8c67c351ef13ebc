// Whom a record belongs to: policy, report and From say the same of every stream.
import {expect, test} from '@jest/globals';
import {streamDefinitions} from '../../contract';
import {logStreams} from '../../contract/log-streams';
import type {StreamDefinition} from '../../contract/row';
import {sha256Hex} from '../../core/digest';
import {type ArchivedItem, readArchive, readReports, type RunReport} from './archive-reader';
import {messageLines, messageRow, recordLine, userRow, workspace} from './contract-rows';
import {temporaryFolder, write} from './destination-process';

const people = {ada: 'user-ada', bob: 'user-bob'} as const;
type Person = (typeof people)[keyof typeof people];

/** Streams of objects that become documents. */
const objectStreams = streamDefinitions.filter(({name, row}) => 'object_json' in row.shape && name !== 'users');
const logNames = logStreams.map(({name}) => name);

/** @param where a row may lack what the object it was made of says */
function objectRow({name, owner, primaryKey}: StreamDefinition, person: Person, where: 'row' | 'object'): object {
  const key = Object.fromEntries(primaryKey.map((field) => [field, field === 'version' ? 1 : `${name}-${person}`]));
  const named = {[owner?.id ?? '']: person};
  const object = {...key, ...named, note: `of ${person}, told by the ${where}`};
  const text = JSON.stringify(object);
  return {
    ...object,
    ...(where === 'object' ? {[owner?.id ?? '']: null} : {}),
    ...(owner?.email === undefined ? {} : {[owner.email]: null}),
    workspace_id: workspace,
    object_json: text,
    object_sha256: sha256Hex(text),
    captured_at: '2026-01-15T00:00:00Z',
  };
}

/** @param idField member of the actor that tells who it is */
function logRow(stream: string, person: Person, idField: string): object {
  const event = `${stream}-${person}-${idField}`;
  const actor = {type: 'ACCOUNT_USER', [idField]: person};
  const text = JSON.stringify({event_id: event, type: 'SOME_LOG', timestamp: '2026-01-16T09:00:00Z', actor});
  return {...messageRow({event}), actor, event: text, event_sha256: sha256Hex(text), conversation_id: undefined};
}

/** A message of an actor who is no person. */
function strangeLine(actor: object | null, conversation: string): string {
  const {event, ...row} = messageRow({event: conversation, conversation});
  const text = event.replace(JSON.stringify(row.actor), JSON.stringify(actor));
  return recordLine('messages', {...row, actor, event: text, event_sha256: sha256Hex(text)});
}

const places = ['row', 'object'] as const;
const idFields = ['user_id', 'redacted_id', 'provider_user_id'] as const;

function linesOf(person: Person): string[] {
  return [
    ...objectStreams.flatMap((stream) =>
      places.map((where) => recordLine(stream.name, objectRow(stream, person, where)))
    ),
    ...logNames.flatMap((name) => idFields.map((field) => recordLine(name, logRow(name, person, field)))),
    recordLine(
      'messages',
      messageRow({event: `message-${person}`, conversation: `conv-${person}`, user: person, email: null})
    ),
  ];
}

const perPerson: Readonly<Record<string, number>> = {
  ...Object.fromEntries(objectStreams.map(({name}) => [name, places.length])),
  messages: 1,
  ...Object.fromEntries(logNames.map((name) => [name, idFields.length])),
};
const total = Object.values(perPerson).reduce((sum, count) => sum + count, 0);

async function archive(config: object): Promise<{items: ArchivedItem[]; report: RunReport}> {
  const path = temporaryFolder();
  const {exit} = await write({path, config: {...config}, streams: ['users', ...Object.keys(perPerson)]}, [
    recordLine('users', userRow(people.ada, 'Ada', 'ada@desk.test')),
    recordLine('users', userRow(people.bob, 'Bob', 'bob@desk.test')),
    ...linesOf(people.bob),
    ...linesOf(people.ada),
  ]);
  expect(exit).toBe(0);
  return {items: await readArchive(path), report: readReports(path).at(-1) as RunReport};
}

function countsOf(report: RunReport, outcome: 'delivered' | 'excluded'): Record<string, number> {
  const counted = Object.entries(report.streams).map(([stream, counts]): [string, number] => [
    stream,
    counts[outcome] ?? 0,
  ]);
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}

test('every stream of objects tells whose an object is', () => {
  expect(objectStreams.map(({name}) => name)).toHaveLength(11);
  for (const {name, owner, row} of objectStreams)
    expect([name, owner !== undefined && owner.id in row.shape]).toEqual([name, true]);
});

test.each([
  {monitored_users: 'include', monitored_list: ['ada@desk.test']},
  {monitored_users: 'include', monitored_list: [people.ada]},
  {monitored_users: 'exclude', monitored_list: ['BOB@desk.test']},
  {rules: [{name: 'of others', except_users: [people.ada], disposition: 'exclude'}]},
  {rules: [{name: 'of others', expression: 'record.user_id != "user-ada"', disposition: 'exclude'}]},
  {identity_map: [{collector_id: people.bob, corp_email: 'bob@desk.test', monitor: false}]},
])('of every stream the records of one person are kept and those of the other excluded: %j', async (config) => {
  const {items, report} = await archive(config);
  const originals = items.flatMap((item) => item.originals);
  expect(originals).toHaveLength(total);
  expect(originals.filter((text) => text.includes(people.bob))).toEqual([]);
  expect(countsOf(report, 'delivered')).toEqual(perPerson);
  expect(countsOf(report, 'excluded')).toEqual(perPerson);
  expect(report.users[people.ada]).toMatchObject({delivered: total, excluded: 0});
  expect(report.users[people.bob]).toMatchObject({delivered: 0, excluded: total});
});

test('what an API key did is nobody’s, and kept whoever is monitored', async () => {
  const path = temporaryFolder();
  const actor = {type: 'API_KEY', redacted_id: 'xxx...yyyy'};
  const text = JSON.stringify({event_id: 'a1', type: 'AUDIT_LOG', timestamp: '2026-01-16T09:00:00Z', actor});
  const row = {...messageRow({event: 'a1'}), actor, event: text, event_sha256: sha256Hex(text)};
  const config = {monitored_users: 'include', monitored_list: [people.ada]};
  const {exit} = await write({path, config, streams: ['audit_logs']}, [recordLine('audit_logs', row)]);
  expect(exit).toBe(0);
  const [item] = await readArchive(path);
  expect(item?.originals).toEqual([text]);
  expect(item?.text).toContain('api key xxx...yyyy');
  expect(Object.keys(readReports(path).at(-1)?.users ?? {})).toEqual(['(no user)']);
});

test.each([
  ['an API key', {type: 'API_KEY', redacted_id: 'xxx...yyyy'}],
  ['nobody who is named', null],
])(
  'a conversation in which %s came first is that of the first person, and is nobody’s without one',
  async (_, actor) => {
    const path = temporaryFolder();
    const config = {monitored_users: 'include', monitored_list: [people.ada]};
    const rules = [{name: 'of others', users: [people.bob], disposition: 'exclude'}];
    const later = {
      event: 'later',
      conversation: 'shared',
      user: people.ada,
      email: 'ada@desk.test',
      after: 'msg-shared',
    };
    const {exit} = await write({path, config: {...config, rules}, streams: ['messages']}, [
      ...['alone', 'shared'].map((conversation) => strangeLine(actor, conversation)),
      ...messageLines({...later, at: '2026-01-15T10:00:00Z'}),
    ]);
    expect(exit).toBe(0);
    const items = await readArchive(path);
    expect(items.map(({originals}) => originals.length).sort()).toEqual([1, 2]);
    const shared = items.find(({originals}) => originals.length === 2);
    expect(shared?.from).toContain('ada@desk.test');
  }
);

test('each document is from the person whom the report counts it for', async () => {
  const {items, report} = await archive({});
  const documents = items.filter(({kind}) => kind === 'document');
  expect(documents).toHaveLength(objectStreams.length * places.length * 2);
  for (const {from, originals} of documents) {
    expect(from).toBe(originals.join().includes(people.bob) ? '"Bob" <bob@desk.test>' : '"Ada" <ada@desk.test>');
  }
  for (const person of Object.values(people)) expect(report.users[person]).toMatchObject({delivered: total});
});

test('of two who wrote in the same moment the policy and the item name the same one', async () => {
  const path = temporaryFolder();
  const config = {monitored_users: 'include', monitored_list: [people.ada]};
  // In the order of the thread the second comes first.
  const lines = messageLines(
    {event: 'e1', user: people.ada, email: 'ada@desk.test', after: 'msg-e2'},
    {event: 'e2', user: people.bob, email: 'bob@desk.test'}
  );
  expect((await write({path, config, streams: ['messages']}, lines)).exit).toBe(0);
  const [item] = await readArchive(path);
  expect([item?.originals.length, item?.from]).toEqual([2, expect.stringContaining('ada@desk.test')]);
});
