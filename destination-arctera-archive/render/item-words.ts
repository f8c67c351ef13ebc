// What both bodies of an item say, in words: the text/plain and the text/html show the same facts.
import {attachmentKey, type NamedAttachment} from './attachment-names';
import {toHeaderText} from './header-text';
import type {AttachedFile, Item, TranscriptMessage} from './item';
import {describeParticipant} from './participants';
import {unreachable} from '../../core/errors';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface MessageWords {
  /** "Prompt", "Response", or the author type of anything else. */
  readonly heading: string;
  readonly time: string;
  readonly author: string;
  readonly model: string | undefined;
  readonly remarks: readonly string[];
}

const maxLine = 300;

export function describeItem(item: Item): {title: string; facts: Fact[]} {
  const {title, facts} = describeContent(item);
  return {title, facts: [...facts, ...describePolicy(item)]};
}

/** What the rules of the policy say of the item. */
function describePolicy({tags = [], retention, legalHold, redactions = []}: Item): Fact[] {
  const facts: Fact[] = [];
  if (tags.length > 0) facts.push({label: 'Tags', value: line(tags.join(', '))});
  if (retention !== undefined) {
    const days = retention.days === undefined ? '' : ` (${retention.days} days)`;
    facts.push({label: 'Retention', value: `${line(retention.category)}${days}`});
  }
  if (legalHold !== undefined) facts.push({label: 'Legal hold', value: line(legalHold)});
  if (redactions.length > 0) {
    const counts = redactions.map(({kind, count}) => `${count} ${kind.replaceAll('_', ' ')}`);
    facts.push({label: 'Redacted', value: line(`${counts.join(', ')} (masked by policy)`)});
  }
  return facts;
}

function describeContent(item: Item): {title: string; facts: Fact[]} {
  if (item.kind === 'batch') {
    const facts = [
      {label: 'Workspace', value: line(item.workspaceId)},
      {label: 'Stream', value: line(item.stream)},
      {label: 'Records', value: String(item.originals.length)},
    ];
    return {title: `Records of ${line(item.stream)}`, facts};
  }
  const {conversation} = item;
  const optional = (label: string, value: string | undefined): Fact[] =>
    value === undefined || line(value) === '' ? [] : [{label, value: line(value)}];
  const facts = [
    {label: 'Owner', value: describeParticipant(item.owner)},
    {label: 'Workspace', value: line(item.workspaceId)},
    {label: 'Conversation', value: line(conversation.id)},
    ...optional('GPT', conversation.gptName),
    ...optional('Project', conversation.projectName),
    ...optional('Mode', conversation.mode),
    ...(conversation.isTemporary ? [{label: 'Temporary chat', value: 'yes'}] : []),
    ...(item.kind === 'messages' ? [{label: 'Messages', value: String(item.messages.length)}] : []),
    ...(item.kind === 'messages' && item.part.of > 1
      ? [{label: 'Part', value: `${item.part.number} of ${item.part.of}`}]
      : []),
    ...(item.kind === 'addendum' ? [{label: 'Addendum', value: 'files of messages that are archived apart'}] : []),
  ];
  const title = line(conversation.title ?? '');
  return {title: title === '' ? 'ChatGPT conversation' : title, facts};
}

export function describeMessage(message: TranscriptMessage): MessageWords {
  const named = {user: 'Prompt', assistant: 'Response', other: line(message.authorType ?? '')}[message.role];
  return {
    heading: named === '' ? 'Other author' : named,
    time: describeTime(message.timestamp),
    author: message.role === 'assistant' ? 'ChatGPT' : describeParticipant(message.author),
    model: message.model === undefined ? undefined : line(message.model),
    remarks: [
      ...(message.isBranch ? ['Another branch: an earlier message follows the same message'] : []),
      ...(message.isLaterVersion ? ['Later version of a message shown before'] : []),
      ...(message.contentType === undefined ? [] : [`Content: ${line(message.contentType)}`]),
      ...message.remarks.map(line),
    ],
  };
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

/** UTC to the second, or what the API wrote when it is not UTC. */
function describeTime(timestamp: string | undefined): string {
  if (timestamp === undefined) return 'time unknown';
  const utc = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$/.exec(timestamp);
  return utc === null ? line(timestamp) : `${utc[1] ?? ''} ${utc[2] ?? ''} UTC`;
}

function describeSize(bytes: number): string {
  return `${String(bytes).replace(/\B(?=(?:\d{3})+$)/g, ',')} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

function line(text: string): string {
  return toHeaderText(text, maxLine);
}
