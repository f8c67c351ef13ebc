// An item as RSMF: participants, one conversation, and an event for each message, with the files they name.
import {sha256Hex, sha256OfParts} from '../../core/digest';
import {toSortableTime} from '../../core/micros';
import {
  nameAttachments,
  type NamedAttachment,
  itemRecordName,
  originalsName,
  toSafeName,
  TakenNames,
} from './attachment-names';
import {attachmentKey} from './attachment-names';
import {type BranchMark, toBranchMarks} from './branch-marks';
import {toEventsJsonl} from './events-jsonl';
import {
  type AttachedFile,
  type Item,
  ownerOf,
  type Participant,
  type RenderSettings,
  threadIdOf,
  type TranscriptMessage,
} from './item';
import type {Fact} from './fact';
import {describeFile, describeItem, line} from './item-words';
import {usableAddress} from './participants';
import {toReadableText} from './readable-text';
import {entryText} from './plain-text';
import {manifestName, type RsmfEvent, type RsmfManifest} from './rsmf-manifest';
import {toTimeWords} from './time-words';
import {toTranscript} from './transcript';
import {filesOf, uploadBytes} from './upload-bytes';
import type {ZipEntry} from './zip-stream';

export interface Rsmf {
  readonly manifest: RsmfManifest;
  /** Everything in the zip beside the manifest. */
  readonly files: readonly (ZipEntry & {readonly size: number})[];
}

const assistant: Participant = {id: 'chatgpt', name: 'ChatGPT', email: undefined};
/** For items whose date nothing can express. */
const epoch = '1970-01-01T00:00:00.000000Z';

export function toRsmf(item: Item, settings: RenderSettings, record: string): Rsmf {
  const files = new RsmfFiles(item);
  const owner = ownerOf(item) ?? assistant;
  const people = distinctPeople([
    owner,
    ...(item.kind === 'messages' ? [...item.others, ...item.messages.map(({author}) => author)] : []),
    assistant,
  ]);
  const conversation = (threadIdOf(item) ?? (item.kind === 'batch' ? item.stream : '')) || 'unknown';
  const drafts = [...toEvents(item, settings, files), originalsEvent(item, record, files)];
  const {title, facts} = describeItem(item, toTimeWords(settings.timeZone, line));
  return {
    manifest: {
      version: '2.0.0',
      eventcollectionid: sha256OfParts([item.workspaceId, conversation]),
      participants: people.map(toParticipant),
      conversations: [
        {
          id: conversation,
          platform: 'chatgpt',
          type: 'direct',
          display: title,
          participants: people.map(({id}) => toId(id)),
          custodian: toId(owner.id),
          custom: toCustom(facts),
        },
      ],
      events: finish(drafts, conversation, item.dateMs),
    },
    files: files.all,
  };
}

type Draft = Omit<RsmfEvent, 'conversation' | 'timestamp'> & {readonly timestamp: string | undefined};

function toEvents(item: Item, settings: RenderSettings, files: RsmfFiles): Draft[] {
  if (item.kind === 'messages') {
    const marks = toBranchMarks(item.messages);
    return item.messages.map((message, at) => toMessageEvent(message, marks[at], files));
  }
  if (item.kind === 'addendum') {
    const attachments = files.attach(item.files);
    const participant = toId(item.owner.id);
    return [{type: 'message', id: 'files', body: 'Files', participant, timestamp: undefined, attachments}];
  }
  const held = item.kind === 'batch' ? [] : (item.files ?? []);
  return toTranscript(item, files.named, settings).entries.map((entry, at) => ({
    type: 'unknown',
    id: `record-${at + 1}`,
    body: entryText(entry),
    participant: assistant.id,
    timestamp: item.kind === 'batch' ? undefined : item.sections[at]?.timestamp,
    ...(entry.files.length === 0 ? {} : {attachments: files.attach(held)}),
  }));
}

function toMessageEvent(message: TranscriptMessage, mark: BranchMark | undefined, files: RsmfFiles): Draft {
  const {author, role, text, otherContent, citations} = message;
  const attachments = files.attach(message.files);
  const at = (position: BranchMark['branch']): string | undefined =>
    position === undefined ? undefined : `${position.number} of ${position.of}`;
  const facts: [string, string | undefined][] = [
    ['source_message_id', message.messageId],
    ['source_parent_id', message.previousMessageId],
    ['branch', at(mark?.branch)],
    ['version', at(mark?.version)],
    ['author_type', message.authorType],
    ['model', message.model],
    ['tools', message.tools.join(', ')],
    ['skills', message.skills.join(', ')],
    ['client', message.client],
    ['content', message.contentType],
    ...citations.map(({kind, sources}): [string, string] => [`cites_${line(kind)}`, sources.join(', ')]),
    ...message.files
      .filter(({state}) => state.kind !== 'attached')
      .map((file): [string, string] => ['unavailable_file', describeFile(file, files.named)]),
  ];
  return {
    type: 'message',
    id: message.eventId,
    body: [text, otherContent].flatMap((each) => (each === undefined ? [] : [toReadableText(each)])).join('\n\n'),
    participant: toId(author.id),
    timestamp: message.timestamp,
    direction: role === 'user' ? 'outgoing' : 'incoming',
    ...(attachments.length === 0 ? {} : {attachments}),
    custom: toCustom(facts.map(([label, value]) => ({label, value: value ?? ''}))),
  };
}

