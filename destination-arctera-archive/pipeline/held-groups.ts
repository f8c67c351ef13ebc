// Holds messages until their group is archived: by conversation and day, by conversation and log file, by conversation, or singly.
import type {Config} from '../config';
import type {Original} from '../render/item';
import type {HeldRecord} from './held-batches';
import type {Receipt} from './receipt';
import {type StoredText, TextStore} from './text-store';

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

  whole(): Original {
    const {recordId, sha256} = this;
    return {recordId, sha256, text: this.text.read()};
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

export class HeldGroups {
  private groups = new Map<string, HeldGroup>();
  private readonly byRecordId = new Map<string, HeldMessage>();
  private readonly day: (timestamp: string | undefined) => string;
  private texts = new TextStore();
  private bytes = 0;

  constructor(
    readonly grouping: Config['grouping'],
    timeZone: string
  ) {
    this.day = dayIn(timeZone);
  }

  get heldBytes(): number {
    return this.bytes;
  }

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
    this.bytes += text.size + 500; // what the bookkeeping of a message costs, roughly
  }

  /** All groups, each conversation's in order of time. */
  takeAll(): HeldGroup[] {
    const taken = [...this.groups.values()].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
    this.groups = new Map();
    this.byRecordId.clear();
    this.texts = new TextStore();
    this.bytes = 0;
    return taken;
  }

  private orderOf(message: HeldMessage, facts: GroupFacts): string {
    if (facts.conversationId === undefined || this.grouping === 'message') {
      return `${facts.timestamp ?? ''} ${message.original.recordId}`;
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

function dayIn(timeZone: string): (timestamp: string | undefined) => string {
  if (timeZone === 'UTC') return (timestamp) => timestamp?.slice(0, 10) ?? '';
  const format = new Intl.DateTimeFormat('en-CA', {timeZone, year: 'numeric', month: '2-digit', day: '2-digit'});
  return (timestamp) => {
    const ms = Date.parse(timestamp ?? '');
    return Number.isFinite(ms) ? format.format(ms) : '';
  };
}
