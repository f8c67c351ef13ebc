// The hash chain over the ledger's entries: each hash covers its entry and the hash before it.
import {sha256OfParts} from '../../core/digest';

export interface ChainedEntry {
  readonly seq: number;
  /** ISO 8601 in UTC; never earlier than the entry before. */
  readonly at: string;
  readonly kind: string;
  /** JSON text. */
  readonly body: string;
  readonly hash: string;
}

/** What the next entry is appended to. */
export type ChainHead = Pick<ChainedEntry, 'seq' | 'at' | 'hash'>;

/** Where a chain without entries stands. */
export const chainStart: ChainHead = {seq: 0, at: '', hash: ''};

/** The entry that follows the head. A clock that was set back does not take the chain back with it. */
export function toNextEntry(head: ChainHead, nowMs: number, kind: string, body: string): ChainedEntry {
  const now = new Date(nowMs).toISOString();
  const entry = {seq: head.seq + 1, at: now > head.at ? now : head.at, kind, body};
  return {...entry, hash: hashOf(head.hash, entry)};
}

/** What is wrong with an entry as the successor of the head; undefined when nothing is. */
export function describeBreak(head: ChainHead, entry: ChainedEntry): string | undefined {
  if (entry.seq !== head.seq + 1) {
    return `Entry ${entry.seq} follows entry ${head.seq}: entries between them are missing.`;
  }
  if (hashOf(head.hash, entry) !== entry.hash) {
    return `Entry ${entry.seq} does not have the hash that its content and the entry before it give.`;
  }
  if (entry.at < head.at) return `Entry ${entry.seq} is dated before entry ${head.seq}.`;
  return undefined;
}

function hashOf(previousHash: string, entry: Omit<ChainedEntry, 'hash'>): string {
  return sha256OfParts([previousHash, String(entry.seq), entry.at, entry.kind, entry.body]);
}
