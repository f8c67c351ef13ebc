// Where items go under each routing mode and each answer to what no rule routes, through the executable.
import {expect, test} from '@jest/globals';
import {itemPaths, readOriginals} from './archive-reader';
import {messageLines, stateLine} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

// `both` matches the rules of a and of b, `lone` that of a alone, `none` no rule. Two rules name the target c.
const texts = {both: 'alpha and beta', lone: 'alpha', none: 'neither'};
const rules = [
  {name: 'alpha', patterns: ['alpha'], targets: ['a', 'c']},
  {name: 'beta', patterns: ['beta'], targets: ['b', 'c']},
];

type Place = 'default' | 'a' | 'b' | 'c';
const names: readonly Place[] = ['default', 'a', 'b', 'c'];

test.each<[mode: string, noMatch: string, both: Place[], lone: Place[], none: Place[]]>([
  ['default_only', 'default_target', ['default'], ['default'], ['default']],
  ['default_only', 'fail', ['default'], ['default'], ['default']],
  ['first_match', 'default_target', ['a'], ['a'], ['default']],
  ['first_match', 'exclude_and_count', ['a'], ['a'], []],
  ['first_match', 'fail', ['a'], ['a'], []],
  ['copy_per_match', 'default_target', ['a', 'b', 'c'], ['a', 'c'], ['default']],
  ['copy_per_match', 'exclude_and_count', ['a', 'b', 'c'], ['a', 'c'], []],
  ['copy_per_match', 'fail', ['a', 'b', 'c'], ['a', 'c'], []],
  ['all_match_single', 'default_target', ['a'], ['a'], ['default']],
  ['all_match_single', 'exclude_and_count', ['a'], ['a'], []],
  ['all_match_single', 'fail', ['a'], ['a'], []],
])('%s with %s', async (mode, noMatch, both, lone, none) => {
  const paths = {default: temporaryFolder(), a: temporaryFolder(), b: temporaryFolder(), c: temporaryFolder()};
  const config = {
    additional_targets: names.slice(1).map((name) => ({name, target: {type: 'folder', path: paths[name]}})),
    rules,
    routing_mode: mode,
    routing_no_match: noMatch,
    set_aside_percent: 100,
  };
  const expected = {both, lone, none};
  const {exit, run} = await write({path: paths.default, config}, [
    ...messageLines(...Object.entries(texts).map(([event, text]) => ({event, conversation: `c-${event}`, text}))),
    stateLine('messages', {at: 1}, 3),
  ]);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:{"at":1}']);
  for (const name of names) {
    const wanted = (Object.keys(texts) as (keyof typeof texts)[]).filter((event) => expected[event].includes(name));
    const found = (await readOriginals(paths[name])).map((line) => (JSON.parse(line) as {event_id: string}).event_id);
    expect([name, found.sort()]).toEqual([name, wanted.sort()]);
    expect(itemPaths(paths[name])).toHaveLength(wanted.length);
  }
  expect(await verify(paths.default, config)).toBe(0);
});

test('all_match_single leaves alone a target of which one rule does not match', async () => {
  const [path, strict] = [temporaryFolder(), temporaryFolder()];
  const config = {
    additional_targets: [{name: 'strict', target: {type: 'folder', path: strict}}],
    rules: rules.map((rule) => ({...rule, targets: ['strict']})),
    routing_mode: 'all_match_single',
  };
  const {exit} = await write(
    {path, config},
    messageLines(
      {event: 'e1', conversation: 'c1', text: texts.both},
      {event: 'e2', conversation: 'c2', text: texts.lone}
    )
  );
  expect(exit).toBe(0);
  expect((await readOriginals(strict)).filter((line) => line.includes('"e1"'))).toHaveLength(1);
  expect([itemPaths(strict), itemPaths(path)].map(({length}) => length)).toEqual([1, 1]);
});
