// Items that the tests of rendering share.
import {Readable} from 'node:stream';
import {sha256Hex} from '../../../core/digest';
import {
  type AddendumItem,
  type AttachedFile,
  type BatchItem,
  type MessagesItem,
  type RenderSettings,
  toItemId,
  type TranscriptMessage,
} from '../../../destination-arctera-archive/render/item';
import {toSubject} from '../../../destination-arctera-archive/render/subject';

export const settings: RenderSettings = {
  messageIdDomain: 'chatgpt.invalid',
  assistantAddress: 'chatgpt@records.test',
  fallbackAddress: 'unresolved@records.test',
  timeZone: 'UTC',
  formats: ['eml'],
  extraHeaders: [],
};

const workspaceId = '6f1f3a52-7f0e-4d53-9a0e-0c5f3c8c1b11';
export const conversationId = '68b0c1d2-0000-4000-8000-00000000c0de';
const dateMs = Date.UTC(2026, 0, 15, 9, 30, 5);

const ada = {id: 'user-ada', name: 'Ada Example', email: 'ada@corp.test'};

export function attached(name: string | undefined, bytes: Buffer, fileId = 'file-1'): AttachedFile {
  const content = (): Readable => Readable.from(bytes.length === 0 ? [] : [bytes.subarray(0, 7), bytes.subarray(7)]);
  return {
    fileId,
    eventId: 'ev-1',
    name,
    state: {kind: 'attached', sha256: sha256Hex(bytes), size: bytes.length, content},
  };
}

export function message(fields: Partial<TranscriptMessage> = {}): TranscriptMessage {
  return {
    eventId: 'ev-1',
    messageId: 'msg-1',
    previousMessageId: undefined,
    timestamp: '2026-01-15T09:30:05.123456Z',
    role: 'user',
    authorType: 'user',
    author: ada,
    model: undefined,
    text: 'Summarise the attached plan.',
    contentType: undefined,
    otherContent: undefined,
    tools: [],
    skills: [],
    client: undefined,
    citations: [],
    files: [],
    ...fields,
  };
}

export function response(fields: Partial<TranscriptMessage> = {}): TranscriptMessage {
  const author = {id: 'chatgpt', name: 'ChatGPT', email: undefined};
  return message({eventId: 'ev-2', messageId: 'msg-2', role: 'assistant', authorType: 'assistant', author, ...fields});
}

export function original(recordId: string, text: string): MessagesItem['originals'][number] {
  return {recordId, sha256: sha256Hex(text), text};
}

export function messagesItem(fields: Partial<MessagesItem> = {}): MessagesItem {
  const title = 'Quarterly plan';
  const originals = fields.originals ?? [
    original('ev-1', '{"event_id":"ev-1","size":1.0,"big":12345678901234567890}'),
    original('ev-2', '{"event_id":"ev-2","text":"\\ud800 é 🎉"}'),
  ];
  return {
    kind: 'messages',
    itemId: toItemId(
      'messages',
      'folder',
      originals.map(({recordId}) => recordId)
    ),
    workspaceId,
    subject: toSubject([title], conversationId),
    dateMs,
    policyVersion: 'none',
    originals,
    conversation: {
      id: conversationId,
      title,
      isTemporary: false,
      gptName: undefined,
      projectName: 'Budget',
      mode: 'chat',
    },
    owner: ada,
    others: [],
    messages: [message(), response({model: 'gpt-5', text: '## Plan\n\n- first\n- second'})],
    part: {number: 1, of: 1},
    ...fields,
  };
}

export function addendumItem(files: readonly AttachedFile[]): AddendumItem {
  const originals = files.map((file) => original(`row-${file.fileId}`, `{"file_id":"${file.fileId}"}`));
  const {conversation, owner, subject, policyVersion} = messagesItem();
  const itemId = toItemId(
    'addendum',
    'folder',
    originals.map(({recordId}) => recordId)
  );
  return {kind: 'addendum', itemId, workspaceId, subject, dateMs, policyVersion, originals, conversation, owner, files};
}

export function batchItem(): BatchItem {
  const originals = [original('m-1', '{"id":"m-1","text":"likes tea"}'), original('m-2', '{"id":"m-2"}')];
  const itemId = toItemId('batch', 'folder', ['m-1', 'm-2']);
  const subject = 'ChatGPT records: memories';
  return {kind: 'batch', itemId, workspaceId, subject, dateMs, policyVersion: 'none', originals, stream: 'memories'};
}
