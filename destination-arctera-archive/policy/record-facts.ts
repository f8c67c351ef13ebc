// What rules can ask of one record, read tolerantly from its exact text.

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
  readonly userId: string | undefined;
  readonly userEmail: string | undefined;
  readonly role: 'user' | 'assistant' | 'other';
  readonly model: string | undefined;
  readonly gpts: readonly string[];
  readonly projects: readonly string[];
  readonly client: string | undefined;
  readonly tools: readonly string[];
  readonly isTemporaryChat: boolean;
  readonly title: string;
  readonly timestamp: string | undefined;
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
}

type Json = Readonly<Record<string, unknown>>;

/** @param sizeOf bytes of a file, where they are known */
export function toRecordFacts(
  {stream, recordId, text}: PolicyRecord,
  sizeOf: (fileId: string) => number | undefined = () => undefined
): RecordFacts {
  const data = parseJson(text);
  const event = object(data);
  const message = object(event['message']);
  const author = object(message['author']);
  const conversation = object(event['conversation']);
  const actor = object(event['actor']);
  const authorType = filled(author['type']) ?? filled(author['role']);
  const files = toFiles(event, message, sizeOf);
  return {
    stream,
    recordId,
    userId: filled(actor['user_id']) ?? filled(event['user_id']),
    userEmail: filled(actor['user_email']) ?? filled(event['user_email']) ?? filled(event['email']),
    role: authorType === 'user' || authorType === 'assistant' ? authorType : 'other',
    model: filled(author['model']),
    gpts: strings([conversation['gpt_id'], conversation['gpt_name']]),
    projects: strings([conversation['project_id'], conversation['project_name']]),
    client: filled(author['client_type']),
    tools: [...strings(author['tools_used']), ...strings(author['skills_used'])],
    isTemporaryChat: conversation['is_temporary_chat'] === true,
    title: filled(conversation['title']) ?? '',
    timestamp: filled(event['timestamp']),
    files,
    text: data === undefined ? text : toText(event, message, conversation, files, data),
    data,
  };
}

/** Ending of a file name in lower case, without the dot. */
export function toFileType(name: string): string {
  return /\.([^./\\]{1,20})$/.exec(name.trim())?.[1]?.toLowerCase() ?? '';
}

/** Of a message what people read; of any other record every string. */
function toText(event: Json, message: Json, conversation: Json, files: readonly FileFacts[], data: unknown): string {
  if (Object.keys(message).length === 0) return allStrings(event === data ? event : data).join('\n');
  const words = [...allStrings(message['content']), ...allStrings(message['annotations'])];
  return [filled(conversation['title']) ?? '', ...words, ...files.map((file) => file.name)].join('\n');
}

function allStrings(value: unknown): string[] {
  const found: string[] = [];
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next === 'string') found.push(next);
    else if (typeof next === 'object' && next !== null)
      for (const each of Object.values(next as Json).reverse()) stack.push(each);
  }
  return found;
}

/** Files that a message names, or the one that a row of `files` is about. */
function toFiles(event: Json, message: Json, sizeOf: (fileId: string) => number | undefined): FileFacts[] {
  const content = object(message['content']);
  const row = {id: event['file_id'], name: event['name'], size: event['size']};
  const named = [...array(message['files']).map(object), {id: content['file_id'], name: content['file_name']}, row];
  return named.flatMap((file) => {
    const id = filled(file['id']);
    if (id === undefined) return [];
    const name = filled(file['name']) ?? '';
    const size = file['size'];
    return [{id, name, type: toFileType(name), size: typeof size === 'number' ? size : sizeOf(id)}];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function strings(value: unknown): string[] {
  return array(value).filter((each): each is string => typeof each === 'string' && each !== '');
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
