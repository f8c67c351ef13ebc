// The verb `show` as a transcript: of a conversation, an item, an event; and never anything that steers a terminal.
import {readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {toRecordId} from '../../destination-arctera-archive/pipeline/record-id';
import {itemPaths} from './archive-reader';
import {messageLines, recordLine, workspace} from './contract-rows';
import {printed, temporaryFolder, write} from './destination-process';

async function archive(): Promise<string> {
  const path = temporaryFolder();
  const lines = messageLines(
    {event: 'e1', text: 'What of the budget?\u001b[2J', files: ['file-1']},
    {event: 'e2', text: 'It is balanced.', author: 'assistant', after: 'msg-e1', at: '2026-01-15T09:31:00.000000Z'},
    {event: 'e3', text: 'And next year?', at: '2026-01-16T08:00:00.000000Z'},
    {event: 'f1', text: 'Another thread', conversation: 'conv-2'}
  );
  expect((await write({path}, lines)).exit).toBe(0);
  return path;
}

test('a conversation is shown over all its items, in order', async () => {
  const path = await archive();
  const {exit, text} = await printed('show', {path, options: ['--conversation', 'conv-1']});
  expect(exit).toBe(0);
  const places = ['What of the budget?', 'file-1', 'It is balanced.', 'And next year?'].map((each) =>
    text.indexOf(each)
  );
  expect(places.every((place) => place > 0)).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(text).not.toContain('Another thread');
  expect(text).not.toContain('\u001b');
});

test.each([[['rsmf']], [['text_delimited']], [['text_delimited', 'rsmf']]])(
  'in %j a conversation is shown too',
  async (formats) => {
    const path = temporaryFolder();
    const lines = messageLines(
      {event: 'e1', text: 'What of the budget?'},
      {event: 'e2', text: 'Balanced.', after: 'msg-e1'}
    );
    expect((await write({path, config: {formats}}, lines)).exit).toBe(0);
    const {exit, text} = await printed('show', {path, options: ['--conversation', 'conv-1']});
    expect([exit, text]).toEqual([0, expect.stringMatching(/What of the budget\?[^]*Balanced\./)]);
    const ending = formats[0] === 'rsmf' ? '.rsmf' : '.td.zip';
    const names = readdirSync(join(path, 'ws-1'), {recursive: true, encoding: 'utf8'});
    for (const name of names) if (name.endsWith(ending)) rmSync(join(path, 'ws-1', name));
    const left = await printed('show', {path, options: ['--conversation', 'conv-1']});
    expect(left.text.includes('Balanced.')).toBe(formats.length > 1);
    if (formats.length === 1) expect(left.text).toContain('default does not hold it as it was delivered');
  }
);

test('an item is shown alone, and what nobody knows is said', async () => {
  const path = await archive();
  const [first = ''] = itemPaths(path);
  const item = /([0-9a-f]{64})\.eml$/.exec(first)?.[1] ?? '';
  const {exit, text} = await printed('show', {path, options: ['--item', item]});
  expect([exit, text.match(/^== /gm)]).toEqual([0, ['== ']]);
  rmSync(join(path, first));
  const unknown = await printed('show', {path, options: ['--item', 'nothing']});
  expect([unknown.exit, unknown.text]).toEqual([1, expect.stringMatching(/^No item of this archive holds it\./)]);
});

test('what is set aside is not said to be unknown, and a ledger that is lost is named', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'review', patterns: ['budget'], disposition: 'set_aside'}]};
  expect((await write({path, config}, messageLines({event: 'e1', text: 'The budget'}))).exit).toBe(0);
  const event = ['--event', 'e1'];
  const transcript = await printed('show', {path, options: [...event, '--format', 'text']});
  expect([transcript.exit, transcript.text]).toEqual([1, expect.stringMatching(/^No item .* --event alone\.\n$/)]);
  expect((await printed('show', {path, options: event})).text).toContain('review');
  rmSync(join(path, '.arctera-archive', 'ws-1', 'ledger.sqlite'));
  for (const options of [event, ['--conversation', 'conv-1']]) {
    const {exit, text} = await printed('show', {path, options});
    expect([exit, text]).toEqual([1, expect.stringMatching(/ws-1.* is missing/)]);
  }
});

test('an event is shown as text when that is asked for', async () => {
  const path = await archive();
  const {exit, text} = await printed('show', {path, options: ['--event', 'e2', '--format', 'text']});
  expect([exit, text.includes('It is balanced.'), text.includes('What of the budget?')]).toEqual([0, true, false]);
});

test('a log event and an object are shown as they came: what they say is in no message', async () => {
  const path = temporaryFolder();
  const event = '{"event_id":"a1","type":"AUDIT","timestamp":"2026-01-15T09:30:00Z","action":"GPT_SHARED\\u001b[2J"}';
  const logged = {event_id: 'a1', event, event_sha256: sha256Hex(event), workspace_id: workspace};
  const other = {...logged, event_id: 'a2', event: '{"event_id":"a2"}', event_sha256: sha256Hex('{"event_id":"a2"}')};
  const order = {id: 7, text: 'plain', workspace_id: workspace};
  const lines = [recordLine('audit_logs', logged), recordLine('audit_logs', other), recordLine('orders', order)];
  expect((await write({path}, lines)).exit).toBe(0);
  const log = await printed('show', {path, options: ['--event', 'a1', '--format', 'text']});
  expect([log.exit, log.text]).toEqual([0, expect.stringContaining(event)]);
  expect(log.text).not.toContain('a2');
  const id = toRecordId('orders', JSON.stringify(order), workspace);
  const asked = await printed('show', {path, options: ['--event', id, '--format', 'text']});
  expect([asked.exit, asked.text]).toEqual([0, expect.stringContaining('"text":"plain"')]);
});
