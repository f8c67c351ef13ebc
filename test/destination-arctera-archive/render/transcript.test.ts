// The readable bodies show every message verbatim and can do nothing else.
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {renderHtml as toHtml} from '../../../destination-arctera-archive/render/html-transcript';
import type {Item} from '../../../destination-arctera-archive/render/item';
import {renderPlainText as toPlainText} from '../../../destination-arctera-archive/render/plain-text';
import {toTranscript} from '../../../destination-arctera-archive/render/transcript';
import {message, messagesItem, response, settings} from './sample-items';

const renderHtml = (item: Item): string => toHtml(toTranscript(item, new Map(), settings)).join('');
const renderPlainText = (item: Item, timeZone = 'UTC'): string =>
  toPlainText(toTranscript(item, new Map(), {timeZone})).join('');

test('Markdown, indentation and blank lines stay as they are in text/plain', () => {
  const text = '# Head\n\n```ts\n  const a = "<b>";\n```\n\n\n- *item*';
  expect(renderPlainText(messagesItem({messages: [message({text})]}))).toContain(`\n\n${text}\n`);
});

test('every tag and every kind of redaction is told, however many there are', () => {
  const names = Array.from({length: 40}, (_, index) => `rather-long-name-${index}`);
  const redactions = names.map((kind) => ({kind, count: 1}));
  const item = messagesItem({tags: names, redactions});
  expect(renderPlainText(item)).toContain(`\nTags: ${names.join(', ')}\n`);
  expect(renderPlainText(item)).toContain(
    `\nRedacted: ${names.map((each) => `1 ${each}`).join(', ')} (masked by policy)\n`
  );
  expect(renderHtml(item)).toContain(names.join(', '));
});

test.each([
  ['a\r\nb\rc', 'a\nb\nc'],
  ['a\u0000\u0007\u001b[31mb\u007f\u0085', 'a[31mb'],
  ['\ud800x\udc00', '\ufffdx\ufffd'],
  ['\u{1f600}\ttab', '\u{1f600}\ttab'],
])('%j is shown as %j', (text, shown) => {
  expect(renderPlainText(messagesItem({messages: [message({text})]}))).toContain(`\n\n${shown}\n`);
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
    '![a](https://x.test/i.png)',
    '[a](javascript:alert(1) "t")',
    '```"><script>\n',
    '\n|a|b|\n|-|-|\n|c|d|\n',
    '**',
    '`',
    '<https://x.test>',
    '&lt;script&gt;',
    '\n'
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fragment, fc.string())), (parts) => {
      const hostile = parts.join('');
      const owner = {id: hostile, name: hostile, email: hostile};
      const html = renderHtml(
        messagesItem({
          owner,
          tags: [hostile],
          messages: [
            message({text: hostile, author: owner, model: hostile, tools: [hostile], contentType: hostile}),
            response({text: hostile, citations: [{kind: hostile, sources: [hostile]}], otherContent: hostile}),
          ],
        })
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
        'style',
        'pre',
        'code',
        'span',
        'strong',
        'em',
        's',
        'hr',
        'ul',
        'ol',
        'li',
        'blockquote',
        'thead',
        'tbody',
        'th',
      ];
      expect([...elements].filter((name) => !ours.includes(name))).toEqual([]);
      expect(html).not.toMatch(/<[^>]*\s(?:on\w+|src|href|srcset|background|action)=/i);
    }),
    {numRuns: 10_000}
  );
});

test.each([
  ['**bold** and `code`', '<strong>bold</strong> and <code>code</code>'],
  ['<b>raw</b>', '&lt;b&gt;raw&lt;/b&gt;'],
  [
    '[here](https://x.test/a "why")',
    '<span class="link">here</span> <span class="target">(https://x.test/a — why)</span>',
  ],
  ['[evil](javascript:alert(1))', '<span class="link">evil</span> <span class="target">(javascript:alert(1))</span>'],
  ['<https://x.test/a>', '<span class="link">https://x.test/a</span>'],
  ['![chart](https://x.test/c.png)', '<span class="target">[Image: chart — https://x.test/c.png]</span>'],
  ['[a]: https://x.test "hidden"', '[a]: https://x.test &quot;hidden&quot;'],
  ['```python\nx < 1\n```', '<div class="lang">python</div><pre class="code">x &lt; 1\n</pre>'],
  ['| a | b |\n|---|--:|\n| 1 | 2 |', '<td style="text-align:right">2</td>'],
  ['# Head', '<div class="h h1">Head</div>'],
  ['one\ntwo', 'one<br>\ntwo'],
])('an answer of %j shows %s', (text, shown) => {
  expect(renderHtml(messagesItem({messages: [response({text})]}))).toContain(shown);
});

test.each([
  ['a cell too many', '|a|b|\n|-|-|\n|1|2|hidden|'],
  ['deep nesting', `${'> '.repeat(300)}hidden`],
  ['a deep list', `${Array.from({length: 200}, (_, at) => `${'  '.repeat(at)}- item`).join('\n')} hidden`],
  ['a reference', '[hidden]: https://x.test'],
  ['an entity', '&hidden; &#104;'],
  ['a comment', '<!-- hidden -->'],
  ['a fence', '```a hidden\n```'],
])('Markdown hides nothing: %s', (_, text) => {
  expect(renderHtml(messagesItem({messages: [response({text})]}))).toContain('hidden');
});

test('a prompt is not read as Markdown', () => {
  expect(renderHtml(messagesItem({messages: [message({text: '**a** [b](c)'})]}))).toContain('**a** [b](c)');
});

test('edits, regenerations and versions are marked, with the message they follow', () => {
  const messages = [
    message({messageId: 'p1', text: 'first'}),
    response({messageId: 'r1', previousMessageId: 'p1'}),
    response({messageId: 'r2', previousMessageId: 'p1'}),
    message({messageId: 'p2', previousMessageId: 'r1'}),
    message({messageId: 'p2', previousMessageId: 'r1', text: 'again'}),
    message({messageId: 'p3', previousMessageId: 'gone'}),
  ];
  const text = renderPlainText(messagesItem({messages}));
  const headlines = text.split('\n').filter((line) => /^(?:\d+\. |\[)/.test(line));
  expect(headlines.map((line) => line.replace(/ \|.*/, ''))).toEqual([
    '1. Prompt',
    '2. Response',
    '[Branch 1 of 2, after message 1: others are shown below]',
    '3. Response',
    '[Branch 2 of 2, after message 1: the response was regenerated]',
    '4. Prompt',
    '[Follows message 2]',
    '[Version 1 of 2 of this message]',
    '5. Prompt',
    '[Version 2 of 2 of this message]',
    '6. Prompt',
    '[Follows a message that is not in this item]',
  ]);
});

test('times are told in the configured zone, which is named', () => {
  const item = messagesItem({
    messages: [message(), message({timestamp: 'yesterday'}), message({timestamp: undefined})],
  });
  const text = renderPlainText(item, 'Europe/Paris');
  expect(text).toContain('2026-01-15 10:30:05 Europe/Paris (GMT+01:00)');
  expect(text).toContain(' | yesterday\n');
  expect(text).toContain(' | time unknown\n');
  expect(text).toContain('All times in Europe/Paris.');
});

test('an answer that is hard to parse is shown in time', () => {
  const hard = ['[', '*a_', '![', '`', '<', '> ', '- ', '|', '[a](', '&', '\\', '~', '**a __b ', '> a ', '1. '];
  for (const part of hard) {
    const text = `${part.repeat(Math.floor(98_000 / part.length))} end`;
    expect(renderHtml(messagesItem({messages: [response({text})]}))).toContain('end');
  }
});
