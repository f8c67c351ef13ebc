// The preview of a policy: the same items and the same decisions as the sync comes to for the same records.
import {readdirSync} from 'node:fs';
import {expect, test} from '@jest/globals';
import {readArchive} from './archive-reader';
import {chunkRows, fileRow, messageLines, messageRow, recordLine, stateLine, userRow} from './contract-rows';
import {DestinationProcess, type RunSettings, temporaryFolder, write} from './destination-process';

interface Shown {
  readonly stream: string;
  readonly records: readonly string[];
  readonly disposition: string;
  readonly rules: readonly string[];
  readonly targets?: readonly string[];
  readonly reason?: string;
  readonly late_files_of?: string;
  readonly replaced_files?: object;
}

async function ask(verb: string, settings: RunSettings, lines: readonly string[] = []): Promise<unknown[]> {
  const run = new DestinationProcess(verb, settings);
  run.feed(lines);
  run.end();
  expect(await run.ended()).toBe(0);
  return run.outputs.flatMap(({log}) =>
    log?.message.startsWith('{') === true ? [JSON.parse(log.message) as unknown] : []
  );
}

const kept = {file: 'f-kept', event: 'e1', bytes: Buffer.alloc(1000, 'k')};
const gone = {file: 'f-gone', event: 'e5', outcome: 'expired'} as const;
const lines = [
  recordLine('users', userRow('user-bob', 'Bob', 'bob@desk.test')),
  ...messageLines(
    {event: 'e1', text: 'about a deal', files: ['f-kept'], at: '2026-03-01T10:00:00.000001Z'},
    {event: 'e2', author: 'assistant', after: 'msg-e1', at: '2026-03-01T10:00:05.000000Z'},
    {event: 'e3', text: 'lunch?', after: 'msg-e2', at: '2026-03-01T10:01:00.000000Z'},
    {event: 'e4', author: 'assistant', after: 'msg-e3', at: '2026-03-01T10:01:05.000000Z'},
    {event: 'e5', text: 'read this', conversation: 'c2', files: ['f-gone']},
    {event: 'e6', text: 'hello', conversation: 'c3', user: 'user-bob', at: '2026-03-02T00:30:00.000000Z'},
    {event: 'e1', text: 'about a deal', files: ['f-kept'], at: '2026-03-01T10:00:00.000001Z'}
  ),
  recordLine('files', fileRow(kept)),
  recordLine('files', fileRow(gone)),
  ...chunkRows(kept).map((row) => recordLine('file_chunks', row)),
  recordLine('audit_logs', messageRow({event: 'log-1', conversation: null, text: 'a deal in a log'})),
  ...['users', 'messages', 'files', 'file_chunks', 'audit_logs'].map((name) => stateLine(name, {at: 1})),
];
const streams = ['users', 'messages', 'files', 'file_chunks', 'audit_logs'];

const policy = {
  keyword_lists: [{name: 'deals', keywords: ['deal']}],
  rules: [
    {name: 'meals', patterns: ['lunch'], disposition: 'exclude'},
    {name: 'deals', keyword_lists: ['deals'], targets: ['desk'], tags: ['deal']},
    {name: 'bob', users: ['bob@desk.test'], disposition: 'set_aside'},
    {name: 'files', attachment_names: ['*'], attachment_min_megabytes: 0.0005, legal_hold: 'm-1'},
  ],
  routing_mode: 'copy_per_match',
  attachment_mode: 'fail',
  max_attachment_megabytes: 0.0001,
};

test.each(['conversation_day', 'interaction', 'message', 'conversation_window'])(
  'policy-test and write decide alike: %s',
  async (grouping) => {
    const path = temporaryFolder();
    const desk = temporaryFolder();
    const config = {...policy, grouping, additional_targets: [{name: 'desk', target: {type: 'folder', path: desk}}]};
    const previews = (await ask('policy-test', {path, config, streams}, lines)) as Shown[];
    const {exit} = await write({path, config, streams}, lines);
    expect(exit).toBe(0);
    for (const preview of previews) {
      for (const event of preview.records) {
        const [shown] = (await ask('show', {path, config, options: ['--event', event]})) as Record<string, unknown>[];
        const outcome = {archive: 'delivered', exclude: 'excluded', set_aside: 'set_aside'}[preview.disposition];
        expect({event, outcome: shown?.['outcome']}).toEqual({event, outcome});
        if (preview.disposition === 'archive') {
          expect({event, rules: shown?.['rules'], targets: (shown?.['item'] as Partial<Shown>).targets}).toEqual({
            event,
            rules: preview.rules,
            targets: preview.targets,
          });
        } else expect(shown?.['reason']).toBe(preview.reason);
      }
    }
    const items = [...(await readArchive(path)), ...(await readArchive(desk))].filter(({kind}) => kind === 'messages');
    const archived = items.map(({originals}) =>
      originals.map((line) => (JSON.parse(line) as {event_id: string}).event_id).sort()
    );
    const shownItems = previews.filter(({stream, disposition}) => stream === 'messages' && disposition === 'archive');
    expect(shownItems.map(({records}) => [...records].sort()).sort()).toEqual(archived.sort());
    expect(previews.map(({disposition}) => disposition)).toEqual(expect.arrayContaining(['exclude', 'set_aside']));
    if (grouping === 'interaction') {
      expect(previews).toContainEqual(
        expect.objectContaining({
          records: ['e1', 'e2'],
          targets: ['desk'],
          replaced_files: {'f-kept': expect.stringContaining('MB')},
        })
      );
    }
  }
);

