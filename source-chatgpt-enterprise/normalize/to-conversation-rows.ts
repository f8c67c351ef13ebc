// The newest facts of each conversation that a log file mentions.
import type {ConversationRow} from '../../contract/conversations';
import {toSortableTime} from '../../core/micros';
import {asBoolean, asText} from './json-object';
import type {MessageFacts} from './message-line';

interface Facts {
  newest: MessageFacts;
  newestTime: string;
  earliest: MessageFacts;
  earliestTime: string;
  title: string | null;
  titleTime: string;
}

/** Collects the events of one log file; `rows` gives one row a conversation, in order of first mention. */
export class ConversationFacts {
  private readonly byId = new Map<string, Facts>();

  /** Returns whether the event has a time that can be read; it tells nothing of its conversation without one. */
  add(row: MessageFacts): boolean {
    const time = toSortableTime(row.timestamp ?? '');
    if (time !== undefined) this.addAt(time, row);
    return time !== undefined;
  }

  private addAt(time: string, row: MessageFacts): void {
    const id = row.conversation_id;
    if (id === null) return;
    const title = row.conversation_title;
    const facts = this.byId.get(id);
    if (facts === undefined) {
      this.byId.set(id, {
        newest: row,
        newestTime: time,
        earliest: row,
        earliestTime: time,
        title,
        titleTime: time,
      });
      return;
    }
    if (time >= facts.newestTime) {
      facts.newest = row;
      facts.newestTime = time;
    }
    if (time < facts.earliestTime) {
      facts.earliest = row;
      facts.earliestTime = time;
    }
    if (title !== null && (facts.title === null || time >= facts.titleTime)) {
      facts.title = title;
      facts.titleTime = time;
    }
  }

  rows(): ConversationRow[] {
    return [...this.byId].map(([id, facts]) => toConversationRow(id, facts));
  }
}

function toConversationRow(id: string, {earliest, newest, title}: Facts): ConversationRow {
  const conversation = newest.conversation ?? {};
  const owner = earliest.actor;
  return {
    id,
    workspace_id: newest.workspace_id,
    title,
    created_at: asText(conversation.created_at),
    updated_at: newest.timestamp ?? '',
    owner_user_id: asText(owner?.user_id),
    owner_email: asText(owner?.user_email),
    gpt_id: asText(conversation.gpt_id),
    gpt_name: asText(conversation.gpt_name),
    project_id: asText(conversation.project_id),
    project_name: asText(conversation.project_name),
    is_pinned: asFlag(conversation.is_pinned),
    is_temporary_chat: asFlag(conversation.is_temporary_chat),
    mode: asText(conversation.mode),
    last_event_id: newest.event_id,
    log_file_id: newest.log_file_id,
  };
}

/** The API leaves a flag out that is not set. */
function asFlag(value: unknown): boolean | null {
  return value === undefined ? false : asBoolean(value);
}
