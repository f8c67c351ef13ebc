// Which message belongs to which prompt, whatever order the events came in.
import {describe, expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {toInteractions} from '../../../destination-arctera-archive/pipeline/interactions';
import {
  type ConversationEvent,
  parseConversationEvent,
} from '../../../destination-arctera-archive/render/conversation-event';

/** `prompt:p1`, `answer:a1>p1`; time is the place in the list. A third part is the event's own name. */
function eventsOf(...specs: readonly string[]): ConversationEvent[] {
  return specs.map((spec, index) => {
    const [, author = '', id = '', previous, name] = /^(\w+):([\w-]*)>?([\w-]+)?(?: (\S+))?$/.exec(spec) ?? [];
    const type = author === 'prompt' ? 'user' : author === 'answer' ? 'assistant' : author;
    return parseConversationEvent(
      JSON.stringify({
        event_id: name ?? id,
        timestamp: `2026-01-15T09:${String(index).padStart(2, '0')}:00.000000Z`,
        previous_message_id: previous,
        message: {id, author: {type}},
      })
    );
  });
}

const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a prompt with its response', ['prompt:p1', 'answer:a1>p1'], ['p1 a1']],
  ['a follow-up begins anew', ['prompt:p1', 'answer:a1>p1', 'prompt:p2>a1', 'answer:a2>p2'], ['p1 a1', 'p2 a2']],
  ['regenerated answers stay with their prompt', ['prompt:p1', 'answer:a1>p1', 'answer:b1>p1'], ['p1 a1 b1']],
  [
    'a regenerated answer that comes after a follow-up stays with its prompt',
    ['prompt:p1', 'answer:a1>p1', 'prompt:p2>a1', 'answer:b1>p1'],
    ['p1 a1 b1', 'p2'],
  ],
  ['what a tool said in between', ['prompt:p1', 'tool:t1>p1', 'answer:a1>t1'], ['p1 t1 a1']],
  [
    'an edited prompt is another prompt',
    ['prompt:p1', 'answer:a1>p1', 'prompt:p2', 'answer:a2>p2'],
    ['p1 a1', 'p2 a2'],
  ],
  ['versions of one message are one', ['prompt:p1', 'answer:a1>p1 v1', 'answer:a1>p1 v2'], ['p1 v1 v2']],
  ['a response whose prompt is not here', ['answer:a1>gone', 'prompt:p2>a1', 'answer:a2>p2'], ['a1', 'p2 a2']],
  ['two of them', ['answer:a1>gone', 'answer:b1>gone'], ['a1', 'b1']],
  ['a chain whose prompt is not here', ['tool:t1>gone', 'answer:a1>t1'], ['t1 a1']],
  ['an answer to nothing', ['answer:a1', 'system:s1'], ['a1', 's1']],
  ['messages without an id', ['prompt: e1', 'answer: e2'], ['e1', 'e2']],
  ['messages in a circle', ['answer:a1>b1', 'answer:b1>c1', 'answer:c1>a1', 'tool:d1>a1'], ['a1 b1 c1 d1']],
  ['a message that follows itself', ['answer:a1>a1'], ['a1']],
];

describe.each(table)('%s', (_, specs, expected) => {
  const events = eventsOf(...specs);
  const named = (interactions: readonly ConversationEvent[][]): string[] =>
    interactions.map((interaction) => interaction.map(({eventId}) => eventId).join(' '));

  test('is one interaction each', () => {
    expect(named(toInteractions(events))).toEqual(expected);
  });

  test('survives shuffled arrival', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, {minLength: events.length}), (shuffled) => {
        expect(named(toInteractions(shuffled))).toEqual(expected);
      }),
      {numRuns: 30}
    );
  });
});

test('a chain of a hundred thousand messages is no trouble', () => {
  const specs = ['prompt:m0', ...Array.from({length: 100_000}, (_, index) => `answer:m${index + 1}>m${index}`)];
  expect(toInteractions(eventsOf(...specs))).toHaveLength(1);
});
