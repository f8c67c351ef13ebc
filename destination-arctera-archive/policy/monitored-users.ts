// Decides whether the conversations of a person are archived at all.
import type {Actor} from './actors';
import type {PolicyConfig} from './policy-config';
import {compileUserSelector, isEmpty, toNamesOfUser} from './user-selector';

/** The reason why a person's items are left out; undefined when they are not. */
export type FindUnmonitored = (owner: Actor) => string | undefined;

export function compileMonitoredUsers(config: PolicyConfig): FindUnmonitored {
  const {monitored_users: mode, monitored_list: entries = []} = config;
  const lists = config.user_lists ?? [];
  const isListed = compileUserSelector(entries, lists);
  if (mode === 'include' && isEmpty(entries, lists)) throw new Error('monitored_list must name whom to include');
  return (owner) => {
    if (!owner.isMonitored) return 'the identity map says that the owner is not monitored';
    if (mode === 'all') return undefined;
    const isOne = isListed(toNamesOfUser(owner));
    if (mode === 'include' && !isOne) return 'the owner is not among the monitored users';
    if (mode === 'exclude' && isOne) return 'the owner is among the users who are not monitored';
    return undefined;
  };
}
