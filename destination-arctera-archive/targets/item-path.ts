// Directories that items are found in by looking: days, users and conversations as parts of a path.
import {toSafeName} from '../../core/safe-name';
import type {ItemPlace} from './target';

/** Year, month and day in UTC. */
export function toDayPath(dateMs: number): string {
  return new Date(dateMs).toISOString().slice(0, 10).replaceAll('-', '/');
}

/** Ids are other people's text: only safe names of them become parts of a path. */
export function toUserPart({userId}: Pick<ItemPlace, 'userId'>): string {
  return userId === undefined ? 'no-user' : toSafeName(userId);
}

export function toConversationPart({conversationId}: Pick<ItemPlace, 'conversationId'>): string {
  return conversationId === undefined ? 'no-conversation' : toSafeName(conversationId);
}
