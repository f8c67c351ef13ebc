// Patterns that keep other engines busy for ever end in the executables: in check, in a preview and in a run.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {itemPaths} from './archive-reader';
import {messageLines, stateLine} from './contract-rows';
import {DestinationProcess, itemCountOf, temporaryFolder, verify, write} from './destination-process';

const evil = '(a+)+$';
const config = {
  grouping: 'message',
  custom_detectors: [
    {name: 'evil', pattern: '(x+x+)+y'},
    {name: 'little or much', pattern: 'q[^z]*z|q'},
  ],
  rules: [
    {name: 'patterns', patterns: [evil, '(a|aa)+$', '([a-z]+)*#', '^(([a-z])+.)+[A-Z]([a-z])+$'], tags: ['no']},
    {name: 'expression', expression: `record.text.matches('${evil}')`, tags: ['no']},
    {name: 'masks', redact: ['evil', 'little or much', 'email', 'phone', 'payment_card', 'iban', 'private_key']},
    {name: 'plain', patterns: ['(b+)+!'], tags: ['yes']},
  ],
};
const long = 100_000;
const lines = [
  ...messageLines(
    {event: 'e1', text: `${'a'.repeat(long)}!`},
    {event: 'e2', text: 'x'.repeat(long)},
    {event: 'e3', text: '1 '.repeat(long / 2)},
    {event: 'e4', text: 'a@a.'.repeat(long / 4)},
    {event: 'e5', text: `${'b'.repeat(long)}!`},
    {event: 'e6', text: 'q'.repeat(long)}
  ),
  stateLine('messages', {at: 1}, 6),
];

test('a configuration with such patterns is accepted', async () => {
  const check = new DestinationProcess('check', {path: temporaryFolder(), config});
  check.end();
  expect(await check.ended()).toBe(0);
  expect(check.status).toMatchObject({status: 'SUCCEEDED'});
});

test.each(['write', 'policy-test'])('%s ends, and has found what there was to find', async (verb) => {
  const path = temporaryFolder();
  const run = new DestinationProcess(verb, {path, config});
  run.feed(lines);
  run.end();
  expect(await run.ended()).toBe(0);
  if (verb === 'policy-test') {
    const shown = run.logText.split('\n').filter((line) => line.includes('"disposition"'));
    expect(shown).toHaveLength(6);
    expect(run.logText).toContain(`"little or much":`);
    expect(shown.filter((line) => line.includes('"plain"'))).toHaveLength(1);
    expect(itemCountOf(path)).toBe(0);
    return;
  }
  expect(run.told).toEqual(['messages:{"at":1}']);
  expect(itemCountOf(path)).toBe(6);
  const items = itemPaths(path).map((name) => readFileSync(join(path, name), 'latin1'));
  const tagged = items.filter((item) => item.includes('X-AI-Tags: yes'));
  expect(tagged).toHaveLength(1);
  expect(items.filter((item) => /little or much.*100,?000/.test(item))).toHaveLength(1);
  expect(items.filter((item) => item.includes('qqq'))).toHaveLength(0);
  expect(await verify(path, config)).toBe(0);
});

test('a pattern that needs to backtrack is refused with the name of its rule', async () => {
  const rules = [{name: 'first'}, {name: 'looks back', patterns: ['(a)\\1']}];
  const {exit, run} = await write({path: temporaryFolder(), config: {rules}}, []);
  expect(exit).toBe(1);
  expect(run.errors[0]).toMatchObject({failure_type: 'config_error'});
  expect(run.errors[0]?.message).toContain('rule 2 (looks back)');
});
