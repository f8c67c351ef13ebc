// The text/html body: the transcript as people read it. Self-contained: no script, no link, nothing remote.
import type {NamedAttachment} from './attachment-names';
import {toHeaderText} from './header-text';
import type {AttachedFile, Item, TranscriptMessage} from './item';
import {describeFile, describeItem, describeMessage} from './item-words';
import {maxRecordLength} from './plain-text';
import {toReadableText} from './readable-text';

type Named = ReadonlyMap<string, NamedAttachment>;

// Outlook lays out with Word: tables, attributes and inline styles are what it honours.
const font = 'font-family:Segoe UI,Helvetica,Arial,sans-serif';
const styles = {
  page: `margin:0;padding:16px;background:#ffffff;color:#1f2328;${font};font-size:14px;line-height:1.5`,
  title: `margin:0 0 8px 0;font-size:20px;${font}`,
  label: `padding:1px 16px 1px 0;color:#59636e;vertical-align:top;white-space:nowrap;${font};font-size:13px`,
  value: `padding:1px 0;vertical-align:top;${font};font-size:13px`,
  headline: `${font};font-size:13px;color:#59636e`,
  remark: `${font};font-size:12px;color:#7d4e00`,
  text: `white-space:pre-wrap;${font};font-size:14px;line-height:1.5`,
  code: 'white-space:pre-wrap;font-family:Consolas,Menlo,monospace;font-size:12px;line-height:1.4',
  file: `${font};font-size:12px;color:#1f2328`,
} as const;

const looks = {
  user: {background: '#eef4fc', edge: '#2f6fbd'},
  assistant: {background: '#f3f7f2', edge: '#3c7a4a'},
  other: {background: '#f6f6f6', edge: '#8c8c8c'},
} as const;

export function renderHtml(item: Item, named: Named): string {
  const {title, facts} = describeItem(item);
  const rows = facts.map(
    ({label, value}) =>
      `<tr><td style="${styles.label}">${escape(label)}</td><td style="${styles.value}">${escape(value)}</td></tr>`
  );
  return [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
    `<title>${escape(title)}</title></head>`,
    `<body style="${styles.page}">`,
    `<h1 style="${styles.title}">${escape(title)}</h1>`,
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0">',
    ...rows,
    '</table>',
    ...bodyBlocks(item, named),
    `<p style="${styles.headline}">All times in UTC. The originals are attached as events.jsonl.</p>`,
    '</body></html>',
    '',
  ].join('\n');
}

function bodyBlocks(item: Item, named: Named): string[] {
  if (item.kind === 'messages') return item.messages.flatMap((message) => messageBlock(message, named));
  if (item.kind === 'addendum') return block('other', [headline('Files'), ...fileLines(item.files, named)]);
  return item.originals.flatMap(({recordId, text}) => {
    const cut = text.length > maxRecordLength ? [headline('The rest is in events.jsonl')] : [];
    const shown = `<div style="${styles.code}">${escapeText(text.slice(0, maxRecordLength))}</div>`;
    return block('other', [headline(`Record ${toHeaderText(recordId, 300)}`), shown, ...cut]);
  });
}

function messageBlock(message: TranscriptMessage, named: Named): string[] {
  const {heading, time, author, model, remarks} = describeMessage(message);
  const about = [time, author, ...(model === undefined ? [] : [model])].map(escape).join(' &middot; ');
  const content = [`<div style="${styles.headline}"><b>${escape(heading)}</b> &middot; ${about}</div>`];
  for (const remark of remarks) content.push(`<div style="${styles.remark}">${escape(remark)}</div>`);
  if (message.text !== undefined) content.push(`<div style="${styles.text}">${escapeText(message.text)}</div>`);
  if (message.otherContent !== undefined) {
    content.push(`<div style="${styles.code}">${escapeText(message.otherContent)}</div>`);
  }
  return block(message.role, [...content, ...fileLines(message.files, named)]);
}

function block(role: keyof typeof looks, content: readonly string[]): string[] {
  const {background, edge} = looks[role];
  const cell = `padding:10px 14px;background:${background};border-left:4px solid ${edge}`;
  return [
    '<br>',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">',
    `<tr><td bgcolor="${background}" style="${cell}">`,
    ...content,
    '</td></tr></table>',
  ];
}

function headline(text: string): string {
  return `<div style="${styles.headline}"><b>${escape(text)}</b></div>`;
}

function fileLines(files: readonly AttachedFile[], named: Named): string[] {
  return files.map((file) => `<div style="${styles.file}">&#128206; ${escape(describeFile(file, named))}</div>`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Line breaks and indentation also hold where `pre-wrap` is not known. */
function escapeText(text: string): string {
  return escape(toReadableText(text)).replaceAll('  ', '&nbsp; ').replaceAll('\n', '<br>');
}
