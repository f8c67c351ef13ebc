// An item as an e-mail message: the same item gives the same bytes.
import {itemRecordName, nameAttachments, originalsName} from './attachment-names';
import {keepEventsJsonl} from './events-jsonl';
import {renderHtml} from './html-transcript';
import type {Item, RenderSettings} from './item';
import {itemHeaders} from './item-headers';
import {attachmentPart, messageHead, textPart} from './mime-part';
import {renderPlainText} from './plain-text';
import {toTranscript} from './transcript';
import {filesOf, uploadBytes} from './upload-bytes';

export const emlEnding = 'eml';

/** Separates the parts of the item's message; its bodies have a boundary of their own. */
export function outerBoundary(itemId: string): string {
  return `=_item-${itemId.slice(0, 32)}-1`;
}

/**
 * The complete message. Reads each upload when its turn comes.
 * @param record what the item says of itself, as JSON text
 */
export async function* renderEml(item: Item, settings: RenderSettings, record: string): AsyncGenerator<Buffer> {
  const named = nameAttachments(filesOf(item));
  const transcript = toTranscript(item, named, settings);
  // `=_` never occurs in quoted-printable or base64 text, so no content can end a part.
  const outer = outerBoundary(item.itemId);
  const inner = `=_item-${item.itemId.slice(0, 32)}-2`;
  const originals = keepEventsJsonl(item.originals);
  const head = messageHead('multipart/mixed', outer, itemHeaders(item, settings, '', originals));
  yield Buffer.from(
    `${head}--${outer}\r\nContent-Type: multipart/alternative;\r\n boundary="${inner}"\r\n\r\n--${inner}\r\n`,
    'latin1'
  );
  yield* textPart('text/plain', renderPlainText(transcript));
  yield Buffer.from(`--${inner}\r\n`, 'latin1');
  yield* textPart('text/html', renderHtml(transcript));
  yield Buffer.from(`--${inner}--\r\n`, 'latin1');
  const delimiter = Buffer.from(`\r\n--${outer}\r\n`, 'latin1');
  for (const attachment of named.values()) {
    yield delimiter;
    yield* attachmentPart(attachment.name, 'application/octet-stream', uploadBytes(attachment));
  }
  yield delimiter;
  yield* attachmentPart(itemRecordName, 'application/json', [Buffer.from(record)]);
  yield delimiter;
  yield* attachmentPart(originalsName, 'application/x-ndjson', originals);
  yield Buffer.from(`\r\n--${outer}--\r\n`, 'latin1');
}
