// An item: what the archive gets, before and after rendering.
import {sha256OfParts} from '../../core/digest';
import type {FileOutcome} from '../../contract/files';
import type {Config} from '../config';
import type {Fact} from './fact';

export type ItemKind = 'messages' | 'addendum' | 'batch' | DocumentKind;

/** A captured object, a deletion, a day of a log, a gap in the capture. */
export type DocumentKind = 'document' | 'tombstone' | 'log' | 'notice';

/**
 * Identity of an item. Message-ID, MIME boundaries, path and key derive from it alone.
 * @param recordIds ids of all records that lie in the item, in any order
 */
export function toItemId(kind: ItemKind, target: string, recordIds: readonly string[]): string {
  return sha256OfParts([kind, target, ...[...recordIds].sort()]);
}

/** One original in an item, as one line of `events.jsonl`. */
export interface Original {
  readonly recordId: string;
  /** SHA-256 of the original's bytes, before any redaction. */
  readonly sha256: string;
  /** The exact text: a log line, or a record's data. A redaction rule may have masked spans inside its strings. */
  readonly text: string;
}

/** A person, or a thing that acts, as the archive files it. */
export interface Participant {
  /** The id in ChatGPT; shown where there is no address. */
  readonly id: string;
  readonly name: string | undefined;
  /** Undefined when unknown: the configured fallback address is used. */
  readonly email: string | undefined;
}

/** One message of a transcript, in the order it is shown. All text is untrusted. */
export interface TranscriptMessage {
  readonly eventId: string;
  readonly messageId: string | undefined;
  readonly previousMessageId: string | undefined;
  /** ISO 8601 as the API wrote it. */
  readonly timestamp: string | undefined;
  readonly role: 'user' | 'assistant' | 'other';
  /** Author type as the API wrote it; shown when the role is `other`. */
  readonly authorType: string | undefined;
  readonly author: Participant;
  readonly model: string | undefined;
  /** Verbatim. Undefined when the message has no text. */
  readonly text: string | undefined;
  /** Kind of content when it is not plain text, for example `user_instructions` or one nobody has seen. */
  readonly contentType: string | undefined;
  /** Content that is not a string, as JSON text. */
  readonly otherContent: string | undefined;
  /** Tools and skills that ChatGPT used, and the client a prompt came from. */
  readonly tools: readonly string[];
  readonly skills: readonly string[];
  readonly client: string | undefined;
  readonly citations: readonly Citation[];
  readonly files: readonly AttachedFile[];
}

/** What an answer refers to: addresses, files, or an action it called. */
export interface Citation {
  /** As the API names it, for example `url_citation`. */
  readonly kind: string;
  readonly sources: readonly string[];
}

/** A file that a message refers to. */
export interface AttachedFile {
  readonly fileId: string;
  readonly eventId: string;
  /** Untrusted. */
  readonly name: string | undefined;
  readonly state:
    | {
        readonly kind: 'attached';
        readonly sha256: string;
        readonly size: number;
        /** Each piece is valid until the next is asked for. */
        readonly content: () => AsyncIterable<Buffer>;
        /** Where the same bytes lie in a file, for whoever cannot be given a stream. */
        readonly path?: string;
      }
    /** The bytes lie in another item of the archive. */
    | {
        readonly kind: 'elsewhere';
        readonly sha256: string | undefined;
        readonly itemId: string;
        /** In bytes, where it is known. */
        readonly size?: number | undefined;
      }
    | {readonly kind: 'missing'; readonly outcome: Exclude<FileOutcome, 'captured'>}
    /** Not read yet; it follows as an addendum in the same thread. */
    | {readonly kind: 'awaited'}
    /** Too large for this item; it follows as an item of its own in the same thread. */
    | {readonly kind: 'apart'; readonly size: number}
    /** The connection does not select the streams that carry bytes. */
    | {readonly kind: 'not_selected'}
    /** Left out by the policy; the reason is the administrator's or the policy's own text. */
    | {readonly kind: 'replaced'; readonly reason: string; readonly sha256: string | undefined};
}

/** How many spans of one kind were masked in an item, for example 2 of `payment_card`. */
export interface Redaction {
  readonly kind: string;
  readonly count: number;
}

/** How long the archive is asked to keep an item. */
export interface Retention {
  readonly category: string;
  readonly days: number | undefined;
}

