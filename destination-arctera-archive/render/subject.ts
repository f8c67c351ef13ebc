// The subject of a conversation: constant for all its items, because archives group by subject.
import {sha256Hex} from '../../core/digest';
import {toHeaderText} from './header-text';

const maxLength = 200;
const untitled = 'ChatGPT conversation';

/**
 * @param titles titles of the conversation in the first item's events, oldest first
 */
export function toSubject(titles: readonly (string | null | undefined)[], conversationId: string): string {
  const suffix = ` [${sha256Hex(conversationId).slice(0, 8)}]`;
  const room = maxLength - suffix.length;
  for (const each of titles) {
    const title = toHeaderText(each ?? '', room);
    if (title !== '' && title !== 'New chat') return `${title}${suffix}`;
  }
  return `${untitled}${suffix}`;
}
