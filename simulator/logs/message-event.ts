// Writes a happening as a CONVERSATION_MESSAGE event of the Compliance Logs Platform.
import {composeAnswer, composePrompt, composeSentence} from '../content/prose';
import type {Random} from '../random';
import {formatMicros} from '../micro-time';
import type {Happening} from '../workspace/conversation';
import type {Upload} from '../workspace/upload';
import {toLogLine, type LogLine} from './log-line';

const models = ['gpt-5-5', 'gpt-5-5', 'gpt-5-5-thinking', 'gpt-5-mini', 'o4'];
/** A conversation is untitled at first, then "New chat", then has its title. */
const positionOfTitle = 2;
const lateShare = 0.01;
const maxDeliveryMicros = 90_000_000;

export function toMessageLine(random: Random, workspaceId: string, happening: Happening): LogLine {
  const {conversation, position, atMicros, messageId, previousMessageId, version} = happening;
  const eventId = random.uuid();
  const body = random.fork(messageId); // the text of a message must be the same in each of its versions
  const isPrompt = happening.kind === 'prompt';
  const earlier = conversation.uploads.filter((upload) => upload.uploadedMicros <= atMicros);
  const cited = isPrompt ? [] : citedFiles(body, happening, earlier);
  const quoted = isPrompt && earlier.length > 0 && body.chance(0.05) ? body.pick(earlier) : undefined;
  const event = {
    event_id: eventId,
    type: 'CONVERSATION_MESSAGE',
    timestamp: formatMicros(atMicros),
    principal: {id: workspaceId, type: 'CHATGPT_WORKSPACE'},
    actor: {type: 'ACCOUNT_USER', user_id: conversation.owner.id, user_email: conversation.owner.email},
    previous_message_id: previousMessageId ?? (random.chance(0.1) ? '' : undefined),
    message: {
      id: messageId,
      created_at: random.chance(0.02) ? undefined : formatMicros(atMicros - (version > 0 ? 3_000_000 : 0)),
      author: isPrompt
        ? {type: 'user', client_type: random.chance(0.03) ? undefined : conversation.clientType}
        : answerAuthor(body, cited.length > 0),
      content: isPrompt ? promptContent(body, happening, quoted) : answerContent(body, happening, cited),
      files: happening.attachments.length > 0 ? happening.attachments.map(toReference) : undefined,
    },
    conversation: conversationAt(random, happening, position),
  };
  const late = random.chance(lateShare) ? 600_000_000 : 0;
  const deliveredMicros = atMicros + random.int(0, maxDeliveryMicros) + late;
  const named = [...new Set([...happening.attachments, ...cited, ...(quoted === undefined ? [] : [quoted])])];
  const text = JSON.stringify(event); // an answer without content cites nothing after all
  const uploads = named.filter(({fileId}) => text.includes(fileId));
  return toLogLine(event, eventId, deliveredMicros, uploads);
}

function conversationAt(random: Random, {conversation, atMicros}: Happening, position: number): object {
  const {assistant} = conversation;
  const isUntitled = position < positionOfTitle;
  return {
    id: conversation.id,
    title: isUntitled ? (position === 0 ? '' : 'New chat') : conversation.title,
    created_at: random.chance(0.01) ? null : formatMicros(Math.min(conversation.createdMicros, atMicros)),
    ...(assistant?.kind === 'gpt' && {gpt_id: assistant.id, gpt_name: assistant.name}),
    ...(assistant?.kind === 'project' && {project_id: assistant.id, project_name: assistant.name}),
    is_pinned: conversation.isPinned && !isUntitled,
    is_temporary_chat: random.chance(0.02) && !conversation.isTemporary ? undefined : conversation.isTemporary,
    mode: conversation.mode,
  };
}

function citedFiles(body: Random, {conversation}: Happening, earlier: readonly Upload[]): Upload[] {
  const cited = earlier.length > 0 && body.chance(0.3) ? [body.pick(earlier)] : [];
  const knowledge = conversation.assistant?.knowledge ?? [];
  return knowledge.length > 0 && body.chance(0.1) ? [...cited, body.pick(knowledge)] : cited;
}

function answerAuthor(body: Random, citesFiles: boolean): object {
  const tools = [...(citesFiles ? ['file_search'] : []), ...(body.chance(0.1) ? ['browser'] : [])];
  return {
    type: 'assistant',
    model: body.pick(models),
    tools_used: tools.length > 0 || body.chance(0.2) ? tools : undefined,
    skills_used: body.chance(0.05) ? [`skill-${body.int(1, 9)}`] : undefined,
  };
}

function promptContent(body: Random, {conversation, position}: Happening, quoted: Upload | undefined): object {
  if (quoted !== undefined) {
    const quote = composeSentence(body, conversation.topic);
    return {type: 'quotation', file_id: quoted.fileId, file_name: quoted.name, quote};
  }
  if (position > 0 && body.chance(0.01)) return {type: 'user_instructions', value: 'Answer briefly. Metric units. 🇪🇺'};
  return {type: 'text', value: composePrompt(body, conversation.topic, position === 0)};
}

function answerContent(body: Random, happening: Happening, cited: readonly Upload[]): object | undefined {
  if (body.chance(0.005)) return undefined;
  if (body.chance(0.005)) return {type: 'text', value: null};
  const {conversation, version} = happening;
  const annotations: object[] = cited.length > 0 ? [{type: 'file_citation', files: cited.map(toReference)}] : [];
  if (body.chance(0.08))
    annotations.push({type: 'url_citation', urls: [`https://library.test/notes/${body.int(1, 900)}`]});
  if (conversation.assistant?.kind === 'gpt' && body.chance(0.1)) {
    annotations.push({type: 'custom_action', action_domain: 'api.acme.test', action_name: 'lookup'});
  }
  const value = composeAnswer(body, conversation.topic) + '\n\nUpdated: one figure corrected.'.repeat(version);
  return {type: 'text', value, annotations: annotations.length > 0 ? annotations : undefined};
}

function toReference({fileId, name}: Upload): {id: string; name: string} {
  return {id: fileId, name};
}
