// The text/html body: the transcript as people read it. Self-contained: no script, no link, nothing remote.
import {escapeHtml, escapeLines} from './html-text';
import type {Fact} from './fact';
import {renderMarkdown} from './markdown';
import type {Transcript, TranscriptEntry} from './transcript';
import {transcriptStyle} from './transcript-style';

/** For readers without style sheets, such as Outlook's and many previews. */
const backgrounds = {user: '#eef4fc', assistant: '#f7faf6', other: '#f6f7f8'} as const;
const table = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"';

export function renderHtml({title, badges, facts, entries, foot}: Transcript): string {
  return [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${transcriptStyle}</style></head>`,
    '<body><div class="page">',
    `<h1 dir="auto">${escapeHtml(title)}</h1>`,
    ...(badges.length === 0
      ? []
      : [`<div>${badges.map((badge) => `<b class="badge">${escapeHtml(badge)}</b> `).join('')}</div>`]),
    `<table class="facts" ${table}>`,
    ...facts.map(
      ({label, value}) =>
        `<tr><td class="l">${escapeHtml(label)}&nbsp;&nbsp;</td><td dir="auto">${escapeHtml(value)}</td></tr>`
    ),
    '</table>',
    ...entries.flatMap(entryBlock),
    `<p class="foot">${escapeHtml(foot)}</p>`,
    '</div></body></html>',
    '',
  ].join('\n');
}

function entryBlock(entry: TranscriptEntry): string[] {
  const {look, heading, author, time, facts, marks, text, isMarkdown, code, citations, files} = entry;
  const last = [...(citations ?? []).map(factText), ...files.map((file) => `Attachment: ${escapeHtml(file)}`)];
  return [
    `<table class="m ${look}" ${table}><tr><td bgcolor="${backgrounds[look]}">`,
    `<table class="head" ${table}><tr><td dir="auto"><b>${escapeHtml(heading)}</b>${author === undefined ? '' : ` &middot; ${escapeHtml(author)}`}</td>`,
    `<td class="t" align="right">${escapeHtml(time ?? '')}</td></tr></table>`,
    ...(facts === undefined || facts.length === 0
      ? []
      : [`<div class="meta" dir="auto">${facts.map(factText).join(' &middot; ')}</div>`]),
    ...(marks ?? []).map((mark) => `<div class="mark">${escapeHtml(mark)}</div>`),
    ...(text === undefined ? [] : [`<div class="text" dir="auto">${bodyMarkup(text, isMarkdown)}</div>`]),
    ...(code === undefined ? [] : [`<pre class="code" dir="auto">${escapeHtml(code)}</pre>`]),
    ...(last.length === 0
      ? []
      : ['<div class="last">', ...last.map((each) => `<div dir="auto">${each}</div>`), '</div>']),
    '</td></tr></table>',
  ];
}

function bodyMarkup(text: string, isMarkdown: boolean): string {
  return (isMarkdown ? renderMarkdown(text) : undefined) ?? escapeLines(text);
}

function factText({label, value}: Fact): string {
  return `${escapeHtml(label)}: ${escapeHtml(value)}`;
}
