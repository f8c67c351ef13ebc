// MIME headers and bodies that depend on their arguments alone: nodemailer writes the headers, nothing is left to chance.
import {buildHeaderValue} from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import {Base64Lines} from './base64-lines';
import {toQuotedPrintable} from './quoted-printable';

type HeaderValue = string | {readonly name: string; readonly address: string}[];
export type Header = readonly [name: string, value: HeaderValue];

/** nodemailer normalises the case of names; these are written as given. */
function keepCase(headers: readonly Header[]): (key: string) => string {
  const names = new Map(headers.map(([name]) => [name.toLowerCase(), name]));
  return (key) => names.get(key.toLowerCase()) ?? key;
}

/** The head of a multipart message, its blank line included. */
export function messageHead(contentType: string, boundary: string, headers: readonly Header[]): string {
  const node = new MimeNode(`${contentType}; boundary="${boundary}"`, {
    baseBoundary: boundary, // else nodemailer draws a random one, though it is not used
    normalizeHeaderKey: keepCase(headers),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  for (const [name, value] of headers) node.setHeader(name, value);
  return `${node.buildHeaders()}\r\n\r\n`;
}

/** A body of text as a complete part, both in pieces. Lines of the text end in LF. */
export function* textPart(contentType: string, text: readonly string[]): Generator<Buffer> {
  const head = `Content-Type: ${contentType}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`;
  yield Buffer.from(head, 'latin1');
  yield toQuotedPrintable(text);
  yield Buffer.from('\r\n', 'latin1');
}

/** An attachment as a complete part, in pieces. */
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
    const lines = base64.push(bytes);
    if (lines.length > 0) yield lines;
  }
  yield size === 0 ? Buffer.from('\r\n') : base64.end();
}

function foldParameters(value: string): string {
  return value.replace(/; (?=filename)/g, ';\r\n ');
}
