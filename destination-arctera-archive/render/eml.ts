// An item as an e-mail message: the same item gives the same bytes.
import {createHash} from 'node:crypto';
import {IntegrityError} from '../../core/errors';
import {nameAttachments, type NamedAttachment, originalsName} from './attachment-names';
import {conversationRoot} from './conversation-root';
import {hashEventsJsonl, toEventsJsonl} from './events-jsonl';
import {encodeHeaderText, toHeaderText} from './header-text';
import {renderHtml} from './html-transcript';
import type {AttachedFile, Item, RenderSettings} from './item';
import {attachmentPart, type Header, messageHead, textPart} from './mime-part';
import {toEnvelope} from './participants';
import {renderPlainText} from './plain-text';
import {toTranscript} from './transcript';

export const emlEnding = 'eml';

/** The complete message. Reads each upload when its turn comes. */
export async function* renderEml(item: Item, settings: RenderSettings): AsyncGenerator<Buffer> {
  const named = nameAttachments(filesOf(item));
  const transcript = toTranscript(item, named, settings);
  // `=_` never occurs in quoted-printable or base64 text, so no content can end a part.
  const outer = `=_item-${item.itemId.slice(0, 32)}-1`;
  const inner = `=_item-${item.itemId.slice(0, 32)}-2`;
  const head = messageHead('multipart/mixed', outer, headersOf(item, settings));
  yield Buffer.concat([
    Buffer.from(
      `${head}--${outer}\r\nContent-Type: multipart/alternative;\r\n boundary="${inner}"\r\n\r\n--${inner}\r\n`,
      'latin1'
    ),
    textPart('text/plain', renderPlainText(transcript)),
    Buffer.from(`--${inner}\r\n`, 'latin1'),
    textPart('text/html', renderHtml(transcript)),
    Buffer.from(`--${inner}--\r\n`, 'latin1'),
  ]);
  const delimiter = Buffer.from(`\r\n--${outer}\r\n`, 'latin1');
  for (const attachment of named.values()) {
    yield delimiter;
    yield* attachmentPart(attachment.name, 'application/octet-stream', verified(attachment));
  }
  yield delimiter;
  yield* attachmentPart(originalsName, 'application/x-ndjson', toEventsJsonl(item.originals));
  yield Buffer.from(`\r\n--${outer}--\r\n`, 'latin1');
}

function headersOf(item: Item, settings: RenderSettings): Header[] {
  const {from, to, unaddressed} = toEnvelope(item, settings);
  const text = (value: string, maxLength: number): string => encodeHeaderText(toHeaderText(value, maxLength));
  const headers: Header[] = [
    ['From', [from]],
    ['To', [...to]],
    ['Subject', text(item.subject, 200) || 'ChatGPT conversation'],
    ['Date', toDate(item.dateMs)],
    ['Message-ID', `<${item.itemId}@${settings.messageIdDomain}>`],
  ];
  if (item.kind !== 'batch') {
    const root = conversationRoot(item.workspaceId, item.conversation.id, settings.messageIdDomain);
    headers.push(['In-Reply-To', root], ['References', root]);
  }
  headers.push(
    ['MIME-Version', '1.0'],
    ['X-AI-Platform', 'ChatGPT Enterprise'],
    ['X-AI-Item-Kind', item.kind],
    ['X-AI-Workspace-Id', text(item.workspaceId, 100)]
  );
  if (item.kind !== 'batch') headers.push(['X-AI-Conversation-Id', text(item.conversation.id, 100)]);
  if (item.kind === 'messages') {
    const models = [...new Set(item.messages.flatMap(({model}) => (model === undefined ? [] : [model])))].sort();
    headers.push(['X-AI-Message-Count', String(item.messages.length)]);
    headers.push(['X-AI-Part', `${item.part.number}/${item.part.of}`]);
    headers.push(['X-AI-Model', text(models.map((model) => toHeaderText(model, 80)).join(', '), 400)]);
  }
  headers.push(
    ['X-AI-Actor-Id', text(unaddressed.map((id) => toHeaderText(id, 100)).join(', '), 400)],
    ['X-AI-Policy-Version', text(item.policyVersion, 100)],
    ['X-AI-Tags', text((item.tags ?? []).map((tag) => toHeaderText(tag, 100)).join(', '), 400)],
    ['X-AI-Retention-Category', text(item.retention?.category ?? '', 100)],
    ['X-AI-Retention-Days', String(item.retention?.days ?? '')],
    ['X-AI-Legal-Hold', text(item.legalHold ?? '', 100)],
    ['X-AI-Redactions', text((item.redactions ?? []).map(({kind, count}) => `${kind}=${count}`).join(', '), 400)],
    ['X-AI-Content-SHA256', hashEventsJsonl(item.originals)]
  );
  for (const {name, value} of settings.extraHeaders) headers.push([name, text(value, 400)]);
  return headers.filter(([, value]) => value !== '');
}

function filesOf(item: Item): readonly AttachedFile[] {
  if (item.kind === 'messages') return item.messages.flatMap(({files}) => files);
  return item.kind === 'addendum' ? item.files : [];
}

/** A date the header can express; anything else in the data becomes the epoch rather than an invalid header. */
function toDate(ms: number): string {
  const expressible = ms >= 0 && ms < Date.UTC(10_000, 0) ? ms : 0;
  return new Date(expressible).toUTCString().replace('GMT', '+0000');
}

/** The bytes of an upload; fails at their end when they are not the ones the source read. */
async function* verified({state}: NamedAttachment): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const bytes of state.content() as AsyncIterable<Buffer>) {
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest('hex') !== state.sha256) {
    throw new IntegrityError('transfer_broken', 'An attachment changed between reading and rendering it.');
  }
}
