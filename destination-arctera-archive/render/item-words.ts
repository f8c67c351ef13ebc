// What both bodies of an item say, in words: the text/plain and the text/html show the same facts.
import {attachmentKey, type NamedAttachment} from './attachment-names';
import type {Fact} from './fact';
import {toHeaderText} from './header-text';
import type {BranchMark} from './branch-marks';
import type {AddendumItem, AttachedFile, DocumentItem, Item, MessagesItem, TranscriptMessage} from './item';
import {describeParticipant} from './participants';
import type {TimeWords} from './time-words';
import {filesOf} from './upload-bytes';
import {unreachable} from '../../core/errors';
import {compareTimes} from '../../core/micros';

export interface MessageWords {
  /** Number, and "Prompt", "Response" or the author type of anything else. */
  readonly heading: string;
  readonly author: string;
  readonly time: string;
  /** Model, tools, client and the like. */
  readonly facts: readonly Fact[];
  /** Where the message stands among branches and versions. */
  readonly marks: readonly string[];
  readonly citations: readonly Fact[];
}

export const maxLine = 300;
/** Of lists that a transcript tells in one line. */
const maxListed = 30;

export function describeItem(item: Item, time: TimeWords): {title: string; facts: Fact[]} {
  const {title, facts} = describeContent(item, time);
  return {title, facts: [...facts, ...describePolicy(item)]};
}

/** What the rules of the policy say of the item: all of it, however many rules it matches, because people look for a tag. */
function describePolicy({tags = [], retention, legalHold, redactions = []}: Item): Fact[] {
  const facts: Fact[] = [];
  if (tags.length > 0) facts.push({label: 'Tags', value: tags.map(line).join(', ')});
  if (retention !== undefined) {
    const days = retention.days === undefined ? '' : ` (${retention.days} days)`;
    facts.push({label: 'Retention', value: `${line(retention.category)}${days}`});
  }
  if (legalHold !== undefined) facts.push({label: 'Legal hold', value: legalHold.split(', ').map(line).join(', ')});
  if (redactions.length > 0) {
    const counts = redactions.map(({kind, count}) => `${count} ${kind.replaceAll('_', ' ')}`);
    facts.push({label: 'Redacted', value: `${counts.map(line).join(', ')} (masked by policy)`});
  }
  return facts;
}

function describeContent(item: Item, time: TimeWords): {title: string; facts: Fact[]} {
  if (item.kind === 'batch') {
    const facts = [
      {label: 'Workspace', value: line(item.workspaceId)},
      {label: 'Stream', value: line(item.stream)},
      {label: 'Records', value: String(item.originals.length)},
    ];
    return {title: `Records of ${line(item.stream)}`, facts};
  }
  if (item.kind !== 'messages' && item.kind !== 'addendum') return describeDocument(item);
  const {conversation} = item;
  const facts = [
    {label: 'Owner', value: describeParticipant(item.owner)},
    ...(item.kind === 'messages' ? peopleFacts(item) : []),
    ...optional('GPT', conversation.gptName),
    ...optional('Project', conversation.projectName),
    ...optional('Mode', conversation.mode),
    ...(conversation.isTemporary ? [{label: 'Temporary chat', value: 'yes'}] : []),
    ...(item.kind === 'messages' ? messagesFacts(item, time) : []),
    ...(item.kind === 'addendum' ? [{label: 'Addendum', value: addendumOf(item)}] : []),
    {label: 'Workspace', value: line(item.workspaceId)},
    ...(item.kind === 'addendum' && item.objectId !== undefined
      ? [{label: 'Object', value: line(item.objectId)}]
      : [{label: 'Conversation', value: line(conversation.id)}]),
  ];
  const isOfObject = item.kind === 'addendum' && item.objectId !== undefined;
  const title = line(isOfObject ? item.subject : (conversation.title ?? ''));
  return {title: title === '' ? 'ChatGPT conversation' : title, facts};
}

