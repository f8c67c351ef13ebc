// Reads the text of a CONVERSATION_MESSAGE event tolerantly: what is missing or strange stays showable.
import {parse as parseLossless, stringify as stringifyLossless} from 'lossless-json';
import {toActor} from '../../contract/record-owner';
import {array, filled, isObject, type Json, object, parseJson, string} from '../../core/json-values';
import {toShownJson} from './shown-json';

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
  readonly tools: readonly string[];
  readonly skills: readonly string[];
  readonly client: string | undefined;
  readonly citations: readonly {readonly kind: string; readonly sources: readonly string[]}[];
  readonly files: readonly {readonly fileId: string; readonly name: string | undefined}[];
  readonly conversation: {
    readonly id: string | undefined;
    readonly title: string | undefined;
    readonly isTemporary: boolean;
    readonly gptName: string | undefined;
    readonly projectName: string | undefined;
    readonly mode: string | undefined;
  };
  /** All of it, parsed once for everyone who asks more; undefined when it is not JSON. */
  readonly data: unknown;
}

/** Reading numbers exactly costs many times the memory of the text. */
const maxExactLength = 1_000_000;

/** @param text the exact log line; one that is not a JSON object is an event of which nothing is known */
export function parseConversationEvent(text: string): ConversationEvent {
  const data = parseJson(text);
  const event = object(data);
  const message = object(event['message']);
  const author = object(message['author']);
  const content = object(message['content']);
  const conversation = object(event['conversation']);
  const shownText = toText(content) ?? filled(message['content']);
  return {
    eventId: string(event['event_id']) ?? '',
    timestamp: string(event['timestamp']),
    actor: toPerson(object(event['actor'])),
    messageId: filled(message['id']),
    previousMessageId: filled(event['previous_message_id']) ?? filled(message['parent_id']),
    authorType: string(author['type']) ?? string(author['role']),
    model: filled(author['model']),
    text: shownText,
    contentType: content['type'] === 'text' ? undefined : string(content['type']),
    otherContent: toOtherContent(message['content'], shownText, text),
    tools: strings(author['tools_used']),
    skills: strings(author['skills_used']),
    client: filled(author['client_type']),
    citations: toCitations(message, content),
    files: toFiles(message, content),
    conversation: {
      id: filled(conversation['id']),
      title: string(conversation['title']),
      isTemporary: conversation['is_temporary_chat'] === true,
      gptName: filled(conversation['gpt_name']),
      projectName: filled(conversation['project_name']),
      mode: filled(conversation['mode']),
    },
    data,
  };
}

function toPerson(actor: Json): ConversationEvent['actor'] {
  const person = toActor(actor);
  const {id = filled(actor['redacted_id']) ?? 'unknown', email} = person ?? {};
  return {id, email, isPerson: person !== undefined};
}

/** What the author wrote, or what the author quoted. */
function toText(content: Json): string | undefined {
  const {value, quote} = content;
  if (typeof value === 'string') return value;
  return content['type'] === 'quotation' && typeof quote === 'string' ? quote : undefined;
}

/** Content that is not text is shown as JSON, whatever it is, its numbers as they were written. */
function toOtherContent(value: unknown, text: string | undefined, eventText: string): string | undefined {
  if (value === null || value === undefined || typeof value === 'string') return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  if (!isObject(value)) return toShownJson(toExact(value, eventText), stringifyLossless);
  const told = new Set(['type', 'annotations']); // shown in other ways
  if (typeof value['value'] === 'string') told.add('value');
  if (text !== undefined) for (const key of ['file_id', 'file_name']) told.add(key);
  if (text !== undefined && text === value['quote']) told.add('quote');
  const isShown = ([key, each]: [string, unknown]): boolean => !told.has(key) && each !== null && each !== undefined;
  if (!Object.entries(value).some(isShown)) return undefined;
  const shown = Object.entries(object(toExact(value, eventText))).filter(isShown);
  return shown.length === 0 ? undefined : toShownJson(Object.fromEntries(shown), stringifyLossless);
}

/** The same content with numbers that keep their digits; as it is where a repeated key forbids that. */
function toExact(content: unknown, eventText: string): unknown {
  if (eventText.length > maxExactLength) return content;
  try {
    return object(object(parseLossless(eventText))['message'])['content'];
  } catch {
    return content;
  }
}

function toCitations(message: Json, content: Json): ConversationEvent['citations'] {
  return [...array(content['annotations']), ...array(message['annotations'])].map(object).map((annotation) => ({
    kind: filled(annotation['type']) ?? 'annotation',
    sources: [
      ...array(annotation['urls']),
      ...array(annotation['files']).map((file) => object(file)['name'] ?? object(file)['id']),
      annotation['action_domain'],
      annotation['action_name'],
    ].filter(isFilled),
  }));
}

function strings(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter(isString);
}

function isFilled(value: unknown): value is string {
  return filled(value) !== undefined;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
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