/** The evidence travels with the item: a review tool shows it as the last event. */
function originalsEvent(item: Item, record: string, files: RsmfFiles): Draft {
  return {
    type: 'disclaimer',
    id: 'originals',
    body: `The originals of this item are attached as ${originalsName}.`,
    participant: assistant.id,
    timestamp: 'last',
    attachments: [files.addOriginals(item), files.add(itemRecordName, Buffer.from(record))],
  };
}

/** Ids become unique, times usable, and the order that of time; thread order where times are equal. */
function finish(drafts: readonly Draft[], conversation: string, dateMs: number): RsmfEvent[] {
  const dated = drafts.map(({timestamp, ...draft}) => ({
    ...draft,
    timestamp: toTimestamp(timestamp) ?? toTimestamp(new Date(dateMs).toISOString()) ?? epoch,
    hasTime: toTimestamp(timestamp) !== undefined || timestamp === 'last',
  }));
  const last = dated.reduce((latest, {timestamp}) => (latest > timestamp ? latest : timestamp), '');
  const taken = new Set<string>();
  return dated
    .map((event) => (event.id === 'originals' ? {...event, timestamp: last} : event))
    .sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
    .map(({hasTime, custom, ...event}) => {
      const id = toUnique(toId(event.id), taken);
      const facts = [...(custom ?? []), ...(hasTime ? [] : [{name: 'time', value: 'not known; that of the item'}])];
      return {...event, id, conversation, ...(facts.length === 0 ? {} : {custom: facts})};
    });
}

/** With six digits of a second, in UTC, so that text order is time order. A day that no calendar has is no time. */
function toTimestamp(timestamp: string | undefined): string | undefined {
  return toSortableTime(timestamp ?? '');
}

function toUnique(id: string, taken: Set<string>): string {
  let unique = id;
  for (let number = 2; taken.has(unique); number++) unique = `${id}#${number}`;
  taken.add(unique);
  return unique;
}

function toId(id: string): string {
  return line(id) === '' ? 'unknown' : line(id);
}

function toParticipant({id, name, email}: Participant): RsmfManifest['participants'][number] {
  const address = usableAddress({id, name, email});
  return {
    id: toId(id),
    display: line(name ?? email ?? id) || 'unknown',
    account_id: toId(id),
    ...(address === undefined ? {} : {email: address}),
  };
}

function distinctPeople(people: readonly Participant[]): Participant[] {
  const byId = new Map<string, Participant>();
  for (const person of people) if (!byId.has(toId(person.id))) byId.set(toId(person.id), person);
  return [...byId.values()];
}

/** Empty values are left out: the format forbids them. */
function toCustom(facts: readonly Fact[]): {name: string; value: string}[] {
  return facts.flatMap(({label, value}) => {
    const shown = line(value);
    return shown === '' ? [] : [{name: line(label) || 'fact', value: shown}];
  });
}

/** Files of the zip under unique names, a note in place of each that is not there. */
class RsmfFiles {
  readonly all: (ZipEntry & {readonly size: number})[] = [];
  readonly named: ReadonlyMap<string, NamedAttachment>;
  private readonly taken: TakenNames;

  constructor(item: Item) {
    this.named = nameAttachments(filesOf(item), [manifestName]);
    const names = [...this.named.values()].map(({name}) => name);
    this.taken = new TakenNames([originalsName, itemRecordName, manifestName, ...names]);
    for (const attachment of this.named.values()) {
      const {name, state} = attachment;
      this.all.push({name, isStored: true, size: state.size, content: () => uploadBytes(attachment)});
    }
  }

  attach(files: readonly AttachedFile[]): NonNullable<RsmfEvent['attachments']> {
    return files.map((file) => {
      const {state} = file;
      const found = state.kind === 'attached' ? this.named.get(attachmentKey(file.fileId, state.sha256)) : undefined;
      if (found !== undefined)
        return {id: found.name, display: line(file.name ?? '') || found.name, size: found.state.size};
      return this.addNote(file);
    });
  }

  addOriginals(item: Item): NonNullable<RsmfEvent['attachments']>[number] {
    const pieces = (): Iterable<Buffer> => toEventsJsonl(item.originals);
    let size = 0;
    for (const piece of pieces()) size += piece.length;
    this.all.push({name: originalsName, isStored: false, size, content: pieces});
    return {id: originalsName, display: originalsName, size};
  }

  add(name: string, bytes: Buffer): NonNullable<RsmfEvent['attachments']>[number] {
    this.all.push({name, isStored: false, size: bytes.length, content: () => [bytes]});
    return {id: name, display: name, size: bytes.length};
  }

  private addNote(file: AttachedFile): NonNullable<RsmfEvent['attachments']>[number] {
    const stem = toSafeName(undefined, file.fileId).replace(/^file-(?=file)/, '');
    const name = this.taken.take(`${stem}_UNAVAILABLE.txt`);
    return this.add(name, Buffer.from(`${describeFile(file, this.named)}\n`));
  }
}

/** Short and stable: identifies the item among the formats it is delivered in. */
export function rsmfBoundary(itemId: string): string {
  return `=_rsmf-${sha256Hex(itemId).slice(0, 32)}`;
}
