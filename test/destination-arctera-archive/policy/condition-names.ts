// What a rule can ask of a record: all of its settings that are no actions.
import {policyFields} from '../../../destination-arctera-archive/policy/policy-config';

const actions = [
  'name',
  'disposition',
  'redact',
  'tags',
  'retention_category',
  'retention_days',
  'legal_hold',
  'targets',
];

export const conditionNames: readonly string[] = Object.keys(policyFields.rules.unwrap().element.shape).filter(
  (name) => !actions.includes(name)
);