interface ItemCommon {
  readonly itemId: string;
  readonly workspaceId: string;
  readonly subject: string;
  /** Date of the item, in Unix milliseconds; derives from its content. */
  readonly dateMs: number;
  readonly policyVersion: string;
  /** Lines of `events.jsonl`, in order. */
  readonly originals: readonly Original[];
  /** What the rules of the policy say of the item; absent where no rule does. The texts are the administrator's. */
  readonly tags?: readonly string[];
  readonly retention?: Retention;
  /** Names of the matters that the item is held for, parted by `, `. */
  readonly legalHold?: string;
  /** What was masked in bodies and `events.jsonl`; each original keeps the hash of its unmasked text. */
  readonly redactions?: readonly Redaction[];
}

/** Messages of one conversation. */
export interface MessagesItem extends ItemCommon {
  readonly kind: 'messages';
  readonly conversation: ConversationFacts;
  readonly owner: Participant;
  /** Other people who wrote in it. */
  readonly others: readonly Participant[];
  readonly messages: readonly TranscriptMessage[];
  /** 1-based position among the parts of one conversation and day that were rendered together. */
  readonly part: {readonly number: number; readonly of: number};
}

/** Files whose message or object is archived already, or never came. Its originals are the `files` rows. */
export interface AddendumItem extends ItemCommon {
  readonly kind: 'addendum';
  /** The object that the files belong to, as `files` rows name it; absent for files of messages. */
  readonly objectId?: string | undefined;
  readonly conversation: ConversationFacts;
  readonly owner: Participant;
  readonly files: readonly AttachedFile[];
  /** The file came in time, but its item had no room for it. */
  readonly isOversize?: boolean;
}

/** Records of a stream that has no form of its own. */
export interface BatchItem extends ItemCommon {
  readonly kind: 'batch';
  readonly stream: string;
}

/** What is neither a message nor a file, in a form that people read. All text is untrusted. */
export interface DocumentItem extends ItemCommon {
  readonly kind: DocumentKind;
  readonly stream: string;
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly sections: readonly DocumentSection[];
  /** Whose object it is, or who acted. */
  readonly owner: Participant | undefined;
  /** Conversation whose thread it belongs to. */
  readonly conversationId: string | undefined;
  /** The object, as `files` rows name it, where it may hold files: they follow in its thread. */
  readonly objectId?: string | undefined;
  /** Files that the object holds. */
  readonly files?: readonly AttachedFile[];
}

export interface DocumentSection {
  readonly heading: string;
  readonly author?: string | undefined;
  /** ISO 8601. */
  readonly timestamp?: string | undefined;
  readonly facts?: readonly Fact[];
  readonly text?: string | undefined;
  readonly isMarkdown?: boolean;
  readonly code?: string | undefined;
}

export interface ConversationFacts {
  readonly id: string;
  /** Newest known title. Untrusted. */
  readonly title: string | undefined;
  readonly isTemporary: boolean;
  readonly gptName: string | undefined;
  readonly projectName: string | undefined;
  readonly mode: string | undefined;
}

export type Item = MessagesItem | AddendumItem | BatchItem | DocumentItem;

/** Id of the conversation that an item belongs to. */
export function conversationIdOf(item: Item): string | undefined {
  if (item.kind === 'messages') return item.conversation.id;
  if (item.kind === 'addendum') return item.objectId === undefined ? item.conversation.id : undefined;
  return item.kind === 'batch' ? undefined : item.conversationId;
}

/** What the thread of an item is about: a conversation, or an object with its files. */
export function threadIdOf(item: Item): string | undefined {
  if (item.kind === 'messages' || item.kind === 'batch') return conversationIdOf(item);
  return conversationIdOf(item) ?? item.objectId;
}

export function ownerOf(item: Item): Participant | undefined {
  return item.kind === 'batch' ? undefined : item.owner;
}

/** Addresses that items are filed under; from the configuration. */
export interface Addressing {
  /** Domain of Message-IDs, for example `chatgpt.invalid`. */
  readonly messageIdDomain: string;
  /** Address that stands for ChatGPT. */
  readonly assistantAddress: string;
  /** Address used for a participant who has none. */
  readonly fallbackAddress: string;
}

/** What the configuration says of how items look. */
export interface RenderSettings extends Addressing {
  /** IANA time zone in which transcripts tell times. */
  readonly timeZone: string;
  /** In the order they are configured; the first is the item, the others are copies of it. */
  readonly formats: Config['formats'];
  /** Headers that the administrator adds to every item, checked by the configuration. */
  readonly extraHeaders: readonly {readonly name: string; readonly value: string}[];
}
