// The Markdown of answers as safe markup: HTML is text, links lead nowhere, images stay words.
import MarkdownIt from 'markdown-it';
import {showsEveryWord} from './every-word';
import {escapeHtml} from './html-text';
import {renderPlainParagraphs} from './plain-paragraphs';

/** Beyond this an answer is shown as it is written: nobody reads it formatted, and parsing has its price. */
const maxLength = 100_000;

const markdown = createMarkdown();

/** @returns undefined where the text is better shown as it is: very long, or holding words that its form would hide */
export function renderMarkdown(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  return renderPlainParagraphs(text) ?? renderParsed(text);
}

/** As `renderMarkdown`, whatever is in the text. */
export function renderParsed(text: string): string | undefined {
  const html = markdown.render(text);
  return showsEveryWord(text, html) ? html : undefined;
}

function createMarkdown(): Parser {
  const parser = new MarkdownIt({html: false, linkify: false, breaks: true, typographer: false, maxNesting: 50});
  // Definitions of references would vanish from the page: they are shown as written, and so is what refers to them.
  // Entities are shown as written too: `&#8203;` must not hide what it stands for.
  parser.disable(['reference', 'entity']);
  // The target of a link is shown whatever it is, so no target is refused. Nothing on the page can be followed.
  parser.validateLink = () => true;
  parser.normalizeLink = (url) => url;
  const {rules} = parser.renderer;
  rules['link_open'] = () => '<span class="link">';
  rules['link_close'] = (tokens, at) => {
    const {target, shown} = toLinkWords(tokens, at);
    return `</span>${target === shown ? '' : ` <span class="target">(${escapeHtml(target)})</span>`}`;
  };
  rules['image'] = (tokens, at) => {
    const token = tokens[at];
    const words = [token?.content ?? '', attribute(token, 'src'), attribute(token, 'title')].filter(Boolean);
    return `<span class="target">[Image: ${escapeHtml(words.join(' — '))}]</span>`;
  };
  rules['fence'] = (tokens, at) => toCode(tokens[at]?.content ?? '', tokens[at]?.info.trim() ?? '');
  rules['code_block'] = (tokens, at) => toCode(tokens[at]?.content ?? '', '');
  rules['table_open'] = () => '<table class="grid" border="1" cellspacing="0" cellpadding="4">\n';
  // A heading in an answer is no heading of the page.
  rules['heading_open'] = (tokens, at) => `<div class="h ${tokens[at]?.tag ?? ''}">`;
  rules['heading_close'] = () => '</div>\n';
  return parser;
}

type Parser = ReturnType<typeof MarkdownIt>;
type Tokens = ReturnType<Parser['parse']>;

/** What a link says and where it leads; a title is part of where it leads. */
function toLinkWords(tokens: Tokens, close: number): {target: string; shown: string} {
  let open = close;
  while (open > 0 && tokens[open]?.type !== 'link_open') open--;
  const link = tokens[open];
  const target = [attribute(link, 'href'), attribute(link, 'title')].filter(Boolean).join(' — ');
  const shown = tokens
    .slice(open + 1, close)
    .map(({content}) => content)
    .join('');
  return {target, shown};
}

function attribute(token: Tokens[number] | undefined, name: string): string {
  return String(token?.attrGet(name) ?? '');
}

/** Indentation and line ends hold also where a reader does not know the style. */
function toCode(code: string, language: string): string {
  const label = language === '' ? '' : `<div class="lang">${escapeHtml(language)}</div>`;
  return `${label}<pre class="code">${escapeHtml(code)}</pre>\n`;
}
