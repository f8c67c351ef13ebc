// Ten thousand generated records of every stream under generated policies, through the executable: each has one outcome.
import {afterAll, expect, test} from '@jest/globals';
import fc from '../support/generated';
import {readOriginals, readReports} from './archive-reader';
import {conversationRow, fileRow, messageRow, recordLine, userRow, workspace} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

const recordsOfRun = 2_500;
const seeds = [1, 2, 3, 4];
let records = 0;

const words = ['apple', 'birch', 'cedar', 'daisy'] as const;

const ruleSpec = fc.record({
  words: fc.subarray([...words], {minLength: 1, maxLength: 2}),
  disposition: fc.constantFrom('archive', 'exclude', 'set_aside'),
});
type RuleSpec = typeof ruleSpec extends fc.Arbitrary<infer Value> ? Value : never;
const policySpec = fc.record({
  rules: fc.array(ruleSpec, {minLength: 2, maxLength: 5}),
  unmonitored: fc.subarray(['user-1', 'user-2', 'user-3'], {minLength: 1, maxLength: 2}),
});

const said = fc
  .tuple(
    fc.oneof({weight: 12, arbitrary: fc.constant('')}, {weight: 1, arbitrary: fc.constantFrom(...words)}),
    fc.string({unit: 'grapheme', maxLength: 20})
  )
  .map(([word, text]) => `${word} | ${text.replace(/[a-z]/gi, '')}`);

const spec = fc.record({
  stream: fc.constantFrom('messages', 'messages', 'messages', 'memories', 'orders', 'codex_tasks', 'users', 'files'),
  conversation: fc.nat(150),
  isAgain: fc.boolean(),
  text: said,
});

function toConfig({rules, unmonitored}: {rules: RuleSpec[]; unmonitored: string[]}): Record<string, unknown> {
  return {
    keyword_lists: words.map((name) => ({name, keywords: [name]})),
    rules: rules.map((rule, at) => ({
      name: `r${at}`,
      keyword_lists: rule.words,
      disposition: rule.disposition,
    })),
    monitored_users: 'exclude',
    monitored_list: unmonitored,
  };
}

/** What the documentation says becomes of an item that holds these texts: the first rule that does not archive decides. */
function expectedOutcome(rules: readonly RuleSpec[], isUnmonitored: boolean, texts: readonly string[]): string {
  if (isUnmonitored) return 'excluded';
  const first = rules.find(
    (rule) => rule.disposition !== 'archive' && texts.some((text) => rule.words.some((word) => text.includes(word)))
  );
  if (first === undefined) return 'delivered';
  return first.disposition === 'exclude' ? 'excluded' : 'set_aside';
}

test.each(seeds)('decided, excluded and set aside are what came in (seed %d)', async (seed) => {
  const [policy] = fc.sample(policySpec, {seed, numRuns: 1});
  const specs = fc.sample(spec, {seed, numRuns: recordsOfRun});
  if (policy === undefined) throw new Error('There is no policy.');
  const lines: string[] = [];
  const sent: Record<string, number> = {};
  const conversations = new Map<string, {user: string; texts: string[]; events: string[]}>();
  const expected: Record<string, number> = {delivered: 0, excluded: 0, set_aside: 0, duplicate: 0};
  const count = (outcome: string): void => void (expected[outcome] = (expected[outcome] ?? 0) + 1);

  specs.forEach(({stream, conversation: number, isAgain, text}, at) => {
    const conversation = `conv-${number}`;
    const user = `user-${number % 7}`;
    const send = (name: string, data: object): void => {
      lines.push(recordLine(name, data));
      sent[name] = (sent[name] ?? 0) + 1;
    };
    if (stream === 'messages') {
      const row = messageRow({event: `e${at}`, conversation, user, text, title: 'Plan'});
      send(stream, row);
      const known = conversations.get(conversation) ?? {user, texts: [], events: []};
      conversations.set(conversation, known);
      known.texts.push(text);
      known.events.push(row.event);
      if (isAgain && at % 5 === 0) {
        send(stream, row);
        count('duplicate');
      }
    } else if (stream === 'users') send(stream, userRow(user, `Person ${at}`, `${user}@corp.test`));
    else if (stream === 'files') {
      send(stream, fileRow({file: `file-${at}`, event: `e${at}`, conversation, outcome: 'expired'}));
      if (at % 3 === 0) send('conversations', conversationRow(conversation));
    } else send(stream, {workspace_id: workspace, id: `${stream}-${at}`, user_id: user, note: text});
  });

  const delivered: string[] = [];
  for (const {user, texts, events} of conversations.values()) {
    const outcome = expectedOutcome(policy.rules, policy.unmonitored.includes(user), texts);
    events.forEach(() => {
      count(outcome);
    });
    if (outcome === 'delivered') delivered.push(...events);
  }

  const path = temporaryFolder();
  const {exit, run} = await write({path, config: toConfig(policy), streams: Object.keys(sent)}, lines);
  expect(run.errors).toEqual([]);
  expect(exit).toBe(0);
  const [report] = readReports(path);
  const streams = report?.streams ?? {};
  expect(Object.keys(streams).sort()).toEqual(Object.keys(sent).sort());
  for (const [name, {collected, ...outcomes}] of Object.entries(streams)) {
    expect([name, collected]).toEqual([name, sent[name]]);
    expect([name, Object.values(outcomes).reduce((sum, each) => sum + each, 0)]).toEqual([name, collected]);
  }
  expect(streams['messages']).toMatchObject(expected);
  const archived = (await readOriginals(path)).filter((line) => line.includes('"CONVERSATION_MESSAGE"'));
  expect(archived).toEqual(delivered.sort());
  expect(await verify(path)).toBe(0);
  records += lines.length;
});

afterAll(() => {
  expect(records).toBeGreaterThanOrEqual(10_000);
});
