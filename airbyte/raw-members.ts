// Finds the exact text of a member in a message line: parsing and writing it again would change numbers.

/** Text of the value at `record.data`, or undefined when the line has no such value. The line must be valid JSON. */
export function rawRecordData(line: string): string | undefined {
  const record = valueOfKey(line, 0, 'record');
  if (record === undefined) return undefined;
  const data = valueOfKey(line, record.start, 'data');
  return data === undefined ? undefined : line.slice(data.start, data.end);
}

/** Text of the value at `state`, or undefined when the line has no such value. The line must be valid JSON. */
export function rawState(line: string): string | undefined {
  const state = valueOfKey(line, 0, 'state');
  return state === undefined ? undefined : line.slice(state.start, state.end);
}

/** The object with the member set: in its place when it is there, else as the last one. All other text stays as it is. */
export function withMember(object: string, key: string, value: string): string {
  const known = valueOfKey(object, 0, key);
  if (known !== undefined) return object.slice(0, known.start) + value + object.slice(known.end);
  const close = object.lastIndexOf('}');
  const before = object.slice(0, close);
  return `${before}${before.trimEnd().endsWith('{') ? '' : ','}${JSON.stringify(key)}:${value}${object.slice(close)}`;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The last value of a key wins, as in JSON.parse. */
function valueOfKey(text: string, objectStart: number, key: string): Span | undefined {
  let at = skipSpace(text, objectStart);
  if (text[at] !== '{') return undefined;
  let found: Span | undefined;
  at = skipSpace(text, at + 1);
  while (at < text.length && text[at] !== '}') {
    const keyEnd = endOfString(text, at);
    const name: unknown = JSON.parse(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    if (name === key) found = {start, end};
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found;
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && ' \t\r\n'.includes(text.charAt(next))) next += 1;
  return next;
}

function endOfString(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== '{' && text[start] !== '[') {
    let at = start;
    while (at < text.length && !',}] \t\r\n'.includes(text.charAt(at))) at += 1;
    return at;
  }
  let depth = 0;
  let at = start;
  do {
    const char = text[at];
    if (char === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') depth -= 1;
    at += 1;
  } while (depth > 0 && at < text.length);
  return at;
}
