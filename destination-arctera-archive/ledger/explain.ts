// Explains one record from its ledger: its outcome, the item it lies in, and what the policy said of it.
import {parseBody, parseStatement, toIntent} from './entry';
import {holdsIn, holdsOn} from './holds';
import type {Hold} from './ledger';
import {openToRead} from './open-to-read';
import {onLedger} from './sqlite-error';
import {toKey} from './projection';
import {newestDocument} from './schema';

/** As JSON for people and machines: ids, names and hashes, never text. */
export interface Explanation {
  readonly workspace: string;
  readonly record_id: string;
  readonly outcome: string;
  /** Hash of the whole original, before any redaction. */
  readonly sha256: string;
  readonly entry: number;
  readonly at: string;
  readonly policy_version: string | undefined;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly item?: {
    readonly id: string;
    readonly address: string;
    readonly targets: readonly string[];
    readonly tags: readonly string[];
    readonly retention: {readonly category: string; readonly days: number | null} | null;
    readonly legal_hold: string | null;
    /** Names of the holds of people that it is under. */
    readonly holds: readonly string[];
    readonly redactions: Readonly<Record<string, number>>;
  };
  /** Path of the copy of a record that is set aside, relative to the ledger's folder. */
  readonly path?: string;
}

/** Explains records of one ledger, as it is while it is open. */
export interface Explainer {
  /** Undefined when the ledger does not know the record. */
  explain(recordId: string): Explanation | undefined;
  /** Of an object: its newest record that is archived. */
  explainDocument(objectId: string): Explanation | undefined;
  close(): void;
}

/** No writer can open the ledger meanwhile. Throws TransientError `ledger_locked` while one holds it. */
export function openExplainer(file: string, workspace: string): Explainer {
  return onLedger(() => {
    const db = openToRead(file);
    try {
      const holds = holdsIn(db);
      const find = db.prepare<[string], RecordEntry>(
        `SELECT r.outcome, r.sha256, e.seq, e.at, e.kind, e.body FROM records r
         JOIN entries e ON e.seq = r.entry WHERE r.record_id = ?`
      );
      const findDocument = db.prepare<[string], Omit<RecordEntry, 'outcome' | 'sha256'>>(
        `SELECT e.seq, e.at, e.kind, e.body ${newestDocument}`
      );
      return {
        explain: (recordId) => {
          const row = onLedger(() => find.get(toKey(recordId)));
          return row === undefined ? undefined : explainEntry(workspace, recordId, row, holds);
        },
        explainDocument: (objectId) => {
          const row = onLedger(() => findDocument.get(toKey(objectId)));
          return row === undefined ? undefined : explainItem(workspace, row, holds);
        },
        close: () => void db.close(),
      };
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A record's row with the entry that it comes from. */
export interface RecordEntry {
  readonly outcome: string;
  readonly sha256: string;
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly body: string;
}

export function explainEntry(
  workspace: string,
  recordId: string,
  entry: RecordEntry,
  holds: readonly Hold[]
): Explanation {
  const {outcome, sha256, seq, at, kind, body} = entry;
  const common = {workspace, record_id: recordId, outcome, sha256, entry: seq, at};
  return {...common, ...toReasons(parseStatement(seq, kind, body), holds)};
}

/** @param entry an intent that was delivered: what it says of its first record */
export function explainItem(
  workspace: string,
  entry: Omit<RecordEntry, 'outcome' | 'sha256'>,
  holds: readonly Hold[]
): Explanation | undefined {
  const [first] = parseBody(entry.seq, 'intent', entry.body).records;
  if (first === undefined) return undefined;
  const [recordId, sha256] = first;
  return explainEntry(workspace, recordId, {...entry, outcome: 'delivered', sha256}, holds);
}

type Reasons = Pick<Explanation, 'policy_version' | 'rules' | 'reason' | 'item' | 'path'>;

function toReasons(statement: ReturnType<typeof parseStatement>, holds: readonly Hold[]): Reasons {
  switch (statement.kind) {
    case 'intent': {
      const {item_id: id, address, targets = ['default'], policy_version, decision} = statement.body;
      const rules = decision?.rules ?? [];
      return {
        policy_version,
        rules,
        reason: rules.length === 0 ? 'no rule says otherwise' : 'it matches the rules',
        item: {
          id,
          address,
          targets,
          tags: decision?.tags ?? [],
          retention: decision?.retention ?? null,
          legal_hold: decision?.legal_hold ?? null,
          holds: holdsOn(toIntent(statement.body), holds),
          redactions: Object.fromEntries(decision?.redactions ?? []),
        },
      };
    }
    case 'excluded': {
      const {rule, reason, policy_version} = statement.body.why;
      return {policy_version, rules: [rule], reason};
    }
    case 'set_aside': {
      const {why, code, path} = statement.body;
      if (why === undefined) return {policy_version: undefined, rules: [], reason: code, path};
      return {policy_version: why.policy_version, rules: [why.rule], reason: why.reason, path};
    }
    default:
      return {policy_version: undefined, rules: [], reason: ''};
  }
}
