// JSON text in parts: characters, and bytes that are copied from where they came without becoming characters.

/** Bytes in UTF-8, valid until the output they belong to has been taken. */
export interface JsonBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Whether they are to stand within a string, and so have to be escaped. */
  readonly isQuoted: boolean;
}

/** Bytes of any kind that stand within a string in base64; valid as long as JsonBytes. */
export interface JsonBase64 {
  readonly base64Of: Buffer;
}

export type JsonPart = string | JsonBytes | JsonBase64;

export type JsonText = readonly JsonPart[];

export function toJsonBytes(text: string): JsonBytes {
  const bytes = Buffer.from(text);
  return {bytes, start: 0, end: bytes.length, isQuoted: false};
}

export function toText(json: JsonText): string {
  return json.map(partToText).join('');
}

function partToText(part: JsonPart): string {
  if (typeof part === 'string') return part;
  return 'base64Of' in part ? part.base64Of.toString('base64') : bytesToText(part);
}

function bytesToText({bytes, end, isQuoted, start}: JsonBytes): string {
  const text = bytes.toString('utf8', start, end);
  return isQuoted ? JSON.stringify(text).slice(1, -1) : text;
}
