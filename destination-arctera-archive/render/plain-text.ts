// The text/plain body: what people search, with every message's text verbatim.
import type {Fact} from './fact';
import type {Transcript, TranscriptEntry} from './transcript';

const separator = '-'.repeat(72);

/** @returns the text in pieces, one an entry: joined, they would be copied once more */
export function renderPlainText({title, badges, facts, entries, foot}: Transcript): string[] {
  const head = [title, ...badges.map((badge) => `[${badge}]`), '', ...facts.map(factText)].join('\n');
  const blocks = entries.map((entry) => `\n\n${separator}\n${entryText(entry)}`);
  return [head, ...blocks, `\n\n${separator}\n${foot}\n`];
}

/** One entry in words, for formats that have a body for each. */
export function entryText({
  heading,
  author,
  time,
  facts,
  marks,
  text,
  code,
  citations,
  files,
}: TranscriptEntry): string {
  let words = heading;
  if (author !== undefined) words += ` | ${author}`;
  if (time !== undefined) words += ` | ${time}`;
  if (facts.length > 0) words += `\n${facts.map(factText).join(' | ')}`;
  for (const mark of marks) words += `\n[${mark}]`;
  if (text !== undefined) words += `\n\n${text}`;
  if (code !== undefined) words += `\n\n${code}`;
  if (citations.length + files.length > 0) words += '\n';
  for (const citation of citations) words += `\n${factText(citation)}`;
  for (const file of files) words += `\nAttachment: ${file}`;
  return words;
}

function factText({label, value}: Fact): string {
  return `${label}: ${value}`;
}
