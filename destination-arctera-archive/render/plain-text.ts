// The text/plain body: what people search, with every message's text verbatim.
import type {Transcript, TranscriptEntry} from './transcript';

const separator = '-'.repeat(72);

export function renderPlainText({title, badges, facts, entries, foot}: Transcript): string {
  return [
    title,
    ...badges.map((badge) => `[${badge}]`),
    '',
    ...facts.map(({label, value}) => `${label}: ${value}`),
    ...entries.flatMap(entryLines),
    '',
    separator,
    foot,
    '',
  ].join('\n');
}

/** One entry in words, for formats that have a body for each. */
export function entryText(entry: TranscriptEntry): string {
  return entryLines(entry).slice(2).join('\n');
}

function entryLines({heading, author, time, facts, marks, text, code, citations, files}: TranscriptEntry): string[] {
  const headline = [heading, author, time].filter((each) => each !== undefined).join(' | ');
  const lines = ['', separator, headline];
  if (facts !== undefined && facts.length > 0) {
    lines.push(facts.map(({label, value}) => `${label}: ${value}`).join(' | '));
  }
  lines.push(...(marks ?? []).map((mark) => `[${mark}]`));
  if (text !== undefined) lines.push('', text);
  if (code !== undefined) lines.push('', code);
  const last = [
    ...(citations ?? []).map(({label, value}) => `${label}: ${value}`),
    ...files.map((file) => `Attachment: ${file}`),
  ];
  return last.length === 0 ? lines : [...lines, '', ...last];
}
