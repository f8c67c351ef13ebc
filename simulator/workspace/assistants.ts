// GPTs and projects: the places outside a plain chat in which conversations happen.
import {topics, type Topic} from '../content/phrases';
import {composeSentence} from '../content/prose';
import type {Random} from '../random';
import type {Person} from './people';
import {Upload, type UploadPlace} from './upload';

export interface Assistant {
  readonly kind: 'gpt' | 'project';
  readonly id: string;
  readonly configId: string;
  readonly name: string;
  readonly instructions: string;
  /** Of earlier configurations, newest first. */
  readonly earlierInstructions: readonly string[];
  /** In ascending order of id. */
  readonly sharedWith: readonly Person[];
  readonly topic: Topic;
  readonly owner: Person;
  readonly createdSeconds: number;
  readonly knowledge: readonly Upload[];
}

const names = {
  gpt: ['Contract reader', 'Ledger analyst', 'Release notes writer', 'Übersetzer', 'Survey coder'],
  project: ['FY26 planning', 'Halyard launch', 'Audit room', 'Labor Zürich', 'Renewals'],
} as const;

export function createAssistants(
  random: Random,
  kind: Assistant['kind'],
  people: readonly Person[],
  nowMs: number
): Assistant[] {
  return names[kind].map((name) => {
    const topic = random.pick(topics);
    const owner = random.pick(people);
    const id = kind === 'gpt' ? `g-${random.alphanumeric(9)}` : `g-p-${random.hex(32)}`;
    const createdSeconds = Math.floor(nowMs / 1000) - random.int(3, 90) * 86_400 + 0.5;
    const place: UploadPlace = kind;
    const earlier = random.fork(`${id}/earlier`);
    const knowledge = [0, 1].map(
      (n) =>
        new Upload(random.fork(`${id}/${n}`), topic, place, owner.id, createdSeconds * 1_000_000, undefined, 'kept')
    );
    return {
      kind,
      id,
      configId: `${kind === 'gpt' ? 'gzm_cnf' : 'pr_cnf'}_${random.alphanumeric(16)}`,
      name,
      instructions: `Be exact. ${composeSentence(random, topic)}`,
      earlierInstructions: Array.from({length: earlier.int(0, 24)}, () => composeSentence(earlier, topic)),
      sharedWith: people.filter(() => earlier.chance(0.3)),
      topic,
      owner,
      createdSeconds,
      knowledge,
    };
  });
}
