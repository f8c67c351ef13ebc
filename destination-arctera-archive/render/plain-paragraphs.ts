// Answers in which nothing is marked up: their paragraphs, as the Markdown parser would give them, without asking it.

/** What may mean something within a line: escapes, code, emphasis, links, tags, strikes, tables; and what parsers replace. */
const marks = /[\\`*_[\]<~|\t\r\0]/;
/** What may mean something at the beginning of a line, and space at either end of one, which a page would not show. */
const lineMarks = /^(?:[-+#>=]|\d{1,9}[.)])|^[^\S\n]|[^\S\n]$/m;

const special = /[&>"]/g;
const entities: Readonly<Record<string, string>> = {'&': '&amp;', '>': '&gt;', '"': '&quot;'};

/** @returns undefined for a text that is to be parsed */
export function renderPlainParagraphs(text: string): string | undefined {
  if (marks.test(text) || lineMarks.test(text)) return undefined;
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => trimNewlines(paragraph));
  const escaped = paragraphs
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => {
      const safe = paragraph.replace(special, (sign) => entities[sign] ?? sign);
      return `<p>${safe.replaceAll('\n', '<br>\n')}</p>\n`;
    });
  return escaped.join('');
}

function trimNewlines(text: string): string {
  return text.replace(/^\n|\n$/g, '');
}
