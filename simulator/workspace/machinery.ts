// What the workspace runs: Codex tasks and environments, agents, skills.
import {topics} from '../content/phrases';
import {composeSentence, composeTitle} from '../content/prose';
import {Seconds} from '../api/service-json';
import {zip} from '../bytes/zip';
import type {Random} from '../random';
import type {Person} from './people';

interface Identified {
  readonly id: string;
}

export interface Skill extends Identified {
  readonly name: string;
  readonly description: string;
  readonly created_at: Seconds;
  readonly updated_at: Seconds | null;
}

export interface Machinery {
  /** Last changed first. */
  readonly codexTasks: readonly Identified[];
  readonly codexEnvironments: readonly (Identified & {
    readonly env_vars: object | null;
    readonly secrets: object | null;
  })[];
  readonly agents: readonly (Identified & {readonly definition: object | undefined})[];
  readonly skills: readonly Skill[];
  readonly agentSkills: readonly Skill[];
}

export function createMachinery(random: Random, people: readonly Person[], nowMs: number): Machinery {
  const nowSeconds = Math.floor(nowMs / 1000);
  const owner = (): Person => random.pick(people);
  const title = (): string => composeTitle(random, random.pick(topics));
  const times = <T>(length: number, make: (n: number) => T): T[] => Array.from({length}, (_, n) => make(n));
  const skill = (n: number): Skill =>
    ({
      object: 'compliance.workspace.skill',
      id: `skill_${random.hex(16)}`,
      name: title(),
      description: composeSentence(random, random.pick(topics)),
      created_at: new Seconds(nowSeconds - random.int(1, 60) * 86_400),
      updated_at: n % 4 === 1 ? new Seconds(nowSeconds - 3_600 * n) : null,
      creator: owner().id,
      original_product_surface: 'chatgpt',
      files: ['SKILL.md'],
    }) as Skill;
  return {
    codexTasks: times(65, (n) => ({
      object: 'compliance.workspace.codex_task',
      id: `task_e_${random.hex(24)}`,
      created_at: new Seconds(nowSeconds - n * 3_600 - 900),
      updated_at: new Seconds(nowSeconds - n * 3_600 - random.int(0, 800) - 0.25),
      created_by_id: owner().id,
      title: title(),
      denormalized_metadata: {branch: `fix-${n}`, attempts: random.int(1, 4)},
    })),
    codexEnvironments: times(33, (n) => ({
      object: 'compliance.workspace.codex_environment',
      id: `env_${random.hex(20)}`,
      created_at: new Seconds(nowSeconds - n * 7_200),
      machine_id: `machine-${random.int(1, 4)}`,
      label: `acme/service-${n}`,
      repos: [`github:acme/service-${n}`],
      setup: random.chance(0.5) ? 'make setup' : ['make', 'make test'],
      env_vars: {DATABASE_URL: `postgres://app:canary-${random.hex(8)}@db.acme.test/app`},
      secrets: {},
      creator_id: owner().id,
    })),
    agents: times(8, (n) => {
      const {id: ownerId, email} = owner();
      const id = `agent_${random.hex(16)}`;
      return {
        object: 'compliance.workspace.agent',
        id,
        name: title(),
        status: 'published',
        owner_id: ownerId,
        owner_email: n % 3 === 0 ? null : email,
        created_at: nowSeconds - random.int(10, 40) * 86_400,
        updated_at: nowSeconds - n * 3_600,
        definition:
          n === 5 // listed, though it was withdrawn meanwhile
            ? undefined
            : {
                version_id: `v_${random.hex(8)}`,
                version_source: 'published',
                agent_fields: {instructions: composeSentence(random, random.pick(topics)), tools: ['browser']},
              },
      };
    }),
    skills: times(12, skill),
    agentSkills: times(3, skill),
  };
}

/** The archive of a skill; some have none. */
export function exportOf({description, id, name}: Skill): Buffer | undefined {
  if (/[01]$/.test(id)) return undefined;
  return zip({'SKILL.md': `# ${name}\n\n${description}\n`});
}
