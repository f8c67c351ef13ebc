// What the ledger remembers: every record's outcome, every item, chained by hash. Nothing in it is updated in place.
import type {FileOutcome} from '../../contract/files';
import type {ItemAddress} from '../targets/target';

/** Durable end of a record. `context` is for rows that serve items and the report but are not archived alone. */
export type Outcome = 'delivered' | 'duplicate' | 'excluded' | 'set_aside' | 'context';

export interface RecordRef {
  readonly recordId: string;
  /** SHA-256 of the original's bytes: tells a repeat from a conflict. */
  readonly sha256: string;
}

/** A file reference that an item settles: its bytes are in it, or it says why they are not. */
export interface SettledFile {
  readonly fileId: string;
  readonly eventId: string;
  readonly outcome: FileOutcome;
  readonly sha256: string | undefined;
}

/** An item in another format than its first. */
export interface ItemCopy {
  readonly address: ItemAddress;
  readonly sha256: string;
  readonly size: number;
}

/** Announced before the target sees the item. */
export interface Intent {
  readonly itemId: string;
  readonly kind: string;
  readonly address: ItemAddress;
  /** SHA-256 and size of the rendered bytes. */
  readonly sha256: string;
  readonly size: number;
  /** The same item in further formats; durable before the item itself is. */
  readonly copies: readonly ItemCopy[];
  readonly stream: string;
  readonly records: readonly RecordRef[];
  readonly files: readonly SettledFile[];
  /** Conversation with its subject, for items of a conversation. */
  readonly conversation: {readonly id: string; readonly subject: string} | undefined;
  /** Id of the user whose item it is. */
  readonly owner?: string;
  /** Of the item, ISO 8601. */
  readonly date?: string;
  readonly policyVersion: string;
  /** Names of the targets that the item goes to, with the same bytes. */
  readonly targets: readonly string[];
  /** By name, the targets that have it under other addresses than those above. */
  readonly places?: Readonly<Record<string, {readonly address: ItemAddress; readonly copies: readonly ItemAddress[]}>>;
  /** What the rules said of the item; undefined when they said nothing. */
  readonly decision: ItemDecision | undefined;
}

/** What the rules of the policy said of an item that is archived. */
export interface ItemDecision {
  /** Names of the rules that it matched. */
  readonly rules: readonly string[];
  readonly tags: readonly string[];
  readonly retention: {readonly category: string; readonly days: number | undefined} | undefined;
  readonly legalHold: string | undefined;
  /** How many spans of each kind were masked. */
  readonly redactions: readonly {readonly kind: string; readonly count: number}[];
}

/** Why the policy leaves a record out. */
export interface PolicyReason {
  readonly rule: string;
  readonly reason: string;
  readonly policyVersion: string;
}

export interface Exclusion {
  readonly records: readonly RecordRef[];
  readonly stream: string;
  readonly why: PolicyReason;
}

/** An item in one of its targets. */
export interface ItemAt {
  readonly itemId: string;
  /** Name of the target in the configuration. */
  readonly target: string;
}

/** What a target said when it took an item. */
export interface TargetReceipt extends ItemAt {
  readonly reply: string;
  /** The same bytes may be in the target from before. */
  readonly isPossiblyTwice: boolean;
}

/** A target will never take an item that others took. */
export interface TargetRefusal extends ItemAt {
  readonly code: string;
  /** The target's own, bounded and without controls. */
  readonly words: string;
  /** Path of the item's durable bytes, relative to the ledger's folder. */
  readonly path: string;
  readonly sha256: string;
}

/** What targets said of items. */
export interface TargetsSaid {
  readonly receipts?: readonly TargetReceipt[];
  readonly refusals?: readonly TargetRefusal[];
}

export interface SetAside {
  readonly record: RecordRef;
  readonly stream: string;
  readonly code: string;
  /** Path of the record's durable copy, relative to the ledger's folder. */
  readonly path: string;
  /** Set where the policy decided it. */
  readonly why?: PolicyReason;
}

export interface Person {
  readonly id: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
}