function addendumOf({objectId, isOversize = false}: AddendumItem): string {
  if (isOversize) {
    const owner = objectId === undefined ? 'message' : 'object';
    return `a file that was too large to go with its ${owner}, which is archived apart in the same thread`;
  }
  return objectId === undefined
    ? 'files of messages that are archived apart'
    : 'files of an object that is archived apart';
}

function peopleFacts({others}: MessagesItem): Fact[] {
  return listed('Others', others.map(describeParticipant));
}

function describeDocument(item: DocumentItem): {title: string; facts: Fact[]} {
  const facts = [
    // A deletion says who deleted; whose the conversation was, its own items tell.
    ...(item.owner === undefined || item.kind === 'tombstone'
      ? []
      : [{label: 'Owner', value: describeParticipant(item.owner)}]),
    ...item.facts.flatMap(({label, value}) => optional(line(label), value)),
    {label: 'Stream', value: line(item.stream)},
    {label: 'Workspace', value: line(item.workspaceId)},
    ...optional('Conversation', item.conversationId),
    ...attachmentFacts(item.files ?? []),
  ];
  return {title: line(item.title) || 'Record', facts};
}

/** What a reader wants to know before reading: when, how much, by which model, and whether anything is out of line. */
function messagesFacts(item: MessagesItem, time: TimeWords): Fact[] {
  const {messages, part} = item;
  const {first, last} = periodOf(messages);
  const period = first === last ? time.describe(first) : `${time.describe(first)} to ${time.describe(last)}`;
  return [
    {label: 'Period', value: period},
    {label: 'Messages', value: describeMessageCount(messages)},
    ...(part.of > 1 ? [{label: 'Part', value: `${part.number} of ${part.of}`}] : []),
    ...listed('Models', distinct(messages.flatMap(modelsOf))),
    ...listed('Tools used', distinct(messages.flatMap(toolsOf))),
    ...attachmentFacts(filesOf(item)),
  ];
}

/** The model that wrote it, where one did. */
export function modelsOf({model}: TranscriptMessage): readonly string[] {
  return model === undefined ? [] : [model];
}

function toolsOf({tools}: TranscriptMessage): readonly string[] {
  return tools;
}

function periodOf(messages: readonly TranscriptMessage[]): Record<'first' | 'last', string | undefined> {
  let first: string | undefined;
  let last: string | undefined;
  for (const {timestamp} of messages) {
    if (timestamp === undefined) continue;
    if (first === undefined || compareTimes(timestamp, first) < 0) first = timestamp;
    if (last === undefined || compareTimes(timestamp, last) > 0) last = timestamp;
  }
  return {first, last};
}

function describeMessageCount(messages: readonly TranscriptMessage[]): string {
  let prompts = 0;
  let responses = 0;
  for (const {role} of messages) {
    if (role === 'user') prompts += 1;
    else if (role === 'assistant') responses += 1;
  }
  const counts = [describeCount(prompts, 'prompt'), describeCount(responses, 'response')];
  const others = messages.length - prompts - responses;
  if (others > 0) counts.push(describeCount(others, 'other', 'others'));
  return `${messages.length} (${counts.join(', ')})`;
}

function attachmentFacts(files: readonly AttachedFile[]): Fact[] {
  if (files.length === 0) return [];
  const count = (kind: AttachedFile['state']['kind']): number => files.filter(({state}) => state.kind === kind).length;
  const counts = [
    [count('attached'), 'captured'],
    [count('elsewhere'), 'in another item'],
    [count('awaited'), 'not read yet'],
    [count('apart'), 'in items of their own'],
    [count('missing') + count('not_selected'), 'not captured'],
    [count('replaced'), 'left out by policy'],
  ] as const;
  const told = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return [{label: 'Attachments', value: told.join(', ')}];
}