const fileStreams = ['files', 'file_chunks'];

test('files that come after their message are previewed as the sync treats them, with the ledger or without', async () => {
  const path = temporaryFolder();
  const config = {
    rules: [
      {name: 'meals', patterns: ['lunch'], disposition: 'exclude'},
      {name: 'deals', patterns: ['deal'], tags: ['deal'], legal_hold: 'm-1'},
    ],
  };
  const first = [
    ...messageLines({event: 'e1', text: 'about a deal', files: ['f-1']}),
    ...messageLines({event: 'e2', text: 'lunch?', conversation: 'c2', files: ['f-2']}),
    ...messageLines({event: 'e3', text: 'no more', conversation: 'c3', files: ['f-3']}),
    recordLine('files', fileRow({file: 'f-3', event: 'e3', outcome: 'expired', conversation: 'c3'})),
  ];
  expect((await write({path, config}, first)).exit).toBe(0);
  const specs = ['f-1:e1', 'f-2:e2', 'f-4:e-unknown'].map((each) => {
    const [file = '', event = ''] = each.split(':');
    return {file, event, bytes: Buffer.from(file), conversation: `of ${event}`};
  });
  const late = [
    ...specs.flatMap((spec) => chunkRows(spec).map((row) => recordLine('file_chunks', row))),
    ...specs.map((spec) => recordLine('files', fileRow(spec))),
    recordLine('files', fileRow({file: 'f-3', event: 'e3', outcome: 'expired', conversation: 'c3'})),
    ...messageLines({event: 'e1', text: 'about a deal', files: ['f-1']}),
  ];
  const settings = {path, config, streams: ['messages', ...fileStreams]};

  const alone = (await ask('policy-test', settings, late)) as Shown[];
  const shown = (previews: readonly Shown[]): unknown[] =>
    previews.map(({stream, late_files_of, records, disposition, rules}) => [
      late_files_of ?? stream,
      records,
      disposition,
      rules,
    ]);
  expect(shown(alone)).toEqual([
    ['messages', ['e1'], 'archive', ['deals']],
    ['e2', ['f-2'], 'archive', []],
    ['e-unknown', ['f-4'], 'archive', []],
    ['e3', ['f-3'], 'archive', []],
  ]);

  const previews = (await ask('policy-test', {...settings, options: ['--ledger', 'read']}, late)) as Shown[];
  expect(shown(previews)).toEqual([
    ['e1', ['f-1'], 'archive', ['deals']],
    ['e2', ['f-2'], 'exclude', ['meals']],
    ['e-unknown', ['f-4'], 'archive', []],
  ]);
  expect(previews[0]).toMatchObject({tags: ['deal'], legal_hold: 'm-1', targets: ['default']});

  const before = await readArchive(path);
  expect((await write(settings, late)).exit).toBe(0);
  const added = (await readArchive(path)).filter((item) => !before.some((each) => each.path === item.path));
  expect(added.map(({kind, attachments}) => [kind, attachments.map(({name}) => name)]).sort()).toEqual([
    ['addendum', ['f-1.bin']],
    ['addendum', ['f-4.bin']],
  ]);
  const again = (await ask('policy-test', {...settings, options: ['--ledger', 'read']}, late)) as Shown[];
  expect(shown(again)).toEqual([['e2', ['f-2'], 'exclude', ['meals']]]);
});

