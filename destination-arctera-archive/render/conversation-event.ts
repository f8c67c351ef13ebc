// Reads the text of a CONVERSATION_MESSAGE event tolerantly: what is missing or strange stays showable.
import {parse as parseLossless, stringify as stringifyLossless} from 'lossless-json';

/** The facts of one event that items are made from. */
export interface ConversationEvent {
  readonly eventId: string;
  readonly timestamp: string | undefined;
  readonly actor: {readonly id: string; readonly email: string | undefined; readonly isPerson: boolean};
  readonly messageId: string | undefined;
  readonly previousMessageId: string | undefined;
  readonly authorType: string | undefined;
  readonly model: string | undefined;
  readonly text: string | undefined;
  readonly contentType: string | undefined;
  readonly otherContent: string | undefined;
  readonly remarks: readonly string[];
  readonly files: readonly {readonly fileId: string; readonly name: string | undefined}[];
  readonly conversation: {
    readonly id: string | undefined;
    readonly title: string | undefined;
    readonly isTemporary: boolean;
    readonly gptName: string | undefined;
    readonly projectName: string | undefined;
    readonly mode: string | undefined;
  };
}

/** Reading numbers exactly costs many times the memory of the text. */
const maxExactLength = 1_000_000;

type Json = Readonly<Record<string, unknown>>;

/** @param text the exact log line; one that is not a JSON object is an event of which nothing is known */
export function parseConversationEvent(text: string): ConversationEvent {
  const event = object(parseJson(text));
  const message = object(event['message']);
  const author = object(message['author']);
  const content = object(message['content']);
  const conversation = object(event['conversation']);
  const value = content['value'];
  return {
    eventId: string(event['event_id']) ?? '',
    timestamp: string(event['timestamp']),
    actor: toActor(object(event['actor'])),
    messageId: filled(message['id']),
    previousMessageId: filled(event['previous_message_id']) ?? filled(message['parent_id']),
    authorType: string(author['type']) ?? string(author['role']),
    model: filled(author['model']),
    text: typeof value === 'string' ? value : undefined,
    contentType: content['type'] === 'text' ? undefined : string(content['type']),
    otherContent: toOtherContent(content, text),
    remarks: toRemarks(author, content),
    files: toFiles(message, content),
    conversation: {
      id: filled(conversation['id']),
      title: string(conversation['title']),
      isTemporary: conversation['is_temporary_chat'] === true,
      gptName: filled(conversation['gpt_name']),
      projectName: filled(conversation['project_name']),
      mode: filled(conversation['mode']),
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toActor(actor: Json): ConversationEvent['actor'] {
  const id = filled(actor['user_id']) ?? filled(actor['redacted_id']) ?? filled(actor['provider_user_id']) ?? 'unknown';
  return {id, email: filled(actor['user_email']), isPerson: actor['type'] === 'ACCOUNT_USER'};
}

/** Content that is not a plain string is shown as JSON, whatever it is, its numbers as they were written. */
function toOtherContent(content: Json, eventText: string): string | undefined {
  if (Object.keys(content).length === 0 || typeof content['value'] === 'string') return undefined;
  const told = new Set(['type', 'annotations']); // shown in other ways
  const shown = Object.entries(toExact(content, eventText)).filter(
    ([key, each]) => !told.has(key) && each !== null && each !== undefined
  );
  if (shown.length === 0) return undefined;
  try {
    return stringifyLossless(Object.fromEntries(shown));
  } catch {
    return '[Nested too deeply to be shown; the whole of it is in events.jsonl]';
  }
}

/** The same content with numbers that keep their digits; as it is where a repeated key forbids that. */
function toExact(content: Json, eventText: string): Json {
  if (eventText.length > maxExactLength) return content;
  try {
    return object(object(object(parseLossless(eventText))['message'])['content']);
  } catch {
    return content;
  }
}

function toRemarks(author: Json, content: Json): string[] {
  const remarks = [
    ...labelled('tools', author['tools_used']),
    ...labelled('skills', author['skills_used']),
    ...labelled('client', author['client_type']),
  ];
  for (const annotation of array(content['annotations']).map(object)) {
    const kind = string(annotation['type']) ?? 'annotation';
    const what = [
      ...array(annotation['urls']),
      ...array(annotation['files']).map((file) => object(file)['name'] ?? object(file)['id']),
      annotation['action_domain'],
      annotation['action_name'],
    ];
    const shown = what.filter((each): each is string => typeof each === 'string' && each !== '');
    remarks.push(`${kind.replaceAll('_', ' ')}: ${shown.join(', ')}`);
  }
  return remarks;
}

function labelled(label: string, value: unknown): string[] {
  const values = (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string');
  return values.length === 0 ? [] : [`${label}: ${values.join(', ')}`];
}

/** Every file an event names, each once: in the message, in a quotation, in a citation. */
function toFiles(message: Json, content: Json): ConversationEvent['files'] {
  const found = new Map<string, string | undefined>();
  const add = (id: unknown, name: unknown): void => {
    const fileId = filled(id);
    if (fileId !== undefined && found.get(fileId) === undefined) found.set(fileId, filled(name));
  };
  for (const file of array(message['files']).map(object)) add(file['id'], file['name']);
  add(content['file_id'], content['file_name']);
  for (const annotation of [...array(content['annotations']), ...array(message['annotations'])].map(object)) {
    for (const file of array(annotation['files']).map(object)) add(file['id'], file['name']);
  }
  return [...found].map(([fileId, name]) => ({fileId, name}));
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
