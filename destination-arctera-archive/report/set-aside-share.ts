// Judges whether a run set aside more than it should have: what it set aside is safe, but somebody must look.
import {findStream} from '../../contract';
import {fileChunks} from '../../contract/files';
import {ConfigError, IntegrityError} from '../../core/errors';
import type {Summary} from './summary';

export interface SetAsideLimit {
  readonly percent: number;
  readonly records: number;
}

/** What somebody can mend in the configuration, or with the administrator of the target. */
const mendable = new Set(['item_refused', 'item_too_large', 'policy_not_routed', 'attachment_missing']);

/** What the policy sets aside for review is as it was asked for. */
const intended = new Set(['policy_review']);

export function judgeSetAsideShare(
  {streams, set_aside_by_code: byCode}: Summary,
  limit: SetAsideLimit
): ConfigError | IntegrityError | undefined {
  const codes = Object.entries(byCode).filter(([code]) => !intended.has(code));
  const count = codes.reduce((sum, [, each]) => sum + each, 0);
  // The thousands of pieces of one upload would make the share of anything small.
  const counted = Object.entries(streams).filter(([name]) => findStream(name) !== fileChunks);
  const others = counted.reduce(
    (sum, [, {delivered = 0, excluded = 0, set_aside: aside = 0}]) => sum + delivered + excluded + aside,
    0
  );
  const news = Math.max(count, others);
  if (count < limit.records || count * 100 <= news * limit.percent) return undefined;
  const [most = ''] = codes.sort(([, a], [, b]) => b - a)[0] ?? [];
  const detail = `${count} of ${news} new records were set aside, most of them as ${most}.`;
  return mendable.has(most)
    ? new ConfigError('set_aside_share', detail)
    : new IntegrityError('set_aside_share', detail);
}
