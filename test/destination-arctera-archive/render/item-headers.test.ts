// Headers that list something name all of it, as long as a mail server takes them.
import {expect, test} from '@jest/globals';
import {onlyHeader, parseMessage, renderWhole} from './render-whole';
import {messagesItem, response} from './sample-items';

const names = Array.from({length: 60}, (_, index) => `rather-long-name-of-its-own-${index}`);

test.each(['eml', 'rsmf'] as const)(
  'every tag, model, kind of redaction and unknown person is named: %s',
  async (format) => {
    const item = messagesItem({
      tags: names,
      redactions: names.map((kind) => ({kind, count: 1})),
      messages: names.map((model) => response({model})),
      others: names.map((id) => ({id, name: undefined, email: undefined})),
    });
    const parsed = await parseMessage(await renderWhole(item, format));
    expect(onlyHeader(parsed, 'X-AI-Tags')).toBe(names.join(', '));
    expect(onlyHeader(parsed, 'X-AI-Model')).toBe([...names].sort().join(', '));
    expect(onlyHeader(parsed, 'X-AI-Redactions')).toBe(names.map((name) => `${name}=1`).join(', '));
    expect(new Set(onlyHeader(parsed, 'X-AI-Actor-Id').split(', '))).toEqual(new Set(names));
  }
);

test('what no mail server would take is cut, and shows it', async () => {
  const tags = Array.from({length: 1000}, (_, index) => `rather-long-name-of-its-own-${index}`);
  const parsed = await parseMessage(await renderWhole(messagesItem({tags})));
  expect(onlyHeader(parsed, 'X-AI-Tags').length).toBeLessThan(16_000);
});
