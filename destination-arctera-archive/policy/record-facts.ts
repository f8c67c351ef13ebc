// What rules can ask of one record, read tolerantly from its exact text.
import {array, filled, type Json, object, parseJson} from '../../core/json-values';
import {toSortableTime} from '../../core/micros';
import {isFieldName, mayHoldJson} from './field-names';

export interface FileFacts {
  readonly id: string;
  readonly name: string;
  /** Ending of the name in lower case, without the dot; empty when there is none. */
  readonly type: string;
  /** In bytes, where a row of `files` tells it. */
  readonly size: number | undefined;
}

export interface RecordFacts {
  readonly stream: string;
  readonly recordId: string;
  readonly role: 'user' | 'assistant' | 'other';
  readonly model: string | undefined;
  readonly gpts: readonly string[];
  readonly projects: readonly string[];
  readonly client: string | undefined;
  readonly tools: readonly string[];
  readonly isTemporaryChat: boolean;
  readonly title: string;
  /** As the record writes it. */
  readonly timestamp: string | undefined;
  /** In a form that sorts as text; undefined where the timestamp is no time. */
  readonly time: string | undefined;
  readonly files: readonly FileFacts[];
  /** Everything people and ChatGPT wrote, titles and file names included. */
  readonly text: string;
  /** The parsed record; undefined when it is not JSON. */
  readonly data: unknown;
}

export interface PolicyRecord {
  readonly stream: string;
  readonly recordId: string;
  /** Exact text: a log line, or a record's data. */
  readonly text: string;
  /** The text parsed, where that has been done; undefined too when it is not JSON. */
  readonly data?: unknown;
}

type SizeOf = (fileId: string) => number | undefined;

/** @param sizeOf bytes of a file, where they are known */
export function toRecordFacts(record: PolicyRecord, sizeOf: SizeOf = () => undefined): RecordFacts {
  return new FactsOfRecord(record, sizeOf);
}

/** Lists and texts are made when the first rule asks for them: most rules do not. */
class FactsOfRecord implements RecordFacts {
  readonly stream: string;
  readonly recordId: string;
  readonly data: unknown;
  private readonly event: Json;
  private readonly message: Json;
  private readonly author: Json;
  private readonly conversation: Json;
  private listedFiles: readonly FileFacts[] | undefined;
  private words: string | undefined;

  constructor(
    private readonly record: PolicyRecord,
    private readonly sizeOf: SizeOf
  ) {
    this.stream = record.stream;
    this.recordId = record.recordId;
    this.data = record.data ?? parseJson(record.text);
    this.event = object(this.data);
    this.message = object(this.event['message']);
    this.author = object(this.message['author']);
    this.conversation = object(this.event['conversation']);
  }

  get role(): RecordFacts['role'] {
    const type = filled(this.author['type']) ?? filled(this.author['role']);
    return type === 'user' || type === 'assistant' ? type : 'other';
  }

  get model(): string | undefined {
    return filled(this.author['model']);
  }

  get gpts(): readonly string[] {
    return strings([this.conversation['gpt_id'], this.conversation['gpt_name']]);
  }

  get projects(): readonly string[] {
    return strings([this.conversation['project_id'], this.conversation['project_name']]);
  }

  get client(): string | undefined {
    return filled(this.author['client_type']);
  }

  get tools(): readonly string[] {
    return [...strings(this.author['tools_used']), ...strings(this.author['skills_used'])];
  }

  get isTemporaryChat(): boolean {
    return this.conversation['is_temporary_chat'] === true;
  }

  get title(): string {
    return filled(this.conversation['title']) ?? '';
  }

  get timestamp(): string | undefined {
    return filled(this.event['timestamp']);
  }

  get time(): string | undefined {
    return toSortableTime(this.timestamp ?? '');
  }

  get files(): readonly FileFacts[] {
    return (this.listedFiles ??= toFiles(this.event, this.message, this.sizeOf));
  }

  get text(): string {
    return (this.words ??=
      this.data === undefined
        ? this.record.text
        : this.isMessage
          ? toText(this.message, this.conversation, this.files)
          : allWords(this.data).join(betweenTexts));
  }

  /** A log event or a row of another source may have a `message` of its own, of any form. */
  private get isMessage(): boolean {
    return this.stream === 'messages' && ['author', 'content', 'files'].some((member) => member in this.message);
  }
}

/** Ending of a file name in lower case, without the dot: of the name that a disk would give the file. */
export function toFileType(name: string): string {
  const end = name.slice(-4096); // more is in no name that is kept
  const plain = end.replace(/[\p{Cc}\p{Cf}]/gu, '').replace(/[.\s]+$/, '');
  return /\.([^./\\]{1,20})$/.exec(plain)?.[1]?.toLowerCase() ?? '';
}

/** A line end alone may stand within a number. */
const betweenTexts = '\n\n';

/** What people and ChatGPT wrote in a message, also in members that nobody knows yet. */
function toText(message: Json, conversation: Json, files: readonly FileFacts[]): string {
  const others = Object.entries(message).filter(([member]) => !knownMembers.has(member));
  const words = allWords([message['content'], message['annotations'], Object.fromEntries(others)]);
  return [filled(conversation['title']) ?? '', ...words, ...files.map((file) => file.name)].join(betweenTexts);
}

/** Of a message: what is asked for by name, or nobody's words. */
const knownMembers = new Set(['id', 'parent_id', 'created_at', 'author', 'content', 'annotations', 'files']);

/** Every string, integer, and key that is no field's name. */
function allWords(value: unknown): string[] {
  const found: string[] = [];
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next === 'string') found.push(next);
    else if (Number.isInteger(next)) found.push(String(next));
    else if (Array.isArray(next)) for (const each of (next as unknown[]).toReversed()) stack.push(each);
    else if (typeof next === 'object' && next !== null) {
      for (const [key, each] of Object.entries(next).reverse()) {
        stack.push(typeof each === 'string' && mayHoldJson(key) ? toHeld(each) : each);
        if (!isFieldName(key)) stack.push(key);
      }
    }
  }
  return found;
}

/** What a text says as JSON, or the text where it is no object and no list. */
function toHeld(text: string): unknown {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? value : text;
}

/** Files that a message names, in a citation too, each once; or the one that a row of `files` is about. */
function toFiles(event: Json, message: Json, sizeOf: (fileId: string) => number | undefined): FileFacts[] {
  const content = object(message['content']);
  const row = {id: event['file_id'], name: event['name'], size: event['size']};
  const cited = [...array(content['annotations']), ...array(message['annotations'])].flatMap((annotation) =>
    array(object(annotation)['files'])
  );
  const quoted = {id: content['file_id'], name: content['file_name']};
  const named = [...array(message['files']), quoted, ...cited, row].map(object);
  const seen = new Set<string>();
  return named.flatMap((file) => {
    const id = filled(file['id']);
    if (id === undefined || seen.has(id)) return [];
    seen.add(id);
    const name = filled(file['name']) ?? '';
    const {size} = file;
    return [{id, name, type: toFileType(name), size: isWhole(size) ? size : sizeOf(id)}];
  });
}

/** Whatever a record says of a size: what is none is not known. */
function isWhole(size: unknown): size is number {
  return Number.isSafeInteger(size);
}

function strings(value: unknown): string[] {
  return array(value).filter((each): each is string => typeof each === 'string' && each !== '');
}
