// What members own beside their conversations: memories, canvases, recordings, automations.
import {topics} from '../content/phrases';
import {composeParagraph, composePrompt, composeSentence, composeTitle} from '../content/prose';
import {formatMicros} from '../micro-time';
import {Seconds} from '../api/service-json';
import type {Random} from '../random';
import type {Person} from './people';

export interface Canvas {
  readonly textdocId: string;
  readonly type: string;
  readonly versions: readonly object[];
}

export interface Recording {
  readonly id: string;
  readonly object: object;
  /** Undefined where it was never transcribed. */
  readonly transcript: object | undefined;
}

export interface Belongings {
  readonly memory: object | undefined;
  readonly canvases: readonly Canvas[];
  readonly recordings: readonly Recording[];
  readonly automations: readonly {readonly id: string}[];
}

/** The first two members own more than a page holds. */
export function createBelongings(random: Random, person: Person, index: number, nowMs: number): Belongings {
  const topic = topics.find(({department}) => department === person.department) ?? random.pick(topics);
  const seconds = (): number => Math.floor(nowMs / 1000) - random.int(3_600, 30 * 86_400);
  const count = (share: number, most: number, ofFirst: number): number =>
    index < 2 ? ofFirst : random.chance(share) ? random.int(1, most) : 0;
  const times = <T>(length: number, make: (n: number) => T): T[] => Array.from({length}, (_, n) => make(n));
  return {
    memory: random.chance(0.7)
      ? {
          object: 'compliance.workspace.user.memory',
          id: person.id,
          memory_contexts: [
            {
              object: 'compliance.workspace.user.memory.context',
              id: person.id,
              memory_entries: times(random.int(1, 4), (n) => ({
                object: 'compliance.workspace.user.memory.context.entry',
                id: `mem_${random.hex(12)}${n}`,
                content: composeSentence(random, topic),
                updated_at: new Seconds(seconds()),
              })),
            },
          ],
        }
      : undefined,
    canvases: times(count(0.25, 3, index === 0 ? 32 : 2), (n) => {
      const started = seconds();
      return {
        textdocId: `td_${random.hex(16)}`,
        type: random.pick(['document', 'document', 'code/python']),
        versions: times(index === 1 && n === 0 ? 41 : random.int(1, 4), (version) => ({
          version: version + 1,
          name: version === 0 ? null : composeTitle(random, topic),
          content: `# ${composeTitle(random, topic)}\n\n${composeParagraph(random, topic)}`,
          updated_at: formatMicros((started + version * 60) * 1_000_000).replace(/\.\d+/, ''),
          comments: random.chance(0.2)
            ? [{type: 'comment', id: `c${version}`, start: 0, end: 5, content: composeSentence(random, topic)}]
            : [],
        })),
      };
    }),
    recordings: times(count(0.15, 3, index === 0 ? 23 : 1), () => {
      const id = `rec_${random.hex(16)}`;
      const start = seconds();
      return {
        id,
        object: {
          id,
          start: new Seconds(start),
          end: new Seconds(start + random.int(60, 3_600)),
          conversation_id: random.uuid(),
          canvas_id: random.chance(0.5) ? `td_${random.hex(16)}` : null,
        },
        transcript: random.chance(0.1)
          ? undefined
          : {
              version: '1.0',
              recording_id: id,
              transcript: `${person.name}: ${composeParagraph(random, topic)}`,
              summary: composeSentence(random, topic),
            },
      };
    }),
    automations: times(count(0.3, 3, index === 0 ? 104 : 2), () => ({
      id: `auto_${random.hex(16)}`,
      title: composeTitle(random, topic),
      schedule: random.pick(['every Monday', 'daily at 08:00', 'first of the month']),
      is_enabled: random.chance(0.8),
      prompt: composePrompt(random, topic, true),
    })),
  };
}
