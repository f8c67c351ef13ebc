// Tells whether a person is among those that a list of addresses, ids, domains and named lists stands for.
import type {Actor} from './actors';
import type {PolicyConfig} from './policy-config';

/** What a person is known by, in lower case: worked out once for all the rules that ask. */
export interface NamesOfUser {
  readonly names: readonly string[];
  readonly domains: readonly string[];
}

export type UserSelector = (user: NamesOfUser) => boolean;

type UserLists = NonNullable<PolicyConfig['user_lists']>;

/** Throws an error with a readable message when an entry names a list that does not exist, or could never be anybody. */
export function compileUserSelector(entries: readonly string[], lists: UserLists): UserSelector {
  const exact = new Set<string>();
  const domains = new Set<string>();
  const add = (entry: string): void => {
    if (entry.includes('*'))
      throw new Error(`${JSON.stringify(entry)} has an asterisk: a domain is written as @acme.test`);
    if (entry.startsWith('list:')) throw new Error(`${JSON.stringify(entry)} stands within a list, which names people`);
    const folded = entry.trim().toLowerCase();
    if (folded.startsWith('@')) domains.add(folded.slice(1));
    else exact.add(folded);
    if (/^[^@]+\.[^@]+$/.test(folded)) domains.add(folded); // a domain whose @ was forgotten, or an id
  };
  for (const entry of entries) {
    if (!entry.startsWith('list:')) {
      add(entry);
      continue;
    }
    const name = entry.slice('list:'.length).trim();
    const named = lists.filter((each) => each.name === name); // as keyword lists of one name are one
    if (named.length === 0) throw new Error(`there is no user list ${JSON.stringify(name)}`);
    named.forEach(({members}) => members.forEach(add));
  }
  return (user) => user.names.some((name) => exact.has(name)) || user.domains.some((domain) => domains.has(domain));
}

/** Whether nobody is named, also where lists are that have no members. */
export function isEmpty(entries: readonly string[], lists: UserLists): boolean {
  const isFilled = (entry: string): boolean =>
    lists.some(({name, members}) => entry.slice('list:'.length).trim() === name && members.length > 0);
  return entries.every((entry) => entry.startsWith('list:') && !isFilled(entry));
}

export function toNamesOfUser({id, email, collectorEmail}: Actor): NamesOfUser {
  const names = [id, email, collectorEmail].flatMap((each) => (each === undefined ? [] : each.toLowerCase()));
  return {names, domains: names.flatMap((name) => toDomain(name) ?? [])};
}

export function toDomain(email: string | undefined): string | undefined {
  const at = email?.lastIndexOf('@') ?? -1;
  return at === -1 ? undefined : email?.slice(at + 1).toLowerCase();
}
