// The scenarios can fail: each takes a mutation of the connectors that breaks a rule of the platform, and names the rule.
import {expect, test} from '@jest/globals';
import {buildMutant, type Mutation} from './mutant';
import {runScenario, type ScenarioName} from './scenarios';

interface Caught {
  readonly mutation: Mutation;
  readonly by: ScenarioName;
  readonly rule: string;
}

const runner = 'airbyte/source-runner.ts';
const messages = 'airbyte/to-protocol-messages.ts';
const gate = 'destination-arctera-archive/pipeline/state-gate.ts';
const write = 'destination-arctera-archive/pipeline/write.ts';

const mutations: Readonly<Record<string, Caught>> = {
  'states told before their records are archived': {
    mutation: {file: gate, from: 'head?.epoch.waiting === 0;', to: 'head !== undefined;'},
    by: 'a destination killed when states have come back',
    rule: 'the archive has no missingEvents',
  },
  'states told without their id': {
    mutation: {
      file: gate,
      from: 'withMember(message.text,',
      to: 'withMember(message.text.replace(/"id":\\d+/, \'"no":1\'),',
    },
    by: 'two days without trouble',
    rule: 'states come back in order, with their ids',
  },
  'states told without the fields nobody knows': {
    mutation: {
      file: gate,
      from: 'withMember(message.text,',
      to: "withMember(JSON.stringify(JSON.parse(message.text), ['type', 'stream', 'stream_descriptor', 'name', 'id']),",
    },
    by: 'two days without trouble',
    rule: 'a state comes back as it went',
  },
  'counts of the destination that are not its own': {
    mutation: {file: gate, from: 'recordCount: epoch.received - epoch.setAside', to: 'recordCount: 0'},
    by: 'two days without trouble',
    rule: 'destinationStats count what the source counted',
  },
  'an end of input that archives nothing': {
    mutation: {file: write, from: 'yield* this.archive(true);', to: ''},
    by: 'two days without trouble',
    rule: 'a good day succeeds',
  },
  'a failed stream told as complete': {
    mutation: {
      file: messages,
      from: 'yield* fail(stream, output.error);',
      to: "open.delete(stream); yield toStatusTrace({name: stream}, 'COMPLETE', clock.nowMs());",
    },
    by: 'a log file that the service refuses',
    rule: 'a failed stream fails the job',
  },
  'states of the old type': {
    mutation: {file: messages, from: "type: 'STREAM',\n", to: "type: 'LEGACY',\n"},
    by: 'two days without trouble',
    rule: 'states are of type STREAM',
  },
  'states without counts': {
    mutation: {file: messages, from: 'recordCount: counts.take(stream)', to: 'recordCount: undefined'},
    by: 'two days without trouble',
    rule: 'sourceStats count the records since the previous state',
  },
  'states with an id of the source': {
    mutation: {file: messages, from: "type: 'STREAM',\n", to: "type: 'STREAM', id: 7,\n"},
    by: 'two days without trouble',
    rule: 'the platform stamps state ids',
  },
  'equal states in a row': {
    mutation: {file: messages, from: 'if (!news.isNews(stream, output.state, counts.of(stream))) break;', to: ''},
    by: 'two days without trouble',
    rule: 'no two equal states in a row',
  },
  'exit code 0 after a failed stream': {
    mutation: {
      file: runner,
      from: "log.error(`The read is incomplete. Failed streams: ${next.value.join(', ')}.`);\n        process.exitCode = 1;",
      to: '',
    },
    by: 'a log file that the service refuses',
    rule: 'the exit code is the verdict',
  },
  'a line on stdout that is no message': {
    mutation: {
      file: runner,
      from: 'const messages = toProtocolMessages(outputs, clock);',
      to: "const messages = toProtocolMessages(outputs, clock); console.log('reading');",
    },
    by: 'two days without trouble',
    rule: 'stdout carries protocol JSON only',
  },
  'a line on stderr': {
    mutation: {
      file: write,
      from: 'this.assertNoFailure();',
      to: "console.error('done');",
    },
    by: 'two days without trouble',
    rule: 'stderr stays empty',
  },
  'a field that the schema does not name': {
    mutation: {
      file: messages,
      from: 'record: {stream, data: output.data,',
      to: 'record: {stream, data: {...output.data, extra: 1},',
    },
    by: 'two days without trouble',
    rule: 'every field is in the schema',
  },
};

test.each(Object.entries(mutations))('caught: %s', async (_, {mutation, by, rule}) => {
  const mutant = await buildMutant(mutation);
  try {
    const rules = (await runScenario(by, mutant.executables)).map((finding) => finding.rule);
    expect(rules).toContain(rule);
  } finally {
    mutant.remove();
  }
});
