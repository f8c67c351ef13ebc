// Row "numbers like 1.10 and 1e400, repeated keys, lone surrogates, unknown authors, contents and actors": exact, and readable.
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {readArchive} from './archive-reader';
import {messageRow, recordLine, stateLine} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';
import {faultsOfItem, readItems} from './soundness';

/** Event texts without their first member, the event id; each with what people must be able to read. */
const odd: readonly (readonly [title: string, rest: string, shown: readonly string[]])[] = [
  [
    'numbers as they were written',
    '"message":{"id":"m","content":{"type":"table","value":{"price":1.10,"huge":1e400,"id":12345678901234567890,"e":1E+2,"z":-0.0}}}',
    ['1.10', '1e400', '12345678901234567890', '1E+2', '-0.0', 'Content: table'],
  ],
  ['repeated keys', '"type":"A","type":"B","message":{"content":{"type":"text","value":"one","value":"two"}}', ['two']],
  ['repeated keys in unknown content', '"message":{"content":{"rows":{"a":1,"a":2.50}}}', ['"a":2.5']],
  ['lone surrogates', '"message":{"content":{"type":"text","value":"left \\ud800 right"}}', ['left \ufffd right']],
  ['lone surrogates in a key', '"message":{"content":{"\\udc00":"found"}}', ['found']],
  [
    'an author nobody has seen',
    '"message":{"author":{"type":"oracle","model":"o-9"},"content":{"type":"text","value":"hm"}}',
    ['oracle', 'o-9', 'hm'],
  ],
  ['an author that is a text', '"message":{"author":"oracle","content":{"type":"text","value":"hm"}}', ['hm']],
  [
    'a content nobody has seen',
    '"message":{"content":{"type":"hologram","parts":[{"x":[1,2]}]}}',
    ['hologram', '"parts"'],
  ],
  ['a content that is a text', '"message":{"content":"plain words"}', []],
  ['a content that is a list', '"message":{"content":[1,2]}', []],
  ['a text that is a number', '"message":{"content":{"type":"text","value":3.140}}', ['3.140']],
  ['an actor nobody has seen', '"actor":{"type":"ROBOT","serial":7}', ['Owner: unknown']],
  ['an actor that is a list', '"actor":[1]', ['Owner: unknown']],
  ['an actor without an address', '"actor":{"type":"API_KEY","redacted_id":"key-1"}', ['key-1']],
  ['nothing but its id', '"x":null', []],
  [
    'fields of every wrong kind',
    '"timestamp":7,"message":{"id":[],"files":"x","author":{"tools_used":{}}},"conversation":4,"actor":"me"',
    [],
  ],
  ['files of every wrong kind', '"message":{"files":[null,1,"f",{"id":5},{"id":""},{"name":"n"}]}', []],
  ['spaces and escapes', ' "message" : { "content" : {"type":"text", "value":"\\u0041\\/\\u00e9"} } ', ['A/é']],
  [
    'nesting of 20,000 levels',
    `"message":{"content":{"type":"deep","value":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`,
    ['Nested too deeply'],
  ],
  ['a date beyond the calendar', '"timestamp":"+275760-09-13T00:00:00.001Z"', []],
  ['a date before there were any', '"timestamp":"-000001-01-01T00:00:00Z"', []],
];

test.each(odd)('%s', async (_, rest, shown) => {
  const path = temporaryFolder();
  const event = `{"event_id":"e1",${rest}}`;
  const timestamp = /"timestamp":"([^"]*)"/.exec(event)?.[1] ?? null;
  const row = {...messageRow({event: 'e1'}), event, event_sha256: sha256Hex(event), timestamp};
  const {exit, run} = await write({path}, [recordLine('messages', row), stateLine('messages', 1, 1)]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1']);
  const [item, ...others] = await readArchive(path);
  expect(others).toEqual([]);
  expect(item!.originals).toEqual([event]);
  for (const words of shown) expect(item!.text).toContain(words);
  expect((await readItems(path)).flatMap(faultsOfItem)).toEqual([]);
  expect(await verify(path)).toBe(0);
});
