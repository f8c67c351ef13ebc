// Which fields of the policy have no effect, because of another one or of what there is: nobody would notice until something is missed.
import {findStream} from '../../contract';
import {conversations} from '../../contract/conversations';
import {fileChunks, files} from '../../contract/files';
import type {StreamDefinition} from '../../contract/row';
import {users} from '../../contract/users';
import {plainAddressPattern} from '../../core/plain-address';
import {mappedPeople} from './actors';
import type {PolicyConfig, RuleConfig} from './policy-config';
import {isEmpty} from './user-selector';

/**
 * In words, one for each. Left in place they are no error: a form keeps what is switched off.
 * @param selected the names of the streams of the connection, where they are known
 */
export function findUnusedSettings(config: PolicyConfig, selected?: readonly string[]): readonly string[] {
  const {monitored_users: monitored, monitored_list: list = [], rules = [], user_lists: lists = []} = config;
  const {routing_mode: mode, routing_no_match: noMatch} = config;
  const unused: string[] = [];
  if (monitored === 'all' && list.length > 0) unused.push('monitored_list, because monitored_users is all');
  if (monitored === 'exclude' && isEmpty(list, lists)) unused.push('monitored_users, because monitored_list is empty');
  for (const rule of rules) {
    const {name, users: named = []} = rule;
    if (named.length > 0 && isEmpty(named, lists)) unused.push(`rule ${name}, because its users name nobody`);
    unused.push(...unmatchedStreams(rule, selected));
  }
  unused.push(...uncarriedAddresses(config));
  if (mode !== 'default_only') return unused;
  const because = 'because routing_mode is default_only';
  if (rules.some(({targets = []}) => targets.length > 0)) unused.push(`targets of rules, ${because}`);
  if (noMatch !== 'default_target') unused.push(`routing_no_match, ${because}`);
  return unused;
}

const longestList = 20;

function uncarriedAddresses(config: PolicyConfig): string[] {
  const people = mappedPeople(config).filter(({corp_email: address}) => !plainAddressPattern.test(address));
  if (people.length === 0) return [];
  const shown = people.slice(0, longestList).map(({collector_id: id}) => JSON.stringify(id));
  const more = people.length > shown.length ? ` and ${people.length - shown.length} more` : '';
  return [`corp_email of ${shown.join(', ')}${more}, because no header can carry it: fallback_address stands for them`];
}

/** Of these no record is an item, or a part of one that a rule looks at. */
const undecided: ReadonlySet<StreamDefinition | undefined> = new Set([users, conversations, files, fileChunks]);

function unmatchedStreams({name: rule, streams = []}: RuleConfig, selected: readonly string[] | undefined): string[] {
  return streams.flatMap((given) => {
    const name = given.trim();
    const definition = findStream(name);
    const of = `stream ${JSON.stringify(name)} of rule ${rule}`;
    if (undecided.has(definition)) return [`${of}, because rules do not decide of its records`];
    // With a prefix, it may be of another connection of the same destination.
    if (definition !== undefined || selected?.includes(name) === true) return [];
    // As are those of the types of logs that a user names for the source.
    if (selected === undefined && name.endsWith('_logs')) return [];
    return [`${of}, because ${selected === undefined ? 'ChatGPT Enterprise' : 'the connection'} has none of that name`];
  });
}
