// Lines of log files, good and bad: each one ends in a row with its exact bytes, and nothing stops the rest.
import {createHash} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {canary} from '../../support/canary';
import {event, microsAgo, type Row, SourceBench, timeAgo} from './source-bench';

let bench: SourceBench;

beforeEach(async () => {
  bench = await SourceBench.open();
});
afterEach(() => bench.close());

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function bytesOf(row: Row): Buffer {
  return Buffer.from(String(row['event']), row['event_encoding'] === 'base64' ? 'base64' : 'utf8');
}

describe('a line that is no event', () => {
  const notUtf8 = Buffer.concat([
    Buffer.from('{"event_id":"e9","text":"'),
    Buffer.from([0xff, 0xc0]),
    Buffer.from('"}'),
  ]);
  const cases: [string, string | Buffer][] = [
    ['cut JSON', `{"event_id":"e9","message":{"content":{"value":"${canary.text}`],
    ['words', canary.text],
    ['bytes that are not UTF-8', notUtf8],
    ['half a character', Buffer.from('{"event_id":"é"}').subarray(0, 14)],
    ['no event_id', '{"type":"CONVERSATION_MESSAGE"}'],
    ['an empty event_id', '{"event_id":""}'],
    ['an event_id that is a number', '{"event_id":7}'],
    ['a list', '[{"event_id":"e9"}]'],
    ['null', 'null'],
    ['two objects', '{"event_id":"e8"}{"event_id":"e9"}'],
    ['a byte order mark before an event', `\uFEFF${event('e9')}`],
    ['a NUL', '\0'],
    ['JSON that is nested and never closed', '['.repeat(100_000)],
  ];

  test('is a row with its bytes, its number and no reading; the rest of the file goes on', async () => {
    const lines = cases.flatMap(([, line], index) => [event(`e${index}`), line]);
    const logId = bench.log(3, lines);
    const run = await bench.read({streams: ['messages', 'conversations', 'capture_runs']});
    expect(run.exitCode).toBe(0);
    const rows = run.rows('messages');
    expect(rows.map((row) => row['log_line'])).toEqual(lines.map((_, index) => index + 1));
    for (const [index, [name, line]] of cases.entries()) {
      const row = rows[index * 2 + 1]!;
      expect({name, ...row}).toMatchObject({
        name,
        unreadable: true,
        event_id: `unreadable:${logId}:${index * 2 + 2}`,
        event_sha256: sha256(line),
        event_encoding: Buffer.isBuffer(line) ? 'base64' : null,
        message: null,
        timestamp: null,
      });
      expect(bytesOf(row).equals(Buffer.from(line))).toBe(true);
    }
    expect(run.rows('capture_runs')).toMatchObject([
      {unreadable_lines: cases.length, events: cases.length, log_files: 1},
    ]);
    expect(run.logs('WARN').filter((line) => line.includes('unreadable_line'))).toHaveLength(1);
  });
});

describe('the edges of lines', () => {
  test('blank lines are counted in the numbers and are no rows', async () => {
    bench.log(3, ['', event('e1'), '  ', '\t\r', event('e2'), '']);
    const rows = (await bench.read({streams: ['messages']})).rows('messages');
    expect(rows.map((row) => [row['event_id'], row['log_line']])).toEqual([
      ['e1', 2],
      ['e2', 5],
    ]);
  });

  test('the last newline may be missing, a carriage return belongs to its line', async () => {
    const line = `${event('e1')}\r`;
    bench.log(3, [line, event('e2')], {hasLastNewline: false});
    const rows = (await bench.read({streams: ['messages']})).rows('messages');
    expect(rows.map((row) => row['event_id'])).toEqual(['e1', 'e2']);
    expect(rows[0]).toMatchObject({event: line, event_sha256: sha256(line)});
  });

  test('a byte order mark belongs to the file, and its first event is the one that comes without it elsewhere', async () => {
    const line = event('e1', {files: [{id: 'file-1', name: 'a.txt'}]});
    bench.file('file-1', 'a text');
    const [second, third] = [event('e2'), `\uFEFF${event('e3')}`];
    bench.log(3, [`\uFEFF${line}`, second]);
    bench.log(2, [line, third]);
    const run = await bench.read({streams: ['messages', 'files', 'capture_runs']});
    const rows = run.rows('messages');
    expect(rows.map((row) => [row['unreadable'], row['log_line'], row['event']])).toEqual([
      [false, 1, line],
      [false, 2, second],
      [false, 1, line],
      [true, 2, third],
    ]);
    expect(rows[0]).toMatchObject({event_id: 'e1', event_sha256: sha256(line), log_file_verified: true});
    expect(run.rows('files')).toMatchObject(Array(2).fill({event_id: 'e1', outcome: 'captured'}));
    expect(run.rows('capture_runs')).toMatchObject([{unreadable_lines: 1, events: 3, repeated_events: 1}]);
  });

  test.each([
    ['no bytes', []],
    ['nothing but a byte order mark', ['\uFEFF']],
    ['blank lines only', ['', ' ', '']],
  ])('a file of %s is done and passed', async (_, lines) => {
    const logId = bench.log(3, lines);
    bench.log(2, [event('e1')]);
    const run = await bench.read({streams: ['messages', 'capture_runs']});
    expect(run.rows('messages').map((row) => row['event_id'])).toEqual(['e1']);
    expect(JSON.stringify(run.stateOf('messages'))).toContain(logId);
    expect(run.rows('capture_runs')).toMatchObject([{log_files: 2, unreadable_lines: 0}]);
  });
});

