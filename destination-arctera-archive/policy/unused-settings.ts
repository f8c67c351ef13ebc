// Which fields of the policy have no effect, because another one says so: nobody would notice until something is missed.
import type {PolicyConfig} from './policy-config';

/** In words, one for each. Left in place they are no error: a form keeps what is switched off. */
export function findUnusedSettings(config: PolicyConfig): readonly string[] {
  const {monitored_users: monitored, monitored_list: list = [], routing_mode: mode, routing_no_match: noMatch} = config;
  const unused: string[] = [];
  if (monitored === 'all' && list.length > 0) unused.push('monitored_list, because monitored_users is all');
  if (mode !== 'default_only') return unused;
  const because = 'because routing_mode is default_only';
  if ((config.rules ?? []).some(({targets = []}) => targets.length > 0)) unused.push(`targets of rules, ${because}`);
  if (noMatch !== 'default_target') unused.push(`routing_no_match, ${because}`);
  return unused;
}
