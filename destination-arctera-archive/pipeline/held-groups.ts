// Holds messages until their group is archived: by conversation and day, by conversation and log file, by conversation, or singly.
import {toSortableTime} from '../../core/micros';
import type {Config} from '../config';
import type {StoredText, TextStore} from '../ledger/text-store';
import type {Original} from '../render/item';
import {toUnixMs} from '../render/time-words';
import type {HeldRecord} from './held-batches';
import type {Receipt} from './receipt';

/** The original of a held message, its text put by. */
class HeldOriginal {
  readonly recordId: string;
  readonly sha256: string;

  constructor(
    {recordId, sha256}: Original,
    private readonly text: StoredText
  ) {
    this.recordId = recordId;
    this.sha256 = sha256;
  }

  /** What the message takes: its text, and roughly what its bookkeeping costs. */
  get heldBytes(): number {
    return this.text.size + 500;
  }

  whole(): Original {
    const {recordId, sha256} = this;
    return {recordId, sha256, text: this.text.read()};
  }

  /** To be called once, when the message has its outcome. */
  release(): void {
    this.text.release();
  }
}

export interface HeldMessage {
  readonly original: HeldOriginal;
  /** The record's own receipt, then those of repeats that came while it was held. */
  readonly receipt: Receipt;
  readonly repeats: Receipt[];
}

export interface HeldGroup {
  /** Empty where the event names no conversation. */
  readonly conversationId: string;
  readonly order: string;
  readonly messages: HeldMessage[];
}

export interface GroupFacts {
  readonly conversationId: string | undefined;
  readonly timestamp: string | undefined;
  readonly logFileId: string | undefined;
}

/** Share of what may be held at which the conversations that began first go, and the share of them that stays then. */
export const fullShare = 3 / 4;
export const keptShare = 2 / 3;

/** A larger group goes in pieces: all of one is read back and put in order at once. */
const maxTakenBytes = 8 * 1024 * 1024;

export class HeldGroups {
  /** In the order in which their first message came. */
  private readonly groups = new Map<string, HeldGroup>();
  private readonly byRecordId = new Map<string, HeldMessage>();
  private readonly day: (timestamp: string | undefined) => string;
  private waiting = 0;
  private taken = 0;

  constructor(
    readonly grouping: Config['grouping'],
    timeZone: string,
    private readonly texts: TextStore
  ) {
    this.day = dayIn(timeZone);
  }

  /** Of messages that wait, and of those on their way to an item. */
  get heldBytes(): number {
    return this.waiting + this.taken;
  }

  get waitingBytes(): number {
    return this.waiting;
  }

  /** A message that waits or is on its way to an item. */
  find(recordId: string): HeldMessage | undefined {
    return this.byRecordId.get(recordId);
  }

  add(added: HeldRecord, facts: GroupFacts): void {
    const text = this.texts.keep(added.original.text);
    const message = {...added, original: new HeldOriginal(added.original, text)};
    const order = this.orderOf(message, facts);
    const conversationId = facts.conversationId ?? '';
    const key = JSON.stringify([conversationId, order]);
    const group = this.groups.get(key);
    if (group === undefined) this.groups.set(key, {conversationId, order, messages: [message]});
    else group.messages.push(message);
    this.byRecordId.set(message.original.recordId, message);
    this.waiting += message.original.heldBytes;
  }

  /** All groups, each conversation's in order of time. Their messages are held until they are forgotten. */
  takeAll(): HeldGroup[] {
    return this.takeOldest(-1).sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  }

  /** The groups that began first, until no more than so many bytes wait. */
  takeOldest(waitingBytes: number): HeldGroup[] {
    const taken: HeldGroup[] = [];
    for (const [key, group] of this.groups) {
      if (this.waiting <= waitingBytes) break;
      this.groups.delete(key);
      const bytes = group.messages.reduce((sum, {original}) => sum + original.heldBytes, 0);
      if (bytes <= maxTakenBytes) taken.push(group);
      else for (const piece of toPieces(group)) taken.push(piece);
      this.waiting -= bytes;
      this.taken += bytes;
    }
    return taken;
  }

  /** To be called when a message that was taken has its outcome; of any other record it does nothing. */
  forget(recordId: string): void {
    const message = this.byRecordId.get(recordId);
    if (message === undefined) return;
    this.byRecordId.delete(recordId);
    this.taken -= message.original.heldBytes;
    message.original.release();
  }

  /** Nothing that is held can be asked for afterwards. */
  close(): void {
    this.texts.close();
  }

  private orderOf(message: HeldMessage, facts: GroupFacts): string {
    if (facts.conversationId === undefined || this.grouping === 'message') {
      return `${inOneForm(facts.timestamp)} ${message.original.recordId}`;
    }
    switch (this.grouping) {
      case 'conversation_day':
        return this.day(facts.timestamp);
      case 'conversation_window':
        return facts.logFileId ?? '';
      case 'interaction':
        return ''; // a response may come before its prompt: only what was held together shows who answers whom
    }
  }
}

/** In the order in which the messages came. */
function toPieces(group: HeldGroup): readonly HeldGroup[] {
  const pieces: HeldGroup[] = [];
  let bytes = maxTakenBytes;
  for (const message of group.messages) {
    const {heldBytes} = message.original;
    if (bytes + heldBytes > maxTakenBytes) {
      pieces.push({...group, messages: []});
      bytes = 0;
    }
    pieces.at(-1)?.messages.push(message);
    bytes += heldBytes;
  }
  return pieces;
}

/** As it is where it is no time. */
function inOneForm(timestamp: string | undefined): string {
  return timestamp === undefined ? '' : (toSortableTime(timestamp) ?? timestamp);
}

function dayIn(timeZone: string): (timestamp: string | undefined) => string {
  if (timeZone === 'UTC') return (timestamp) => inOneForm(timestamp).slice(0, 10);
  const format = new Intl.DateTimeFormat('en-CA', {timeZone, year: 'numeric', month: '2-digit', day: '2-digit'});
  return (timestamp) => {
    const ms = toUnixMs(timestamp ?? '');
    return Number.isFinite(ms) ? format.format(ms) : '';
  };
}
