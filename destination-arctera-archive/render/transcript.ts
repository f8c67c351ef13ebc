// What every form of an item says, in order and in words: the bodies of an e-mail and the other formats tell the same.
import type {NamedAttachment} from './attachment-names';
import {toBranchMarks} from './branch-marks';
import type {DocumentSection, Item, RenderSettings, TranscriptMessage} from './item';
import type {Fact} from './fact';
import {describeFile, describeItem, describeMessage, line, maxLine, type MessageWords} from './item-words';
import {toReadableText} from './readable-text';
import {toTimeWords} from './time-words';

export interface TranscriptEntry extends Omit<MessageWords, 'author' | 'time'> {
  readonly author: string | undefined;
  readonly time: string | undefined;
  readonly look: 'user' | 'assistant' | 'other';
  /** What was written, with controls and broken characters taken out. */
  readonly text: string | undefined;
  /** Set where the text is an answer in Markdown. */
  readonly isMarkdown: boolean;
  /** JSON, or a record's own text. */
  readonly code: string | undefined;
  readonly files: readonly string[];
}

export interface Transcript {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly badges: readonly string[];
  readonly entries: readonly TranscriptEntry[];
  readonly foot: string;
}

/** Of a record without a form of its own; the whole of it is in `events.jsonl`. */
const maxRecordLength = 100_000;

export function toTranscript(
  item: Item,
  named: ReadonlyMap<string, NamedAttachment>,
  {timeZone}: Pick<RenderSettings, 'timeZone'>
): Transcript {
  const time = toTimeWords(timeZone, line);
  const isTemporary = (item.kind === 'messages' || item.kind === 'addendum') && item.conversation.isTemporary;
  return {
    ...describeItem(item, time),
    badges: [
      ...(isTemporary ? ['Temporary chat'] : []),
      ...(item.legalHold === undefined ? [] : ['Legal hold']),
      ...(item.redactions === undefined ? [] : ['Redacted']),
      ...(item.tags ?? []).map(line),
    ],
    entries: toEntries(item, named, time),
    foot: `All times in ${time.zone}. The originals are attached as events.jsonl.`,
  };
}

function toEntries(
  item: Item,
  named: ReadonlyMap<string, NamedAttachment>,
  time: ReturnType<typeof toTimeWords>
): TranscriptEntry[] {
  if (item.kind === 'messages') {
    const entries: TranscriptEntry[] = [];
    const marks = toBranchMarks(item.messages);
    for (const [at, message] of item.messages.entries()) {
      const mark = marks[at];
      if (mark !== undefined) entries.push(toEntry(message, describeMessage(message, mark, time), named));
    }
    return entries;
  }
  if (item.kind === 'addendum') {
    const files = item.files.map((file) => describeFile(file, named));
    return [toPlainEntry({heading: 'Files', files})];
  }
  if (item.kind !== 'batch') {
    const files = (item.files ?? []).map((file) => describeFile(file, named));
    const sections = item.sections.map((section) => toSectionEntry(section, time));
    return files.length === 0 ? sections : [...sections, toPlainEntry({heading: 'Files', files})];
  }
  return item.originals.map(({recordId, text}) =>
    toPlainEntry({
      heading: `Record ${line(recordId)}`,
      marks: text.length > maxRecordLength ? ['The rest is in events.jsonl'] : [],
      code: toReadableText(text.slice(0, maxRecordLength)),
    })
  );
}

/** Every entry has all fields, and in one order: what reads them is then compiled for one form. */
function toPlainEntry(given: Partial<TranscriptEntry> & Pick<TranscriptEntry, 'heading'>): TranscriptEntry {
  return {
    heading: given.heading,
    author: given.author,
    time: given.time,
    facts: given.facts ?? [],
    marks: given.marks ?? [],
    citations: given.citations ?? [],
    look: given.look ?? 'other',
    text: given.text,
    isMarkdown: given.isMarkdown ?? false,
    code: given.code,
    files: given.files ?? [],
  };
}

function toSectionEntry(section: DocumentSection, time: ReturnType<typeof toTimeWords>): TranscriptEntry {
  const {heading, author, timestamp, facts = [], text, isMarkdown = false, code} = section;
  const readable = (each: string | undefined): string | undefined => {
    return each === undefined ? undefined : toReadableText(each);
  };
  // What somebody asked a tool, or a tool answered, is no less whole than what is said in a message.
  const long = facts.filter((fact) => !fitsLine(fact)).map(({label, value}) => `${line(label)}:\n${value}`);
  const texts = [text, ...long].flatMap((each) => readable(each) ?? []);
  return toPlainEntry({
    heading: line(heading) || 'Record',
    author: author === undefined ? undefined : line(author),
    time: timestamp === undefined ? undefined : time.describe(timestamp),
    facts: facts.filter(fitsLine).map(({label, value}) => ({label: line(label), value: line(value)})),
    text: texts.length === 0 ? undefined : texts.join('\n\n'),
    isMarkdown,
    code: readable(code),
  });
}

function fitsLine({value}: Fact): boolean {
  return value.length <= maxLine;
}

function toEntry(
  message: TranscriptMessage,
  words: MessageWords,
  named: ReadonlyMap<string, NamedAttachment>
): TranscriptEntry {
  const {role, text, otherContent, files} = message;
  const {heading, author, time, facts, marks, citations} = words;
  return {
    heading,
    author,
    time,
    facts,
    marks,
    citations,
    look: role,
    text: text === undefined ? undefined : toReadableText(text),
    isMarkdown: role === 'assistant',
    code: otherContent === undefined ? undefined : toReadableText(otherContent),
    files: files.map((file) => describeFile(file, named)),
  };
}
