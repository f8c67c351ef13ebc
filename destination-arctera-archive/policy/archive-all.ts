// The policy in force: everything is archived. Its version is part of every item and every ledger entry.
import {sha256OfParts} from '../../core/digest';

export interface Policy {
  /** Hash of the normalised policy. */
  readonly version: string;
}

export const archiveAll: Policy = {version: sha256OfParts(['policy', '{"archive":"all"}']).slice(0, 16)};
