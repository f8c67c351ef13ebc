// Asks the policy about items and people, and turns its answers into what items and the ledger say.
import type {ItemDecision} from '../ledger/ledger';
import type {Archived} from '../policy/decision';
import type {RedactionCounts} from '../policy/redaction';
import type {Item} from '../render/item';

type PolicyMarks = Pick<Item, 'tags' | 'retention' | 'legalHold' | 'redactions'>;

/** What an item shows of a decision; nothing where no rule said anything. */
export function toMarks(
  {tags, retention, legalHold}: Omit<ItemDecision, 'redactions' | 'rules'>,
  counts: RedactionCounts
): PolicyMarks {
  const redactions = toRedactions(counts);
  return {
    ...(tags.length === 0 ? {} : {tags}),
    ...(retention === undefined ? {} : {retention}),
    ...(legalHold === undefined ? {} : {legalHold}),
    ...(redactions.length === 0 ? {} : {redactions}),
  };
}

/** What the ledger keeps of a decision; undefined where no rule said anything. */
export function toItemDecision(
  {rules, tags, retention, legalHold}: Omit<ItemDecision, 'redactions'>,
  counts: RedactionCounts
): ItemDecision | undefined {
  if (rules.length === 0) return undefined;
  return {rules, tags, retention, legalHold, redactions: toRedactions(counts)};
}

/** Items that a policy treats alike, for records that share one. */
export function toDecisionKey({targets, tags, retention, legalHold, rules}: Archived): string {
  return JSON.stringify([targets, tags, retention ?? null, legalHold ?? null, rules]);
}

function toRedactions(counts: RedactionCounts): ItemDecision['redactions'] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => ({kind, count}));
}
