// Row "the same event twice, the same message with new content, the same event id with other bytes": once, all, set aside.
import {expect, test} from '@jest/globals';
import {readArchive, readOriginals, readSetAside} from './archive-reader';
import {type MessageSpec, messageLines, messageRow, stateLine, workspace} from './contract-rows';
import {temporaryFolder, verify, write} from './destination-process';

const event: MessageSpec = {event: 'e1', logFile: 'log-1'};
const again: MessageSpec = {...event, logFile: 'log-2'};

test.each<[title: string, runs: readonly (readonly MessageSpec[])[]]>([
  ['the same run', [[event, event, event]]],
  ['another run', [[event], [event]]],
  ['another log file of the same run', [[event, again]]],
  ['another log file of another run', [[event], [again]]],
  ['three runs, in both log files', [[event, again], [again], [event, event]]],
])('the same event in %s is there once', async (_, runs) => {
  for (const grouping of ['conversation_day', 'conversation_window', 'message']) {
    const path = temporaryFolder();
    for (const specs of runs) {
      const lines = [...messageLines(...specs), stateLine('messages', 1, specs.length)];
      const {exit, run} = await write({path, config: {grouping}}, lines);
      expect(exit).toBe(0);
      expect(run.states.map(({destinationStats}) => destinationStats?.recordCount)).toEqual([specs.length]);
    }
    expect(await readOriginals(path)).toEqual([messageRow(event).event]);
    expect(await verify(path)).toBe(0);
  }
});

test.each([
  ['one run', 1],
  ['several runs', 3],
])('a message that comes again with new content keeps every version, in %s', async (_, runs) => {
  const path = temporaryFolder();
  const versions = ['first', 'second', 'third'].map((text, index) => ({event: `e${index}`, message: 'msg-1', text}));
  if (runs === 1) await write({path}, messageLines(...versions));
  else for (const version of versions) await write({path}, messageLines(version));
  expect(await readOriginals(path)).toEqual(versions.map((version) => messageRow(version).event).sort());
  const texts = (await readArchive(path)).map(({text}) => text).join('\n');
  for (const {text} of versions) expect(texts).toContain(text);
  const marks = [...texts.matchAll(/Version (\d) of 3 of this message/g)].map(([, number]) => number);
  if (runs === 1) expect([...new Set(marks)]).toEqual(['1', '2', '3']);
});

test('messages that come again while the first are on their way to their items are there once', async () => {
  const path = temporaryFolder();
  const specs = Array.from({length: 300}, (_, index): MessageSpec => {
    return {event: `e${index}`, conversation: `conv-${index % 60}`, text: 'z'.repeat(1_500)};
  });
  const rounds = [1, 2, 3].flatMap((round) => [...messageLines(...specs), stateLine('messages', round, specs.length)]);
  const {exit, run} = await write({path, config: {hold_megabytes: 0.1}}, rounds);
  expect(exit).toBe(0);
  expect(run.told).toEqual(['messages:1', 'messages:2', 'messages:3']);
  expect(run.states.map(({destinationStats}) => destinationStats?.recordCount)).toEqual([300, 300, 300]);
  expect(await readOriginals(path)).toEqual(specs.map((spec) => messageRow(spec).event).sort());
  expect(await verify(path)).toBe(0);
});

const other: MessageSpec = {...event, text: 'something else'};

test.each<[title: string, runs: readonly (readonly MessageSpec[])[]]>([
  ['the same run', [[event, other]]],
  ['another run', [[event], [other]]],
  ['another run, again and again', [[event], [other, other], [other, event]]],
])('an event id that comes with other bytes in %s is set aside, once, with its bytes', async (_, runs) => {
  const path = temporaryFolder();
  for (const specs of runs) {
    const {exit, run} = await write({path}, [...messageLines(...specs), stateLine('messages', 1, specs.length)]);
    expect(exit).toBe(0);
    expect(run.told).toEqual(['messages:1']);
  }
  expect(await readOriginals(path)).toEqual([messageRow(event).event]);
  const aside = readSetAside(path, workspace);
  expect(aside.map(({code}) => code)).toEqual(['event_id_conflict']);
  expect(aside[0]!.record).toBe(JSON.stringify(messageRow(other)));
  expect(await verify(path)).toBe(0);
});
