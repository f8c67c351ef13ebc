// An item before it is composed, and what is still asked of it from then on.
import type {ItemFacts} from '../ledger/entry';
import type {ItemDecision, RecordRef, SettledFile} from '../ledger/ledger';
import {conversationIdOf, type Item, type Original, ownerOf, type Retention, threadIdOf} from '../render/item';
import {filesOf} from '../render/upload-bytes';
import type {ItemPlace} from '../targets/target';
import {maxInMemoryBytes} from './compose';

/** An item with what the ledger is to know of it. */
export interface PreparedItem {
  readonly item: Item;
  /** Its originals once more, none of them masked, for what is set aside; they need not be kept in memory until then. */
  readonly originals: () => readonly Original[];
  readonly stream: string;
  readonly records: readonly RecordRef[];
  readonly files: readonly SettledFile[];
  /** Names of the targets that it goes to. */
  readonly targets: readonly string[];
  /** What the rules said of it; undefined when they said nothing. */
  readonly decision: ItemDecision | undefined;
  /** Called when the item is durable and the ledger knows it. */
  readonly onDelivered: () => void;
  /** Called when its records are set aside, because a target will never take it or it cannot be rendered. */
  readonly onRefused: (areUploadsKept: boolean) => Promise<void>;
  /** Called when it stays open for the next run, because a target has failed. */
  readonly onLeftOpen: () => void;
}

/** The item without what it shows, which would fill the memory until its outcome: whoever composes it has that. */
export interface ItemHead extends Pick<PreparedItem, 'onDelivered' | 'onRefused' | 'onLeftOpen'> {
  readonly place: Omit<ItemPlace, 'ending'>;
  readonly facts: ItemFacts;
  readonly retention: Retention | undefined;
  readonly legalHold: string | undefined;
  /** As they are set aside. */
  readonly originals: () => readonly Original[];
}

export function toItemHead(prepared: PreparedItem): ItemHead {
  const {item, onDelivered, onRefused, onLeftOpen} = prepared;
  const {itemId, dateMs, retention, legalHold} = item;
  return {
    place: {itemId, dateMs, userId: ownerOf(item)?.id, conversationId: conversationIdOf(item)},
    facts: toFacts(prepared),
    retention,
    legalHold,
    originals: prepared.originals,
    onDelivered,
    onRefused,
    onLeftOpen,
  };
}

function toFacts({item, stream, records, files, targets, decision}: PreparedItem): ItemFacts {
  const threadId = threadIdOf(item);
  const owner = ownerOf(item)?.id;
  return {
    kind: item.kind,
    ...(owner === undefined ? {} : {owner}),
    date: new Date(item.dateMs).toISOString(),
    stream,
    records: records.map(toBare),
    files,
    conversation: threadId === undefined ? undefined : {id: threadId, subject: item.subject},
    policyVersion: item.policyVersion,
    targets,
    decision,
  };
}

/** Without whatever else is in it. */
function toBare({recordId, sha256}: RecordRef): RecordRef {
  return {recordId, sha256};
}

/** Bytes of an item for each character of an original: it is there as text, as a page and as it came. */
const bytesOfCharacter = 3;

/** Of one that is made on the disk: what it shows lies in memory until it is composed, as most of a batch is when it is full. */
const bytesOnDisk = 3 / 2;

/**
 * What an item takes in memory until it has its outcome, roughly: uploads only where the whole item stays there.
 * @param staysOnDisk whether it is made in a file, however small it is
 */
export function toMemoryBytes(item: Item, staysOnDisk: boolean): number {
  let characters = 0;
  for (const {text} of item.originals) characters += text.length;
  let uploads = 0;
  for (const {state} of filesOf(item)) if (state.kind === 'attached') uploads += state.size;
  return characters * (staysOnDisk ? bytesOnDisk : bytesOfCharacter) + Math.min(uploads, maxInMemoryBytes);
}