describe('an event nobody has seen', () => {
  const cases: [string, string][] = [
    [
      'numbers that JSON parsers change',
      '{"event_id":"e1","a":1.10,"b":1e400,"c":-0,"d":12345678901234567890,"e":1E5}',
    ],
    ['a key that comes twice', '{"event_id":"e1","type":"A","type":"B","message":{"id":"m1","id":"m2"}}'],
    ['an event_id that comes twice', '{"event_id":"e0","event_id":"e1"}'],
    ['lone surrogates', '{"event_id":"e1","title":"\\ud800 and \\udfff","message":{"id":"\\ud83d"}}'],
    ['escapes where none are needed', '{"event_id":"\\u0065\\u0031","\\u0061":"\\/ \\u00e9"}'],
    ['blanks around and between', ' {"event_id" : "e1" ,\t"message":{ } }  '],
    ['a NUL and controls in a text', '{"event_id":"e1","message":{"content":{"value":"\\u0000\\u0007\\u202e"}}}'],
    ['keys of the prototype', '{"event_id":"e1","__proto__":{"event_id":"e2"},"constructor":1,"toString":null}'],
    ['an author of another kind', '{"event_id":"e1","message":{"author":{"type":"committee","members":[1]}}}'],
    ['an author that is a text', '{"event_id":"e1","message":{"author":"ana"}}'],
    ['content of another kind', '{"event_id":"e1","message":{"content":{"type":"hologram","value":{"x":1}}}}'],
    ['content that is a list', '{"event_id":"e1","message":{"content":[1,2]}}'],
    ['an actor of another kind', '{"event_id":"e1","actor":{"type":"ROBOT","serial":1.10}}'],
    ['an actor that is a text', '{"event_id":"e1","actor":"robot"}'],
    ['files that are no list', '{"event_id":"e1","message":{"files":{"id":"file-1"}}}'],
    ['files without ids', '{"event_id":"e1","message":{"files":[null,1,"x",{"name":"a"},{"id":7}]}}'],
    ['ids that are numbers', '{"event_id":"e1","message":{"id":1},"conversation":{"id":2}}'],
    ['a timestamp that is none', '{"event_id":"e1","timestamp":"yesterday","conversation":{"id":"c-1"}}'],
    ['a timestamp that is a number', '{"event_id":"e1","timestamp":1692158096.29,"conversation":{"id":"c-1"}}'],
    ['fields of tomorrow', '{"event_id":"e1","quantum":{"deep":[{"er":[[]]}]},"message":{"mood":"blue"}}'],
    ['nothing but its id', '{"event_id":"e1"}'],
  ];

  test('keeps its exact text, whatever its objects are', async () => {
    bench.log(
      3,
      cases.map(([, line]) => line)
    );
    const run = await bench.read({streams: ['messages', 'conversations', 'files', 'file_chunks', 'capture_runs']});
    expect(run.exitCode).toBe(0);
    const rows = run.rows('messages');
    for (const [index, [name, line]] of cases.entries()) {
      const wanted = {name, event_id: 'e1', event: line, event_sha256: sha256(line), unreadable: false};
      expect({name, ...rows[index]}).toMatchObject(wanted);
    }
    expect(run.rows('capture_runs')).toMatchObject([{events: cases.length, unreadable_lines: 0}]);
  });

  test.each([
    ['messages', 'CONVERSATION_MESSAGE'],
    ['auth_logs', 'AUTH_LOG'],
    ['app_logs', 'APP_LOG'],
  ])('nested so deeply that no record can hold it keeps its exact text, in %s', async (stream, eventType) => {
    const deep = `${'{"a":['.repeat(10_000)}${']}'.repeat(10_000)}`;
    const nested = (id: string, member: string): string => {
      const members = {
        principal: '{}',
        actor: '{"user_id":"user-1"}',
        message: '{"id":"m1"}',
        conversation: '{"id":"c1"}',
      };
      const texts = Object.entries({...members, [member]: `{"id":"x1","files":[{"id":"file-1"}],"deep":${deep}}`});
      return `{"event_id":"${id}",${texts.map(([name, text]) => `"${name}":${text}`).join()}}`;
    };
    const members = ['principal', 'actor', 'message', 'conversation', 'input', 'unknown'];
    const lines = [event('before'), ...members.map((member) => nested(`e-${member}`, member)), event('after')];
    bench.simulator.plantLog({lines, endMicros: microsAgo(3), eventType});
    bench.file('file-1', 'bytes');
    const run = await bench.read({streams: [stream, 'conversations', 'files', 'file_chunks', 'capture_runs']});
    expect(run.exitCode).toBe(0);
    const rows = run.rows(stream);
    expect(rows.map((row) => [row['event'], row['event_sha256'], row['unreadable']])).toEqual(
      lines.map((line) => [line, sha256(line), false])
    );
    for (const [index, member] of members.entries()) {
      expect(rows[index + 1]).toMatchObject({event_id: `e-${member}`});
      if (member in rows[0]!) expect(rows[index + 1]).toMatchObject({[member]: null});
    }
    if (stream !== 'messages') return;
    expect(rows.map((row) => row['conversation_id'])).toEqual(['c-1', 'c1', 'c1', 'c1', 'x1', 'c1', 'c1', 'c-1']);
    expect(run.rows('files').map((row) => [row['event_id'], row['outcome']])).toEqual([['e-message', 'captured']]);
  });

  test.each([
    ['messages', 'CONVERSATION_MESSAGE'],
    ['audit_logs', 'AUDIT_LOG'],
  ])(
    'without a time that can be read is emitted as it came, and counted in a warning, in %s',
    async (stream, eventType) => {
      const timestamps = [undefined, null, 'yesterday', 1_790_000_000, '', '2026-13-01T00:00:00Z', timeAgo(4)];
      const lines = timestamps.map((timestamp, index) => JSON.stringify({event_id: `e${index}`, timestamp}));
      bench.simulator.plantLog({lines: [...lines, 'no event'], endMicros: microsAgo(3), eventType});
      const run = await bench.read({streams: [stream, 'conversations'], config: {start_date: timeAgo(5)}});
      expect(run.exitCode).toBe(0);
      expect(run.rows(stream).map((row) => row['event'])).toEqual([...lines, 'no event']);
      const warnings = run.logs('WARN').filter((text) => text.startsWith('time_unreadable: '));
      expect(warnings).toEqual([expect.stringContaining(' 6 events ')]);
    }
  );

  test('its text arrives with the very characters that the process was sent, in the line of stdout too', async () => {
    const line = '{"event_id":"e1","a":1.10,"b":"\\ud800","c":"\u2028 é 😀"}';
    bench.log(3, [line]);
    const run = await bench.read({streams: ['messages']});
    expect(run.result.stdout).toContain(`"event":${JSON.stringify(line)}`);
  });

  test('objects of the row are open: what the event has, they have', async () => {
    const actor = {type: 'ROBOT', parts: {arm: [1, 2]}};
    bench.log(3, [JSON.stringify({event_id: 'e1', actor, message: {id: 'm', mood: 'blue'}, conversation: {x: null}})]);
    expect((await bench.read({streams: ['messages']})).rows('messages')).toMatchObject([
      {actor, message: {id: 'm', mood: 'blue'}, conversation: {x: null}, message_id: 'm', conversation_id: null},
    ]);
  });
});
