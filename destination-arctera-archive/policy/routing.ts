// Which targets an item goes to, by the documented routing modes.
import type {PolicyConfig} from './policy-config';

/** The name of the target that the configuration calls `target`. */
export const defaultTarget = 'default';

/** A rule that routes, in the order of the configuration, with whether the item matched it. */
export interface RoutingRule {
  readonly targets: readonly string[];
  readonly isMatched: boolean;
}

/** Names of targets; none when no rule routes the item and it is not to go to the default target. */
export function route(mode: PolicyConfig['routing_mode'], rules: readonly RoutingRule[]): readonly string[] {
  switch (mode) {
    case 'default_only':
      return [defaultTarget];
    case 'first_match':
      return rules.find(({isMatched}) => isMatched)?.targets.slice(0, 1) ?? [];
    case 'copy_per_match':
      return [...new Set(rules.flatMap(({isMatched, targets}) => (isMatched ? targets : [])))];
    case 'all_match_single': {
      const named = [...new Set(rules.flatMap(({targets}) => targets))];
      const all = named.find((target) => rules.every((rule) => rule.isMatched || !rule.targets.includes(target)));
      return all === undefined ? [] : [all];
    }
  }
}
