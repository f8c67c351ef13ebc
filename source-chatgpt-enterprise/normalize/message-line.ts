// A log line of messages on its way into the output: its row as JSON, and what else is made of it.
import type {JsonText} from '../../airbyte/json-text';
import type {MessageRow} from '../../contract/messages';
import {JsonMembers} from '../../core/json-members';
import {asText, unlessTooDeep} from './json-object';
import type {LogLine} from './log-lines';
import type {LogOrigin} from './log-origin';
import {RowBlock, type RowOutput, RowParts} from './row-block';
import {toMessageRow} from './to-message-row';

/** What conversations and file references are made of. */
export type MessageFacts = Pick<
  MessageRow,
  | 'actor'
  | 'conversation'
  | 'conversation_id'
  | 'event_id'
  | 'log_file_id'
  | 'message'
  | 'message_id'
  | 'timestamp'
  | 'workspace_id'
> & {readonly conversation_title: string | null};

export interface MessageLine extends MessageFacts {
  readonly unreadable: boolean;
  /** False where the message certainly names no file. */
  readonly mayNameFiles: boolean;
  /** The row of `messages`; valid until the reader of the lines is cleared. */
  readonly json: JsonText;
}

const paths = [
  'event_id',
  'type',
  'timestamp',
  'principal',
  'actor',
  'previous_message_id',
  'message',
  'message.id',
  'conversation',
  'conversation.id',
  'conversation.title',
] as const;

const slots = Object.fromEntries(paths.map((path, slot) => [path, slot])) as Record<(typeof paths)[number], number>;

const nothing = Buffer.from('null');
const names = {
  eventId: Buffer.from('{"event_id":'),
  type: Buffer.from(',"type":'),
  timestamp: Buffer.from(',"timestamp":'),
  principal: Buffer.from(',"principal":'),
  actor: Buffer.from(',"actor":'),
  event: Buffer.from(',"event":"'),
  messageId: Buffer.from(',"message_id":'),
  previousMessageId: Buffer.from(',"previous_message_id":'),
  message: Buffer.from(',"message":'),
  conversation: Buffer.from(',"conversation":'),
  end: Buffer.from('}'),
};

/** Rows that were parsed and written anew wait as texts. */
const maxParsedLength = 256 * 1024;
const quote = 0x22;
const braceOpen = 0x7b;
/** Each member that refers to a file is named `files` or `file_…`. */
const fileName = Buffer.from('"file');

/** Reads the lines of one log file, in their order. */
export class MessageLines {
  private readonly members = new JsonMembers(paths);
  private readonly block = new RowBlock(this.members);
  private readonly originJson: Buffer;
  private nextFileName = -1;
  private parsedLength = 0;

  constructor(private readonly origin: LogOrigin) {
    const {logFileId, verified, workspaceId} = origin;
    this.originJson = Buffer.from(
      `,"log_file_id":${JSON.stringify(logFileId)},"log_file_verified":${verified}` +
        `,"workspace_id":${JSON.stringify(workspaceId)},"conversation_id":`
    );
  }

  /** Whether the rows are to be taken, and then cleared, before another line is read. */
  get isFull(): boolean {
    return this.block.isFull || this.parsedLength > maxParsedLength;
  }

  /** The rows read until now have been taken. */
  clear(): void {
    this.block.clear();
    this.parsedLength = 0;
  }

  read(line: LogLine): MessageLine {
    return this.toPlainLine(line) ?? this.toParsedLine(line);
  }

  /** A line whose members can be copied; undefined for any other, which is parsed. */
  private toPlainLine(line: LogLine): MessageLine | undefined {
    const {bytes, end, start} = line;
    const isPlain = line.encoding === null && this.members.find(bytes, start, end);
    if (!isPlain || !this.isText(bytes, slots.event_id)) return undefined;
    return new PlainLine(bytes, this.members, this.origin, this.mayNameFiles(bytes, end), this.toJson(line));
  }

  private toParsedLine(line: LogLine): MessageLine {
    const row = toMessageRow(line, this.origin);
    const json = JSON.stringify({
      ...row,
      principal: unlessTooDeep(row.principal),
      actor: unlessTooDeep(row.actor),
      message: unlessTooDeep(row.message),
      conversation: unlessTooDeep(row.conversation),
    });
    this.parsedLength += json.length;
    return {...row, conversation_title: asText(row.conversation?.title), mayNameFiles: true, json: [json]};
  }

  private toJson(line: LogLine): JsonText {
    if (RowBlock.fits(line.end - line.start) && !this.block.isFull) {
      this.writeRow(line, this.block);
      return this.block.endRow();
    }
    const parts = new RowParts();
    this.writeRow(line, parts);
    return parts.json;
  }

