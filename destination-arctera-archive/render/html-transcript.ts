// The text/html body: the transcript as people read it. Self-contained: no script, no link, nothing remote.
import {escapeHtml, escapeLines} from './html-text';
import type {Fact} from './fact';
import {renderMarkdown} from './markdown';
import type {Transcript, TranscriptEntry} from './transcript';
import {transcriptStyle} from './transcript-style';

/** For readers without style sheets, such as Outlook's and many previews. */
const backgrounds = {user: '#eef4fc', assistant: '#f7faf6', other: '#f6f7f8'} as const;
const table = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"';

/** @returns the page in pieces, those that are long apart: joined, they would be copied once more */
export function renderHtml({title, badges, facts, entries, foot}: Transcript): string[] {
  const shownTitle = escapeHtml(title);
  const head = [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
    `<title>${shownTitle}</title>`,
    `<style>${transcriptStyle}</style></head>`,
    '<body><div class="page">',
    `<h1 dir="auto">${shownTitle}</h1>`,
    ...(badges.length === 0
      ? []
      : [`<div>${badges.map((badge) => `<b class="badge">${escapeHtml(badge)}</b> `).join('')}</div>`]),
    `<table class="facts" ${table}>`,
    ...facts.map(
      ({label, value}) =>
        `<tr><td class="l">${escapeHtml(label)}&nbsp;&nbsp;</td><td dir="auto">${escapeHtml(value)}</td></tr>`
    ),
    '</table>\n',
  ];
  const pieces = [head.join('\n')];
  for (const entry of entries) addEntry(pieces, entry);
  pieces.push(`<p class="foot">${escapeHtml(foot)}</p>\n</div></body></html>\n`);
  return pieces;
}

function addEntry(pieces: string[], entry: TranscriptEntry): void {
  const {look, heading, author, time, facts, marks, text, isMarkdown, code, citations, files} = entry;
  let block = `<table class="m ${look}" ${table}><tr><td bgcolor="${backgrounds[look]}">\n`;
  block += `<table class="head" ${table}><tr><td dir="auto"><b>${escapeHtml(heading)}</b>`;
  if (author !== undefined) block += ` &middot; ${escapeHtml(author)}`;
  block += `</td>\n<td class="t" align="right">${escapeHtml(time ?? '')}</td></tr></table>\n`;
  if (facts.length > 0) block += `<div class="meta" dir="auto">${facts.map(factText).join(' &middot; ')}</div>\n`;
  for (const mark of marks) block += `<div class="mark">${escapeHtml(mark)}</div>\n`;
  if (text !== undefined) {
    pieces.push(`${block}<div class="text" dir="auto">`, bodyMarkup(text, isMarkdown));
    block = '</div>\n';
  }
  if (code !== undefined) block += `<pre class="code" dir="auto">${escapeHtml(code)}</pre>\n`;
  if (citations.length + files.length > 0) {
    block += '<div class="last">\n';
    for (const citation of citations) block += `<div dir="auto">${factText(citation)}</div>\n`;
    for (const file of files) block += `<div dir="auto">Attachment: ${escapeHtml(file)}</div>\n`;
    block += '</div>\n';
  }
  pieces.push(`${block}</td></tr></table>\n`);
}

function bodyMarkup(text: string, isMarkdown: boolean): string {
  return (isMarkdown ? renderMarkdown(text) : undefined) ?? escapeLines(text);
}

function factText({label, value}: Fact): string {
  return `${escapeHtml(label)}: ${escapeHtml(value)}`;
}
