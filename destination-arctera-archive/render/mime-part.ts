// MIME headers and bodies that depend on their arguments alone: nodemailer writes the headers, nothing is left to chance.
import {buildHeaderValue, foldLines} from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import {Base64Lines} from './base64-lines';
import {toQuotedPrintable} from './quoted-printable';

type HeaderValue = string | {readonly name: string; readonly address: string}[];
export type Header = readonly [name: string, value: HeaderValue];

/** Headers of our own hold text and nothing else; nodemailer would leave this text as it is. */
const ownName = /^X-[A-Za-z0-9-]+$/;
const plainText = /^[\x20\x21\x23-\x7e]*$/;

/** The head of a multipart message, its blank line included; of headers of one name the last holds, where the first is. */
export function messageHead(contentType: string, boundary: string, headers: readonly Header[]): string {
  const node = new MimeNode(false, {
    baseBoundary: boundary, // else nodemailer draws a random one, though it is not used
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const lines = new Map<string, string>();
  for (const [name, value] of headers) {
    const isPlain = typeof value === 'string' && ownName.test(name) && plainText.test(value) && !value.includes('=?');
    const text = isPlain ? value : node.encodeHeaderValue(name, value);
    const line = text.trim() === '' ? '' : `${foldLines(`${name}: ${text}`, 76)}\r\n`;
    lines.set(name.toLowerCase(), line);
  }
  const type = foldLines(`Content-Type: ${buildHeaderValue({value: contentType, params: {boundary}})}`, 76);
  return `${[...lines.values()].join('')}${type}\r\n\r\n`;
}

/** A body of text as a complete part, both in pieces. Lines of the text end in LF. */
export function* textPart(contentType: string, text: readonly string[]): Generator<Buffer> {
  const head = `Content-Type: ${contentType}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`;
  yield Buffer.from(head, 'latin1');
  yield toQuotedPrintable(text);
  yield Buffer.from('\r\n', 'latin1');
}

/** An attachment as a complete part, in pieces, each valid until the next is asked for. */
export async function* attachmentPart(
  name: string,
  contentType: string,
  content: AsyncIterable<Buffer> | Iterable<Buffer>
): AsyncGenerator<Buffer> {
  const disposition = foldParameters(buildHeaderValue({value: 'attachment', params: {filename: name}}));
  yield Buffer.from(
    `Content-Type: ${contentType}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ${disposition}\r\n\r\n`,
    'latin1'
  );
  const base64 = new Base64Lines();
  let size = 0;
  for await (const bytes of content) {
    size += bytes.length;
    for (const lines of base64.push(bytes)) yield lines;
  }
  yield size === 0 ? Buffer.from('\r\n') : base64.end();
}

function foldParameters(value: string): string {
  return value.replace(/; (?=filename)/g, ';\r\n ');
}