  private writeRow({bytes, end, number, sha256, start}: LogLine, out: RowOutput): void {
    copyAll(out, names.eventId);
    this.copyText(out, bytes, slots.event_id);
    copyAll(out, names.type);
    this.copyString(out, bytes, slots.type);
    copyAll(out, names.timestamp);
    this.copyString(out, bytes, slots.timestamp);
    copyAll(out, names.principal);
    this.copyObject(out, bytes, slots.principal);
    copyAll(out, names.actor);
    this.copyObject(out, bytes, slots.actor);
    copyAll(out, names.event);
    out.escapeLine(bytes, start, end);
    out.text(`","event_encoding":null,"event_sha256":"${sha256}","unreadable":false,"log_line":${number}`);
    copyAll(out, this.originJson);
    this.copyText(out, bytes, slots['conversation.id']);
    copyAll(out, names.messageId);
    this.copyText(out, bytes, slots['message.id']);
    copyAll(out, names.previousMessageId);
    this.copyText(out, bytes, slots.previous_message_id);
    copyAll(out, names.message);
    this.copyObject(out, bytes, slots.message);
    copyAll(out, names.conversation);
    this.copyObject(out, bytes, slots.conversation);
    copyAll(out, names.end);
  }

  private copyString(out: RowOutput, bytes: Buffer, slot: number): void {
    this.copyIf(bytes[this.members.start(slot)] === quote, out, bytes, slot);
  }

  private copyText(out: RowOutput, bytes: Buffer, slot: number): void {
    this.copyIf(this.isText(bytes, slot), out, bytes, slot);
  }

  private copyObject(out: RowOutput, bytes: Buffer, slot: number): void {
    this.copyIf(bytes[this.members.start(slot)] === braceOpen, out, bytes, slot);
  }

  private copyIf(isOfType: boolean, out: RowOutput, bytes: Buffer, slot: number): void {
    if (isOfType) out.copy(bytes, this.members.start(slot), this.members.end(slot));
    else copyAll(out, nothing);
  }

  /** Whether it is a string that says something. */
  private isText(bytes: Buffer, slot: number): boolean {
    const start = this.members.start(slot);
    return bytes[start] === quote && this.members.end(slot) - start > '""'.length;
  }

  /** One search from name to name through the file, whatever the number of lines. */
  private mayNameFiles(bytes: Buffer, end: number): boolean {
    const start = this.members.start(slots.message);
    if (bytes[start] !== braceOpen) return false;
    if (this.nextFileName < start) {
      const found = bytes.indexOf(fileName, start);
      this.nextFileName = found === -1 ? bytes.length : found;
    }
    return this.nextFileName < end;
  }
}

function copyAll(out: RowOutput, bytes: Buffer): void {
  out.copy(bytes, 0, bytes.length);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Turns into values only what is asked for. */
class PlainLine implements MessageLine {
  readonly unreadable = false;
  readonly event_id: string;
  private readonly places: Readonly<
    Record<'actor' | 'conversation' | 'id' | 'message' | 'messageId' | 'time' | 'title', Place>
  >;

  constructor(
    private readonly bytes: Buffer,
    members: JsonMembers,
    private readonly origin: LogOrigin,
    readonly mayNameFiles: boolean,
    readonly json: JsonText
  ) {
    this.event_id = parseString(bytes, placeOf(members, slots.event_id)) ?? '';
    this.places = {
      actor: placeOf(members, slots.actor),
      conversation: placeOf(members, slots.conversation),
      id: placeOf(members, slots['conversation.id']),
      message: placeOf(members, slots.message),
      messageId: placeOf(members, slots['message.id']),
      time: placeOf(members, slots.timestamp),
      title: placeOf(members, slots['conversation.title']),
    };
  }

  get timestamp(): string | null {
    return parseString(this.bytes, this.places.time);
  }

  get conversation_id(): string | null {
    return asText(parseString(this.bytes, this.places.id));
  }

  get conversation_title(): string | null {
    return asText(parseString(this.bytes, this.places.title));
  }

  get message_id(): string | null {
    return asText(parseString(this.bytes, this.places.messageId));
  }

  get actor(): Record<string, unknown> | null {
    return parseObjectAt(this.bytes, this.places.actor);
  }

  get message(): Record<string, unknown> | null {
    return parseObjectAt(this.bytes, this.places.message);
  }

  get conversation(): Record<string, unknown> | null {
    return parseObjectAt(this.bytes, this.places.conversation);
  }

  get log_file_id(): string {
    return this.origin.logFileId;
  }

  get workspace_id(): string {
    return this.origin.workspaceId;
  }
}

function placeOf(members: JsonMembers, slot: number): Place {
  return {start: members.start(slot), end: members.end(slot)};
}

function parseString(bytes: Buffer, {end, start}: Place): string | null {
  if (bytes[start] !== quote) return null;
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

function parseObjectAt(bytes: Buffer, {end, start}: Place): Record<string, unknown> | null {
  if (bytes[start] !== braceOpen) return null;
  return JSON.parse(bytes.toString('utf8', start, end)) as Record<string, unknown>;
}