test('files of an object that did not come are previewed by the rules for its stream, as the sync decides', async () => {
  const path = temporaryFolder();
  const config = {rules: [{name: 'no-gpts', streams: ['gpts'], disposition: 'exclude'}]};
  const spec = {file: 'f-1', event: 'gpts:g-1', bytes: Buffer.from('knowledge')};
  const owner = {owner_stream: 'gpts', owner_id: 'g-1', owner_name: 'Analyst', conversation_id: null};
  const late = [
    recordLine('files', {...fileRow(spec), ...owner}),
    ...chunkRows(spec).map((row) => recordLine('file_chunks', {...row, conversation_id: null})),
  ];
  const previews = (await ask('policy-test', {path, config, streams: fileStreams}, late)) as Shown[];
  expect(previews.map(({disposition, rules}) => [disposition, rules])).toEqual([['exclude', ['no-gpts']]]);
  await write({path, config, streams: fileStreams}, late);
  expect(await readArchive(path)).toEqual([]);
});

test.each(['write', 'policy-test'])('settings that have no effect are named once: %s', async (verb) => {
  const config = {
    monitored_list: ['user-bob'],
    rules: [{name: 'deals', patterns: ['deal'], targets: ['default']}],
    routing_no_match: 'fail',
  };
  const path = temporaryFolder();
  const run = new DestinationProcess(verb, {path, config});
  run.feed(lines);
  run.end();
  expect(await run.ended()).toBe(0);
  const because = 'because routing_mode is default_only';
  const all = `monitored_list, because monitored_users is all; targets of rules, ${because}; routing_no_match, ${because}`;
  expect(run.warnings.filter((text) => text.includes('no effect'))).toEqual([`These settings have no effect: ${all}.`]);
  const used = {...config, monitored_users: 'exclude', routing_mode: 'first_match'};
  const quiet = new DestinationProcess(verb, {path, config: used});
  quiet.end();
  expect(await quiet.ended()).toBe(0);
  expect(quiet.warnings.filter((text) => text.includes('no effect'))).toEqual([]);
});

test.each(['write', 'policy-test', 'check'])('a rule that no record can match is told: %s', async (verb) => {
  const rules = [
    {name: 'one', streams: ['message', ' messages', 'crm_audit_logs'], tags: ['a']},
    {name: 'two', streams: ['files'], disposition: 'exclude'},
    {name: 'three', streams: ['audit_log', 'codex_turn_logs', 'new_log_logs'], tags: ['b']},
    {name: 'four', users: ['list:nobody'], disposition: 'exclude'},
  ];
  const config = {monitored_users: 'exclude', user_lists: [{name: 'nobody', members: []}], rules};
  const settings = {path: temporaryFolder(), config, streams: ['messages', 'codex_turn_logs']};
  const run = new DestinationProcess(verb, settings);
  run.end();
  expect(await run.ended()).toBe(0);
  const because = `because ${verb === 'write' ? 'the connection' : 'ChatGPT Enterprise'} has none of that name`;
  const all = [
    'monitored_users, because monitored_list is empty',
    `stream "message" of rule one, ${because}`,
    'stream "files" of rule two, because rules do not decide of its records',
    `stream "audit_log" of rule three, ${because}`,
    ...(verb === 'write' ? [`stream "new_log_logs" of rule three, ${because}`] : []),
    'rule four, because its users name nobody',
  ];
  const told = run.warnings.filter((text) => text.includes('no effect'));
  expect(told).toEqual([`These settings have no effect: ${all.join('; ')}.`]);
});

test('policy-test says whether it looked at what the archive holds, and makes no archive', async () => {
  const path = temporaryFolder();
  for (const [options, words] of [
    [[], 'What the archive holds already did not count'],
    [['--ledger', 'read'], 'What the archive holds already counted.'],
  ] as const) {
    const run = new DestinationProcess('policy-test', {path, options});
    run.feed(messageLines({event: 'e1'}));
    run.end();
    expect(await run.ended()).toBe(0);
    expect(run.logText).toContain(words);
    expect(run.logText).toContain('1 archive, 0 exclude, 0 set aside, 0 duplicate, 0 context');
    expect(readdirSync(path)).toEqual([]);
  }
});

test('what nobody has read yet does not fill the memory, and nothing of it is lost', async () => {
  const run = new DestinationProcess('policy-test', {path: temporaryFolder()});
  run.pauseOutput();
  const count = 40_000;
  const feeding = (async (): Promise<void> => {
    for (let from = 0; from < count; from += 1000) {
      const logs = Array.from({length: 1000}, (_, index) =>
        recordLine('audit_logs', messageRow({event: `log-${from + index}`, conversation: null, text: 'x'}))
      );
      await run.feedBytes(Buffer.from(`${logs.join('\n')}\n`));
    }
    run.end();
  })();
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const {peakMemoryBytes} = run;
  run.resumeOutput();
  await feeding;
  expect(await run.ended()).toBe(0);
  expect(run.outputs.filter(({log}) => log?.message.startsWith('{') === true)).toHaveLength(count);
  expect(peakMemoryBytes).toBeLessThan(200 * 1024 * 1024);
}, 60_000);
