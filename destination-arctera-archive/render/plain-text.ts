// The text/plain body: what people search, with every message's text verbatim.
import type {Fact} from './fact';
import type {Transcript, TranscriptEntry} from './transcript';

const separator = '-'.repeat(72);

/** @returns the text in pieces, those that are long apart: joined, they would be copied once more */
export function renderPlainText({title, badges, facts, entries, foot}: Transcript): string[] {
  const head = [title, ...badges.map((badge) => `[${badge}]`), '', ...facts.map(factText)].join('\n');
  const pieces = [head];
  for (const entry of entries) {
    const before = `\n\n${separator}\n${wordsBefore(entry)}`;
    if (entry.text === undefined) pieces.push(before);
    else pieces.push(`${before}\n\n`, entry.text);
    pieces.push(wordsBehind(entry));
  }
  pieces.push(`\n\n${separator}\n${foot}\n`);
  return pieces;
}

/** One entry in words, for formats that have a body for each. */
export function entryText(entry: TranscriptEntry): string {
  const text = entry.text === undefined ? '' : `\n\n${entry.text}`;
  return wordsBefore(entry) + text + wordsBehind(entry);
}

function wordsBefore({heading, author, time, facts, marks}: TranscriptEntry): string {
  let words = heading;
  if (author !== undefined) words += ` | ${author}`;
  if (time !== undefined) words += ` | ${time}`;
  if (facts.length > 0) words += `\n${facts.map(factText).join(' | ')}`;
  for (const mark of marks) words += `\n[${mark}]`;
  return words;
}

function wordsBehind({code, citations, files}: TranscriptEntry): string {
  let words = code === undefined ? '' : `\n\n${code}`;
  if (citations.length + files.length > 0) words += '\n';
  for (const citation of citations) words += `\n${factText(citation)}`;
  for (const file of files) words += `\nAttachment: ${file}`;
  return words;
}

function factText({label, value}: Fact): string {
  return `${label}: ${value}`;
}
