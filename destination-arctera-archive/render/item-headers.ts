// The headers of an item, whatever its format: who, when, what thread, and what archives can index.
import {conversationRoot} from './conversation-root';
import {hashEventsJsonl, toEventsJsonl} from './events-jsonl';
import {encodeHeaderText, toHeaderText} from './header-text';
import {conversationIdOf, type Item, type RenderSettings, threadIdOf} from './item';
import {modelsOf} from './item-words';
import type {Header} from './mime-part';
import {toEnvelope} from './participants';

/** Of a header that lists what the policy or the workspace has any number of: servers bound all headers together by 32 KiB or more. */
const longestList = 8_000;

/**
 * @param messageIdMark tells the formats of one item apart; empty for the first
 * @param originals their bytes, for whoever has them
 */
export function itemHeaders(
  item: Item,
  settings: RenderSettings,
  messageIdMark = '',
  originals: Iterable<Buffer> = toEventsJsonl(item.originals)
): Header[] {
  const {from, to, unaddressed} = toEnvelope(item, settings);
  const text = (value: string, maxLength: number): string => encodeHeaderText(toHeaderText(value, maxLength));
  // Only the first of repeated headers counts in an archive, so a list is one header, folded.
  const list = (values: readonly string[], maxLength: number): string =>
    text(values.map((value) => toHeaderText(value, maxLength)).join(', '), longestList);
  const headers: Header[] = [
    ['From', [from]],
    ['To', [...to]],
    ['Subject', text(item.subject, 200) || 'ChatGPT conversation'],
    ['Date', toDate(item.dateMs)],
    ['Message-ID', `<${item.itemId}${messageIdMark}@${settings.messageIdDomain}>`],
  ];
  const conversationId = conversationIdOf(item);
  const threadId = threadIdOf(item);
  if (threadId !== undefined) {
    const root = conversationRoot(item.workspaceId, threadId, settings.messageIdDomain);
    headers.push(['In-Reply-To', root], ['References', root]);
  }
  headers.push(
    ['MIME-Version', '1.0'],
    ['X-AI-Platform', 'ChatGPT Enterprise'],
    ['X-AI-Item-Kind', item.kind],
    ['X-AI-Workspace-Id', text(item.workspaceId, 100)]
  );
  if (conversationId !== undefined) headers.push(['X-AI-Conversation-Id', text(conversationId, 100)]);
  if (item.kind === 'messages') {
    const models = [...new Set(item.messages.flatMap(modelsOf))].sort();
    headers.push(['X-AI-Message-Count', String(item.messages.length)]);
    headers.push(['X-AI-Part', `${item.part.number}/${item.part.of}`]);
    headers.push(['X-AI-Model', list(models, 80)]);
  }
  headers.push(
    ['X-AI-Actor-Id', list(unaddressed, 100)],
    ['X-AI-Policy-Version', text(item.policyVersion, 100)],
    ['X-AI-Tags', list(item.tags ?? [], 100)],
    ['X-AI-Retention-Category', text(item.retention?.category ?? '', 100)],
    ['X-AI-Retention-Days', String(item.retention?.days ?? '')],
    ['X-AI-Legal-Hold', list((item.legalHold ?? '').split(', '), 100)],
    [
      'X-AI-Redactions',
      list(
        (item.redactions ?? []).map(({kind, count}) => `${kind}=${count}`),
        100
      ),
    ],
    ['X-AI-Content-SHA256', hashEventsJsonl(originals)]
  );
  for (const {name, value} of settings.extraHeaders) headers.push([name, text(value, 400)]);
  return headers.filter(([, value]) => value !== '');
}

/** A date the header can express; anything else in the data becomes the epoch rather than an invalid header. */
function toDate(ms: number): string {
  const expressible = ms >= 0 && ms < Date.UTC(10_000, 0) ? ms : 0;
  return new Date(expressible).toUTCString().replace('GMT', '+0000');
}
