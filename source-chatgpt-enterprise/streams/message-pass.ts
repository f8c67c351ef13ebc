// The pass over the log files of messages: rows of `messages`, and the facts of their `conversations`.
import type {SourceOutput} from '../../airbyte/source';
import {conversations} from '../../contract/conversations';
import {messages} from '../../contract/messages';
import type {DownloadedLog} from '../api/log-download';
import type {LogCursor} from '../cursor/log-cursor';
import {type FileReference, toFileReferences} from '../normalize/file-references';
import {ConversationFacts} from '../normalize/to-conversation-rows';
import {toCountedRows} from './log-file-rows';
import {readLogPass} from './log-pass';
import type {ReadScope, SelectedStates, StreamOutputs} from './read-scope';
import type {ReferenceCache} from './reference-cache';

export const messageEventType = 'CONVERSATION_MESSAGE';

/** Where `messages` stands after the pass: `not_selected`, or undefined when its state could not even be read. */
export type MessagesReached = LogCursor | 'not_selected' | undefined;

/** @param references takes the files that messages refer to, when they are to be captured */
export async function* readMessagePass(
  scope: ReadScope,
  selected: SelectedStates,
  references: ReferenceCache | undefined
): StreamOutputs<MessagesReached> {
  const reached = yield* readLogPass(scope, selected, {
    eventType: messageEventType,
    streams: [messages.name, conversations.name],
    records: (log, pending) => toRecords(scope, log, pending, references),
  });
  return selected.has(messages.name) ? reached.get(messages.name) : 'not_selected';
}

function* toRecords(
  scope: ReadScope,
  log: DownloadedLog,
  pending: ReadonlySet<string>,
  references: ReferenceCache | undefined
): Generator<SourceOutput, void, undefined> {
  const feedsMessages = pending.has(messages.name);
  const facts = pending.has(conversations.name) ? new ConversationFacts() : undefined;
  const found: FileReference[] = [];
  for (const row of toCountedRows(scope, log)) {
    if (feedsMessages) yield {kind: 'record', stream: messages.name, data: row};
    facts?.add(row);
    if (references !== undefined && !row.unreadable) found.push(...toFileReferences(row));
  }
  for (const row of facts?.rows() ?? []) yield {kind: 'record', stream: conversations.name, data: row};
  references?.add(log.file.id, found);
}
