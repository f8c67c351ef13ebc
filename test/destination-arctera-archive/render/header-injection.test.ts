// Nothing that comes from the workspace can add, end or imitate a header.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {itemHeaders} from '../../../destination-arctera-archive/render/item-headers';
import {messageHead} from '../../../destination-arctera-archive/render/mime-part';
import {onlyHeader, parseMessage, renderWhole} from './render-whole';
import {message, messagesItem, response, settings} from './sample-items';

const attacks = [
  'x\r\nX-Kvs-ArchiveId: other',
  'x\nX-Kvs-ArchiveId: other',
  'x\rX-Kvs-ArchiveId: other',
  'x\r\n\r\nX-Kvs-ArchiveId: other',
  'x\u2028X-Kvs-ArchiveId: other',
  'x\u0085X-Kvs-ArchiveId: other',
  '=?utf-8?Q?x=0D=0AX-Kvs-ArchiveId:_other?=',
  `${'y'.repeat(70)} \r\n X-Kvs-ArchiveId: other`,
];

test.each(attacks)('%j stays a value', async (attack) => {
  const item = messagesItem({
    subject: attack,
    workspaceId: attack,
    policyVersion: attack,
    conversation: {id: attack, title: attack, isTemporary: false, gptName: attack, projectName: attack, mode: attack},
    owner: {id: attack, name: attack, email: attack},
    others: [{id: attack, name: attack, email: `${attack}@corp.test`}],
    messages: [message({text: attack, authorType: attack, role: 'other'}), response({model: attack})],
  });
  const bytes = await renderWhole(item);
  const head = bytes.toString('latin1').split('\r\n\r\n')[0]!;
  expect(head).not.toMatch(/^x-kvs/im);
  const parsed = await parseMessage(bytes);
  expect(onlyHeader(parsed, 'From')).toContain('unresolved@records.test');
  expect(parsed.subject).not.toMatch(/[\r\n]/);
});

const addresses: [email: string, usable: boolean][] = [
  ['ada@corp.test', true],
  ['ada.b+c@sub.corp.test', true],
  ["o'neil@corp.test", true],
  ['ada@corp.test, eve@evil.test', false],
  ['ada@corp.test>', false],
  ['"ada"@corp.test', false],
  ['ada@[127.0.0.1]', false],
  ['ada@@corp.test', false],
  ['ada', false],
  ['', false],
  ['ada@corp.test\n', false],
  ['ädä@corp.test', false],
  ['.ada@corp.test', false],
  [`${'a'.repeat(250)}@corp.test`, false],
];

test.each(addresses)('owner address %j: usable %s', async (email, usable) => {
  const parsed = await parseMessage(await renderWhole(messagesItem({owner: {id: 'user-ada', name: undefined, email}})));
  expect(onlyHeader(parsed, 'From')).toBe(usable ? email : 'unresolved@records.test');
  const ids = parsed.headerLines.filter(({key}) => key === 'x-ai-actor-id');
  expect(ids.map(({line}) => line)).toEqual(usable ? [] : ['X-AI-Actor-Id: user-ada']);
});

test('whatever the workspace holds, the headers are ours, each once, each on lines of its own', () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...attacks), fc.string({unit: 'binary', maxLength: 40})), {
    maxLength: 3,
  });
  const joined = text.map((parts) => parts.join(''));
  const ours =
    /^(?:From|To|Subject|Date|Message-ID|In-Reply-To|References|MIME-Version|Content-Type|X-AI-[A-Za-z0-9-]+)$/;
  fc.assert(
    fc.property(joined, joined, joined, (a, b, c) => {
      const item = messagesItem({
        subject: a,
        workspaceId: b,
        tags: [a, c],
        legalHold: b,
        conversation: {...messagesItem().conversation, id: c, title: a},
        owner: {id: a, name: b, email: c},
        others: [{id: c, name: a, email: b}],
        messages: [response({model: a}), response({model: c})],
      });
      const head = messageHead('multipart/mixed', 'x', itemHeaders(item, settings));
      expect(head).toMatch(/^[\t\r\n\x20-\x7e]*$/);
      const lines = head
        .slice(0, -4)
        .replace(/\r\n[ \t]/g, ' ')
        .split('\r\n');
      const names = lines.map((line) => line.slice(0, line.indexOf(':')));
      for (const name of names) expect(name).toMatch(ours);
      expect(new Set(names).size).toBe(names.length);
      expect(head).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
    }),
    {numRuns: 10_000}
  );
});
