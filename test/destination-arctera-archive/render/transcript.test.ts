// The readable bodies show every message verbatim and can do nothing else.
import {expect, test} from '@jest/globals';
import fc from 'fast-check';
import {renderHtml} from '../../../destination-arctera-archive/render/html-transcript';
import {renderPlainText} from '../../../destination-arctera-archive/render/plain-text';
import {message, messagesItem} from './sample-items';

const none = new Map<string, never>();

test('Markdown, indentation and blank lines stay as they are in text/plain', () => {
  const text = '# Head\n\n```ts\n  const a = "<b>";\n```\n\n\n- *item*';
  expect(renderPlainText(messagesItem({messages: [message({text})]}), none)).toContain(`\n\n${text}\n`);
});

test.each([
  ['a\r\nb\rc', 'a\nb\nc'],
  ['a\u0000\u0007\u001b[31mb\u007f\u0085', 'a[31mb'],
  ['\ud800x\udc00', '\ufffdx\ufffd'],
  ['\u{1f600}\ttab', '\u{1f600}\ttab'],
])('%j is shown as %j', (text, shown) => {
  expect(renderPlainText(messagesItem({messages: [message({text})]}), none)).toContain(`\n\n${shown}\n`);
});

test('text/html has only our own elements, whatever the text', () => {
  const fragment = fc.constantFrom(
    '<script>',
    '<img src=x onerror=y>',
    '"',
    "'",
    '&',
    '</td>',
    '<!--',
    'https://x.test',
    '\n'
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fragment, fc.string())), (parts) => {
      const hostile = parts.join('');
      const owner = {id: hostile, name: hostile, email: hostile};
      const html = renderHtml(
        messagesItem({
          owner,
          messages: [message({text: hostile, author: owner, model: hostile, remarks: [hostile], contentType: hostile})],
        }),
        none
      );
      const elements = new Set([...html.matchAll(/<\/?([a-z!][a-z0-9-]*)/gi)].map(([, name]) => name!.toLowerCase()));
      const ours = [
        '!doctype',
        'html',
        'head',
        'meta',
        'title',
        'body',
        'h1',
        'table',
        'tr',
        'td',
        'div',
        'b',
        'br',
        'p',
      ];
      expect([...elements].filter((name) => !ours.includes(name))).toEqual([]);
      expect(html).not.toMatch(/<[^>]*\s(?:on\w+|src|href)=/i);
    })
  );
});
