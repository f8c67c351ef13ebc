// Answers in which nothing is marked up: their paragraphs, as the Markdown parser would give them, without asking it.

/** What may mean something within a line: escapes, code, emphasis, links, tags, strikes, tables; and what parsers replace. */
const marks = /[\\`*_[\]<~|\t\r\0]/;
/** What may mean something at the beginning of a line; a page would not show the space there. */
const firstMark = /[-+#>=\s]|\d{1,9}[.)]/y;
const space = /\s/;

const special = /[&>"]/g;
const entities: Readonly<Record<string, string>> = {'&': '&amp;', '>': '&gt;', '"': '&quot;'};

/** @returns undefined for a text that is to be parsed */
export function renderPlainParagraphs(text: string): string | undefined {
  if (marks.test(text)) return undefined;
  let html = '';
  let gap = '<p>';
  for (let at = behindNewlines(text, 0); at < text.length;) {
    const found = text.indexOf('\n', at);
    const end = found === -1 ? text.length : found;
    if (hasMark(text, at, end)) return undefined;
    html += gap + escape(text.slice(at, end));
    at = behindNewlines(text, end);
    gap = at - end > 1 ? '</p>\n<p>' : '<br>\n';
  }
  return html === '' ? '' : `${html}</p>\n`;
}

function hasMark(text: string, at: number, end: number): boolean {
  firstMark.lastIndex = at;
  return firstMark.test(text) || space.test(text.charAt(end - 1));
}

function behindNewlines(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) === 0x0a) at += 1;
  return at;
}

function escape(line: string): string {
  return line.replace(special, (sign) => entities[sign] ?? sign);
}
