// The text/plain body: what people search, with every message's text verbatim.
import type {NamedAttachment} from './attachment-names';
import type {AttachedFile, Item, TranscriptMessage} from './item';
import {toHeaderText} from './header-text';
import {describeFile, describeItem, describeMessage} from './item-words';
import {toReadableText} from './readable-text';

type Named = ReadonlyMap<string, NamedAttachment>;

const separator = '-'.repeat(72);
/** Of a record without a form of its own; the whole of it is in `events.jsonl`. */
export const maxRecordLength = 100_000;

export function renderPlainText(item: Item, named: Named): string {
  const {title, facts} = describeItem(item);
  const head = [title, '', ...facts.map(({label, value}) => `${label}: ${value}`)];
  return [...head, ...bodyLines(item, named), ''].join('\n');
}

function bodyLines(item: Item, named: Named): string[] {
  if (item.kind === 'messages') return item.messages.flatMap((message) => messageLines(message, named));
  if (item.kind === 'addendum') return ['', separator, '', ...fileLines(item.files, named)];
  return item.originals.flatMap(({recordId, text}) => {
    const cut = text.length > maxRecordLength ? ['[The rest is in events.jsonl]'] : [];
    const shown = toReadableText(text.slice(0, maxRecordLength));
    return ['', separator, `Record ${toHeaderText(recordId, 300)}`, '', shown, ...cut];
  });
}

function messageLines(message: TranscriptMessage, named: Named): string[] {
  const {heading, time, author, model, remarks} = describeMessage(message);
  const headline = [heading, time, author, ...(model === undefined ? [] : [model])].join(' | ');
  const lines = ['', separator, headline, ...remarks.map((remark) => `[${remark}]`)];
  if (message.text !== undefined) lines.push('', toReadableText(message.text));
  if (message.otherContent !== undefined) lines.push('', toReadableText(message.otherContent));
  if (message.files.length > 0) lines.push('', ...fileLines(message.files, named));
  return lines;
}

function fileLines(files: readonly AttachedFile[], named: Named): string[] {
  return files.map((file) => `Attachment: ${describeFile(file, named)}`);
}
