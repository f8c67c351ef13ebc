// Pieces of a JSON text as they stand there, because parsing and writing anew would change numbers, escapes and order.

/** Where the value that begins at `start` ends. The text must be valid JSON. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    switch (text[index]) {
      case '"':
        index = endOfString(text, index) - 1;
        break;
      case '{':
      case '[':
        depth++;
        continue;
      case '}':
      case ']':
        depth--;
        break;
      default:
        if (depth > 0) continue;
        return endOfScalar(text, index);
    }
    if (depth === 0) return index + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

const afterScalar = /[\s,\]}]|$/g;

function endOfScalar(text: string, start: number): number {
  afterScalar.lastIndex = start;
  return afterScalar.exec(text)?.index ?? text.length;
}

const nextToken = /[^\s,]|$/g;

/** The next character that is neither space nor comma. */
function skipBetween(text: string, start: number): number {
  nextToken.lastIndex = start;
  return nextToken.exec(text)?.index ?? text.length;
}

/** The exact text of a member of an object; the last one counts, as with JSON.parse. */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let index = skipBetween(text, 0);
  if (text[index] !== '{') return undefined;
  for (index = skipBetween(text, index + 1); text[index] === '"'; index = skipBetween(text, index)) {
    const nameEnd = endOfString(text, index);
    const valueStart = skipBetween(text, text.indexOf(':', nameEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    if (JSON.parse(text.slice(index, nameEnd)) === name) found = text.slice(valueStart, valueEnd);
    index = valueEnd;
  }
  return found;
}

/** The exact texts of the elements of an array; none when the text is something else. */
export function elementTexts(text: string): string[] {
  const elements: string[] = [];
  let index = skipBetween(text, 0);
  if (text[index] !== '[') return elements;
  index = skipBetween(text, index + 1);
  while (index < text.length && text[index] !== ']') {
    const end = endOfValue(text, index);
    elements.push(text.slice(index, end));
    index = skipBetween(text, end);
  }
  return elements;
}

/** The text with null for the value of every member, at any depth, whose name is to be hidden; and those names. */
export function hideMembers(
  text: string,
  isHidden: (name: string) => boolean
): {readonly text: string; readonly hidden: readonly string[]} {
  const hidden = new Set<string>();
  let kept = '';
  let keptTo = 0;
  for (let index = text.indexOf('"'); index !== -1; index = text.indexOf('"', index)) {
    const end = endOfString(text, index);
    const colon = skipBetween(text, end);
    if (text[colon] !== ':') {
      index = end;
      continue;
    }
    const name = String(JSON.parse(text.slice(index, end)));
    index = colon + 1;
    if (!isHidden(name)) continue;
    const valueStart = skipBetween(text, index);
    hidden.add(name);
    kept += `${text.slice(keptTo, valueStart)}null`;
    index = keptTo = endOfValue(text, valueStart);
  }
  return {text: kept + text.slice(keptTo), hidden: [...hidden]};
}