/** A hold that nobody has released. What it names must all be so of an item; what it does not name does not matter. */
export interface Hold {
  readonly name: string;
  readonly reason: string;
  /** Ids of users; empty: of everybody. */
  readonly users: readonly string[];
  /** Addresses that some of them were named by. */
  readonly addresses: readonly string[];
  /** Ids of conversations; empty: all. */
  readonly conversations: readonly string[];
  /** ISO 8601; the date of an item is this or later. */
  readonly from: string | undefined;
  /** ISO 8601; the date of an item is before this. */
  readonly until: string | undefined;
  /** The entry that tells of it. */
  readonly entry: number;
  readonly at: string;
}

export interface KnownRecord {
  readonly sha256: string;
  readonly outcome: 'delivered' | 'set_aside' | 'excluded';
  readonly itemId: string | undefined;
}

export interface KnownFile {
  readonly outcome: FileOutcome;
  readonly sha256: string | undefined;
  readonly itemId: string;
}

/** The ledger of one workspace, held by one writer. Every method that changes it is durable when it returns. */
export interface Ledger {
  /** Random id given when the archive was begun; the target carries it too. */
  readonly archiveId: string;
  /**
   * To be asked before anything is sent to a target. Throws a ConnectorError where another run may hold the ledger by
   * now. Absent where nobody can take it from a process that lives, however long it was stopped.
   */
  assertHeld?(): void;
  /** Tells what is going to be asked, where each answer takes a way of its own. Changes no answer. */
  expect?(recordIds: readonly string[], conversationIds: readonly string[]): void;
  findRecord(recordId: string): KnownRecord | undefined;
  findFile(fileId: string, eventId: string): KnownFile | undefined;
  /** An item that holds these bytes of the file, whichever event named it. */
  findBytes(fileId: string, sha256: string): KnownFile | undefined;
  /** Subject frozen for a conversation by its first intent. */
  findSubject(conversationId: string): string | undefined;
  findPerson(userId: string): Person | undefined;
  /** Why a record is excluded; undefined for one that is not. */
  findExclusion(recordId: string): PolicyReason | undefined;
  /** The intent of the item that a record lies in; undefined for one that is not delivered. */
  findItemOf(recordId: string): Intent | undefined;
  /** The intent of the newest document that is delivered of an object, whose id is that of its thread. */
  findDocument(objectId: string): Intent | undefined;
  openIntents(): readonly Intent[];
  /** Appends all intents in one transaction. */
  intend(intents: readonly Intent[]): void;
  /** Appends the outcome of intents: their records and files are now known. */
  delivered(itemIds: readonly string[], said?: TargetsSaid): void;
  /**
   * Resolves when what `work` appends is durable, as it otherwise is when each of these returns: whoever reads goes on
   * while the disk takes it. It is seen at once.
   */
  durably(work: () => void): Promise<void>;
  /** Appends that targets have items whose intents stay open, or that they had refused. */
  taken(items: readonly ItemAt[], receipts?: readonly TargetReceipt[]): void;
  /** Whether an entry says that the target has the item of this open intent. */
  isTaken(itemId: string, target: string): boolean;
  /**
   * Appends that intents came to nothing: their records are free again.
   * @param possiblySent targets that cannot be asked and may have such an item all the same
   */
  voided(itemIds: readonly string[], possiblySent?: readonly ItemAt[]): void;
  /** Whether a target may have the record in an item that came to nothing. */
  isPossiblySent(recordId: string, target: string): boolean;
  /** Whether an open intent names the record. */
  isIntended(recordId: string): boolean;
  setAside(records: readonly SetAside[]): void;
  /** Appends that the policy leaves records out. */
  excluded(exclusions: readonly Exclusion[]): void;
  /** How many states of a lineage have been released here; undefined for one that is not known. */
  findReached(lineage: string): number | undefined;
  /** Holds that nobody has released, oldest first. */
  holds(): readonly Hold[];
  /** Keeps what users rows say of people, for names and addresses in later items. */
  remember(people: readonly Person[]): void;
  close(): void;
}

/** What `verify` found. */
export interface Verification {
  readonly entries: number;
  readonly items: number;
  readonly records: number;
  readonly setAside: number;
  readonly openIntents: number;
  /** Items under a hold. */
  readonly held: number;
  /** The first problems, readable. */
  readonly problems: readonly string[];
  /** All problems, those that are not listed included. */
  readonly problemCount: number;
}
