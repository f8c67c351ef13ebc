// The newest facts of each conversation that a log file mentions.
import type {ConversationRow} from '../../contract/conversations';
import type {MessageRow} from '../../contract/messages';
import {parseMicros} from '../cursor/micros';
import {asBoolean, asText} from './json-object';

interface Facts {
  newest: MessageRow;
  newestMicros: bigint;
  earliest: MessageRow;
  earliestMicros: bigint;
  title: string | null;
  titleMicros: bigint;
}

/** Collects the events of one log file; `rows` gives one row a conversation, in order of first mention. */
export class ConversationFacts {
  private readonly byId = new Map<string, Facts>();

  add(row: MessageRow): void {
    if (row.conversation_id === null || row.timestamp === null) return;
    const micros = parseMicros(row.timestamp);
    if (micros === undefined) return;
    const title = asText(row.conversation?.title);
    const facts = this.byId.get(row.conversation_id);
    if (facts === undefined) {
      this.byId.set(row.conversation_id, {
        newest: row,
        newestMicros: micros,
        earliest: row,
        earliestMicros: micros,
        title,
        titleMicros: micros,
      });
      return;
    }
    if (micros >= facts.newestMicros) Object.assign(facts, {newest: row, newestMicros: micros});
    if (micros < facts.earliestMicros) Object.assign(facts, {earliest: row, earliestMicros: micros});
    if (title !== null && (facts.title === null || micros >= facts.titleMicros)) {
      Object.assign(facts, {title, titleMicros: micros});
    }
  }

  rows(): ConversationRow[] {
    return [...this.byId].map(([id, facts]) => toConversationRow(id, facts));
  }
}

function toConversationRow(id: string, {earliest, newest, title}: Facts): ConversationRow {
  const conversation = newest.conversation ?? {};
  return {
    id,
    workspace_id: newest.workspace_id,
    title,
    created_at: asText(conversation.created_at),
    updated_at: newest.timestamp ?? '',
    owner_user_id: asText(earliest.actor?.user_id),
    owner_email: asText(earliest.actor?.user_email),
    gpt_id: asText(conversation.gpt_id),
    gpt_name: asText(conversation.gpt_name),
    project_id: asText(conversation.project_id),
    project_name: asText(conversation.project_name),
    is_pinned: asBoolean(conversation.is_pinned),
    is_temporary_chat: asBoolean(conversation.is_temporary_chat),
    mode: asText(conversation.mode),
    last_event_id: newest.event_id,
    log_file_id: newest.log_file_id,
  };
}
