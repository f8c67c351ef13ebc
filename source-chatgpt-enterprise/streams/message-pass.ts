// The pass over the log files of messages: rows of `messages`, and the facts of their `conversations`.
import type {JsonText} from '../../airbyte/json-text';
import type {SourceOutput} from '../../airbyte/source';
import {conversations} from '../../contract/conversations';
import {messages} from '../../contract/messages';
import type {DownloadedLog} from '../api/log-download';
import type {LogCursor} from '../cursor/log-cursor';
import {type FileReference, toFileReferences} from '../normalize/file-references';
import {MessageLines} from '../normalize/message-line';
import {ConversationFacts} from '../normalize/to-conversation-rows';
import {toCountedMessages, toOrigin} from './log-file-rows';
import {readLogPass} from './log-pass';
import type {ReadScope, SelectedStates, StreamOutputs} from './read-scope';
import type {ReferenceCache} from './reference-cache';

export const messageEventType = 'CONVERSATION_MESSAGE';

/** Enough that handing them on costs little beside them; beyond it large ones would gather. */
const maxRowsAtOnce = 200;

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
  let rows: JsonText[] = [];
  const lines = new MessageLines(toOrigin(scope, log));
  for (const line of toCountedMessages(scope, log, lines)) {
    if (feedsMessages) rows.push(line.json);
    if (facts?.add(line) === false && !line.unreadable) scope.tally.unreadableTimes++;
    if (references !== undefined && line.mayNameFiles && !line.unreadable) {
      for (const reference of toFileReferences(line)) found.push(reference); // too many for the arguments of one call
    }
    if (!lines.isFull && rows.length < maxRowsAtOnce) continue;
    if (rows.length > 0) yield {kind: 'rows', stream: messages.name, rows};
    rows = [];
    lines.clear();
  }
  if (rows.length > 0) yield {kind: 'rows', stream: messages.name, rows};
  for (const row of facts?.rows() ?? []) yield {kind: 'record', stream: conversations.name, data: row};
  references?.add(log.file.id, found);
}
