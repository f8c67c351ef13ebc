// The members of the workspace: invented names on a .test domain.
import {topics} from '../content/phrases';
import type {Random} from '../random';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly department: string;
  readonly role: string;
  readonly status: 'active' | 'inactive';
  readonly createdSeconds: number;
}

const givenNames = [
  'Ana',
  'Björn',
  'Chidi',
  'Dorota',
  'Emre',
  'Farah',
  'Goro',
  'Hélène',
  'Ines',
  'Jonas',
  'Kiri',
  'Lázár',
];
const familyNames = [
  'Abara',
  'Brandvold',
  'Castelmar',
  'Dunmoor',
  'Eskelund',
  'Falkowska',
  'Grünholt',
  'Hoshikawa',
  'Imbert',
];
const domains = ['acme.test', 'acme.test', 'acme.test', 'labs.acme.test'] as const;

/** In ascending order of id, as the service lists them. */
export function createPeople(random: Random, count: number, nowMs: number): Person[] {
  const people = Array.from({length: count}, (_, index): Person => {
    const name = `${random.pick(givenNames)} ${random.pick(familyNames)}`;
    const mailbox = name
      .normalize('NFD')
      .replace(/[^A-Za-z ]/g, '')
      .toLowerCase()
      .replace(' ', '.');
    return {
      id: `user-${random.alphanumeric(24)}`,
      email: `${mailbox}${index + 1}@${random.pick(domains)}`,
      name,
      department: random.pick(topics).department,
      role: index === 0 ? 'account-owner' : random.chance(0.08) ? 'account-admin' : 'standard-user',
      status: index > 1 && random.chance(0.1) ? 'inactive' : 'active',
      createdSeconds: Math.floor(nowMs / 1000) - random.int(40, 700) * 86_400 + random.int(1, 99) / 100,
    };
  });
  return people.sort((a, b) => (a.id < b.id ? -1 : 1));
}
