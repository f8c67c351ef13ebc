// Row "titles, file names and texts that try to be something else": safe headers, safe names, escaped markup, exact bytes.
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {readArchive} from './archive-reader';
import {chunkRows, fileRow, messageRow, recordLine, stateLine, userRow} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';
import {readByPython} from './python-mail';
import {faultsOfItem, readItems} from './soundness';

const hostile: readonly (readonly [title: string, text: string])[] = [
  ['CR and LF', 'Budget\r\nBcc: eve@evil.test\r\n\r\nbody'],
  ['a bare CR', 'Budget\rX-Kvs-ArchiveId: other'],
  ['line separators', 'a\u2028X-Kvs-ArchiveId: other\u2029b\u0085c\u000bd'],
  ['NUL and controls', 'a\0b\x01\x1b[31mred\x7f\x9b'],
  ['right-to-left overrides', 'invoice\u202efdp.exe\u202c \u2066x\u2069 \u200f'],
  ['5,000 characters', 'word '.repeat(1_000)],
  ['5,000 characters without a space', 'ü'.repeat(5_000)],
  ['a path', '../../../../etc/passwd'],
  ['a Windows path', '..\\..\\C:\\boot.ini'],
  ['HTML', '<script>alert(1)</script><img src=x onerror="alert(1)"></div></td><!-- <b'],
  ['HTML entities', '&lt;script&gt; &#60;b&#62; &amp;amp; "quoted" \'single\''],
  ['MIME encoded words', '=?utf-8?B?QmNjOiBldmVAZXZpbC50ZXN0?= =?utf-8?Q?x=0D=0ABcc:_e@evil.test?='],
  ['MIME delimiters', '--=_item\r\nContent-Type: text/html\r\n\r\n<b>\r\n.\r\nFrom here'],
  ['lone surrogates', 'a\ud800b\udc00c\udbff'],
  ['emoji and combining marks', '👩‍👩‍👧‍👦 e\u0301 \u{1f468}\u200d\u{1f4bb}'],
  ['quotes and commas', '"Ada", <ada@evil.test>; (comment) \\'],
  ['nothing', ''],
  ['spaces', ' \t\r\n '],
];

test('as title, text, name of a person, of a model, of a conversation: every item is sound, every original exact', async () => {
  const path = temporaryFolder();
  const rows = hostile.map(([, text], index) => {
    const event = `e${String(index).padStart(2, '0')}`;
    const original = {
      event_id: event,
      type: 'CONVERSATION_MESSAGE',
      timestamp: '2026-01-15T09:30:00.000000Z',
      actor: {type: 'ACCOUNT_USER', user_id: `user ${text}`, user_email: text},
      message: {
        id: text,
        author: {type: index % 2 === 0 ? text : 'assistant', model: text, tools_used: [text], client_type: text},
        content: {
          type: index % 3 === 0 ? 'text' : text,
          value: text,
          annotations: [{type: text, urls: [text], action_domain: text}],
        },
      },
      conversation: {id: `c${index} ${text}`, title: text, gpt_name: text, project_name: text, mode: text},
    };
    const line = JSON.stringify(original);
    const row = messageRow({event, conversation: original.conversation.id});
    return {...row, event: line, event_sha256: sha256Hex(line)};
  });
  const people = hostile.map(([, text]) => userRow(`user ${text}`, text, text));
  const lines = [
    ...people.map((row) => recordLine('users', row)),
    ...rows.map((row) => recordLine('messages', row)),
    stateLine('users', 1, people.length),
    stateLine('messages', 1, rows.length),
  ];
  const {exit, run} = await write({path}, lines);
  expect(exit).toBe(0);
  expect(run.told.sort()).toEqual(['messages:1', 'users:1']);

  const items = await readItems(path);
  expect(items).toHaveLength(rows.length);
  expect(items.flatMap(faultsOfItem)).toEqual([]);
  expect((await readArchive(path)).flatMap(({originals}) => originals).sort()).toEqual(
    rows.map(({event}) => event).sort()
  );
  const strict = readByPython(path);
  expect(strict.flatMap(({defects}) => defects)).toEqual([]);
  expect(strict.map(({subject}) => subject)).toEqual(items.map(({parsed}) => parsed.subject));
  expect(await verify(path)).toBe(0);
});

test('as a text, it is searchable word for word', async () => {
  const path = temporaryFolder();
  const shown = hostile.map(([, text]) => text).filter((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text) && text !== '');
  expect(shown.length).toBeGreaterThan(8);
  const rows = shown.map((text, index) => messageRow({event: `e${index}`, conversation: `c${index}`, text}));
  await write(
    {path},
    rows.map((row) => recordLine('messages', row))
  );
  const texts = (await readArchive(path)).map(({text}) => text).join('\n');
  for (const text of shown) expect(texts).toContain(text);
});