export function describeMessage(message: TranscriptMessage, mark: BranchMark, time: TimeWords): MessageWords {
  const {role, authorType, author, timestamp, model, tools, skills, client, contentType} = message;
  const named = role === 'user' ? 'Prompt' : role === 'assistant' ? 'Response' : line(authorType ?? '');
  const facts: Fact[] = [];
  facts.push(...optional('Model', model));
  if (tools.length > 0) facts.push(...listed('Tools', tools));
  if (skills.length > 0) facts.push(...listed('Skills', skills));
  facts.push(...optional('Client', client), ...optional('Content', contentType));
  return {
    heading: `${mark.number}. ${named === '' ? 'Other author' : named}`,
    author: role === 'assistant' ? 'ChatGPT' : describeParticipant(author),
    time: time.describe(timestamp),
    facts,
    marks: describeMark(mark, role),
    citations: message.citations.slice(0, maxListed).map(({kind, sources}) => ({
      label: `Cites (${line(kind).replaceAll('_', ' ')})`,
      value: listOf(sources),
    })),
  };
}

function describeMark({number, follows, branch, version}: BranchMark, role: TranscriptMessage['role']): string[] {
  const marks: string[] = [];
  if (branch !== undefined) {
    const what = {user: 'the prompt was edited', assistant: 'the response was regenerated', other: 'another message'};
    const why = branch.number === 1 ? 'others are shown below' : what[role];
    const behind = follows === undefined || follows === 'elsewhere' ? '' : `, after message ${follows}`;
    marks.push(`Branch ${branch.number} of ${branch.of}${behind}: ${why}`);
  } else if (typeof follows === 'number' && follows !== number - 1 && (version?.number ?? 1) === 1) {
    marks.push(`Follows message ${follows}`);
  }
  if (version !== undefined) marks.push(`Version ${version.number} of ${version.of} of this message`);
  if (follows === 'elsewhere') marks.push('Follows a message that is not in this item');
  return marks;
}

export function describeFile(file: AttachedFile, named: ReadonlyMap<string, NamedAttachment>): string {
  const name = line(file.name ?? '');
  const shown = name === '' ? line(file.fileId) : name;
  const {state} = file;
  switch (state.kind) {
    case 'attached': {
      const attachedAs = named.get(attachmentKey(file.fileId, state.sha256))?.name ?? shown;
      const renamed = attachedAs === shown ? '' : ` as ${attachedAs}`;
      return `${shown} — captured${renamed}, ${describeSize(state.size)}, sha256 ${state.sha256}`;
    }
    case 'elsewhere': {
      const hash = state.sha256 === undefined ? '' : `, sha256 ${state.sha256}`;
      return `${shown} — in item ${state.itemId} of this archive${hash}`;
    }
    case 'missing':
      return `${shown} — ${reasons[state.outcome]}`;
    case 'awaited':
      return `${shown} — not read yet; follows as an addendum`;
    case 'apart':
      return `${shown} — too large for this item, ${describeSize(state.size)}; follows as an item of its own`;
    case 'not_selected':
      return `${shown} — not captured: the connection does not select the bytes of files`;
    case 'replaced':
      return `${shown} — left out by policy: ${line(state.reason)}`;
    default:
      return unreachable(state);
  }
}

const reasons = {
  expired: 'not captured: ChatGPT no longer held the file when it was read',
  not_found: 'not captured: ChatGPT does not know the file',
  forbidden: 'not captured: the key may not read this file',
  too_large: 'not captured: the file is larger than the connector accepts',
  unavailable: 'not captured: the file could not be read within 48 hours',
} as const satisfies Record<Extract<AttachedFile['state'], {kind: 'missing'}>['outcome'], string>;

function describeSize(bytes: number): string {
  return `${String(bytes).replace(/\B(?=(?:\d{3})+$)/g, ',')} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

export function line(text: string): string {
  return toHeaderText(text, maxLine);
}

function optional(label: string, value: string | undefined): Fact[] {
  if (value === undefined) return [];
  const shown = line(value);
  return shown === '' ? [] : [{label, value: shown}];
}

function listed(label: string, values: readonly string[]): Fact[] {
  return values.length === 0 ? [] : [{label, value: listOf(values)}];
}

function listOf(values: readonly string[]): string {
  const more = values.length > maxListed ? `, and ${values.length - maxListed} more` : '';
  return `${values.slice(0, maxListed).map(line).join(', ')}${more}`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

function describeCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
