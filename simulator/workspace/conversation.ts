// One conversation as it happened: prompts, answers, edits, regenerated answers and updates, before it is written as events.
import {topics, type Topic} from '../content/phrases';
import {composeTitle} from '../content/prose';
import type {Random} from '../random';
import type {Assistant} from './assistants';
import type {Person} from './people';
import type {Upload} from './upload';

export interface Conversation {
  readonly id: string;
  readonly owner: Person;
  readonly topic: Topic;
  readonly title: string;
  readonly assistant: Assistant | undefined;
  readonly isTemporary: boolean;
  readonly isPinned: boolean;
  readonly clientType: string;
  readonly mode: 'chat' | 'work' | undefined;
  createdMicros: number;
  /** In the order of their upload. */
  readonly uploads: Upload[];
}

export interface Happening {
  readonly conversation: Conversation;
  readonly kind: 'prompt' | 'answer';
  /** Place among the conversation's events, from 0. */
  readonly position: number;
  readonly messageId: string;
  readonly previousMessageId: string | undefined;
  /** 0 for a message when it appears, more when it is updated in place. */
  readonly version: number;
  atMicros: number;
  readonly attachments: Upload[];
}

const clientTypes = [
  'desktop_web',
  'desktop_web',
  'macos_app',
  'windows_app',
  'ios_app',
  'android_app',
  'ios_web',
  'chatgpt_api',
];

export function createConversation(
  random: Random,
  people: readonly Person[],
  assistants: readonly Assistant[],
  startMicros: number
): Conversation {
  const owner = random.pick(people);
  const assistant = random.chance(0.2) ? random.pick(assistants) : undefined;
  const topic =
    assistant?.topic ??
    topics.find(({department}) => department === owner.department && random.chance(0.8)) ??
    random.pick(topics);
  return {
    id: random.uuid(),
    owner,
    topic,
    title: composeTitle(random, topic),
    assistant,
    isTemporary: assistant === undefined && random.chance(0.05),
    isPinned: random.chance(0.04),
    clientType: random.pick(clientTypes),
    mode: random.chance(0.5) ? random.pick(['chat', 'chat', 'work']) : undefined,
    createdMicros: startMicros,
    uploads: [],
  };
}

/** The happenings of a conversation in the order of time. */
export function unfold(random: Random, conversation: Conversation): Happening[] {
  const happenings: Happening[] = [];
  let clock = conversation.createdMicros;
  const happen = (
    kind: Happening['kind'],
    previousMessageId: string | undefined,
    messageId = random.uuid(),
    version = 0
  ): string => {
    clock += random.int(kind === 'prompt' ? 20_000_000 : 2_000_000, kind === 'prompt' ? 400_000_000 : 45_000_000);
    const position = happenings.length;
    happenings.push({
      conversation,
      kind,
      position,
      messageId,
      previousMessageId,
      version,
      atMicros: clock,
      attachments: [], // prettier-ignore
    });
    return messageId;
  };
  const turns = random.chance(0.1) ? random.int(6, 20) : random.int(1, 6);
  let last: string | undefined;
  for (let turn = 0; turn < turns; turn++) {
    if (turn > 0 && random.chance(0.05)) clock += random.int(3_600, 100_000) * 1_000_000; // comes back later
    const before = last;
    let prompt = happen('prompt', before);
    if (random.chance(0.03)) continue; // stopped before an answer came
    last = happen('answer', prompt);
    if (random.chance(0.06)) {
      prompt = happen('prompt', before); // edited: a new id after the same predecessor
      last = happen('answer', prompt);
    }
    if (random.chance(0.06)) last = happen('answer', prompt); // regenerated
    if (random.chance(0.05)) happen('answer', prompt, last, 1); // updated in place
  }
  return happenings;
}