test('as a workspace id, it names a folder inside the archive', async () => {
  const path = temporaryFolder();
  const ids = hostile.map(([, text]) => text).filter((text) => text !== '' && !/\p{Surrogate}/u.test(text));
  const lines = ids.map((id, index) => recordLine('messages', messageRow({event: `e${index}`, workspace: id})));
  const {exit} = await write({path}, lines);
  expect(exit).toBe(0);
  const items = await readItems(path);
  expect(items).toHaveLength(ids.length);
  expect(items.flatMap(faultsOfItem)).toEqual([]);
  expect(new Set(items.map(({path: item}) => item.split('/')[0])).size).toBe(ids.length);
  expect(await verify(path)).toBe(0);
});

const fileNames: readonly (readonly [given: string | null, attachedAs: string | RegExp])[] = [
  ['report.eml', 'report.eml'],
  ['events.jsonl', 'events (2).jsonl'],
  ['EVENTS.JSONL', /^EVENTS \(\d\)\.JSONL$/],
  ['item.json', /^item( \(\d\))?\.json$/],
  ['con', '_con'],
  ['NUL.txt', '_NUL.txt'],
  ['', /^file-/],
  [null, /^file-/],
  ['   ', /^file-/],
  ['..', /^file-/],
  ['x'.repeat(300), 'x'.repeat(120)],
  [`${'ü'.repeat(300)}.pdf`, /^ü{50,}\.pdf$/],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\plan.docx', 'plan.docx'],
  ['a\r\nContent-Type: text/html\r\n\r\n<b>.txt', /^[^\r\n]*b_\.txt$/],
  ['=?utf-8?Q?virus.exe?=', /^=_utf-8_Q_virus\.exe_=$/],
  ['same.txt', /^same/],
  ['same.txt', /^same/],
  ['SAME.txt', /^SAME/],
  ['fdp\u202eexe.scr', 'fdpexe.scr'],
  ['nul\0l.txt', 'null.txt'],
  ['"; filename="other.exe', /^[^"]+$/],
  ['<img src=x onerror=alert(1)>.png', /^_img src=x onerror=alert\(1\)_\.png$/],
  ['lone\ud800.bin', 'lone\ufffd.bin'],
  ['日本語の報告書.xlsx', '日本語の報告書.xlsx'],
  ['.hidden', 'hidden'],
  ['trailing. ', 'trailing'],
];

test('as the name of an upload: each has a safe name of its own, and its bytes come back bit for bit', async () => {
  const path = temporaryFolder();
  const uploads = fileNames.map(([name], index) => {
    // An e-mail, NDJSON, and bytes that a mail system might change.
    const bytes = Buffer.from(
      `From: x@y.test\r\nBcc: z@y.test\r\n\r\n{"n":${index}}\n.\n\0\xff${name ?? ''}`,
      'latin1'
    );
    return {name, spec: {file: `file-${index}`, event: 'e1', bytes}};
  });
  const named = {files: uploads.map(({name, spec}) => ({id: spec.file, ...(name === null ? {} : {name})}))};
  const row = messageRow({event: 'e1'});
  const event = JSON.stringify({event_id: 'e1', message: {id: 'm', author: {type: 'user'}, ...named}});
  const lines = [
    recordLine('messages', {...row, event, event_sha256: sha256Hex(event)}),
    ...uploads.flatMap(({name, spec}) => [
      recordLine('files', {...fileRow(spec), name}),
      ...chunkRows(spec).map((chunk) => recordLine('file_chunks', {...chunk, name})),
    ]),
  ];
  const {exit} = await write({path}, lines);
  expect(exit).toBe(0);
  const [item, ...others] = await readItems(path);
  expect(others).toEqual([]);
  expect(faultsOfItem(item!)).toEqual([]);
  const attachments = item!.parsed.attachments.slice(0, -2);
  expect(attachments).toHaveLength(uploads.length);
  for (const [index, [, attachedAs]] of fileNames.entries()) {
    expect(attachments[index]!.filename).toMatch(attachedAs instanceof RegExp ? attachedAs : exactly(attachedAs));
    expect(attachments[index]!.content.equals(uploads[index]!.spec.bytes)).toBe(true);
  }
  const [strict] = readByPython(path);
  expect(strict!.defects).toEqual([]);
  expect(strict!.attachments.slice(0, -2)).toEqual(
    attachments.map(({filename}, index) => ({name: filename, sha256: sha256Hex(uploads[index]!.spec.bytes)}))
  );
  expect(await verify(path)).toBe(0);
});

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
