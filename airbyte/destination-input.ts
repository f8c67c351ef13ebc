// Reads what reaches a destination on stdin: records and states as values, everything else counted and passed over.
import type {Readable} from 'node:stream';
import {isObject} from '../core/json-values';
import {Base64Data} from './base64-data';
import {readLines} from './line-reader';
import type {StateMessage, StreamDescriptor} from './protocol';
import {rawRecordData, rawState} from './raw-members';

export interface InputRecord {
  readonly kind: 'record';
  readonly stream: StreamDescriptor;
  readonly data: Readonly<Record<string, unknown>>;
  /** Exact text of `data`, numbers and all. */
  readonly dataText: () => string;
  /**
   * What the `data` within `data` stands for, where it is long base64: to read that as text costs a copy of it. Both
   * are valid until the next block is asked for.
   */
  readonly bytes?: Buffer;
  /** Size of the line in bytes. */
  readonly lineBytes: number;
}

export interface InputState {
  readonly kind: 'state';
  /** Undefined for states that belong to no one stream (GLOBAL, LEGACY). */
  readonly stream: StreamDescriptor | undefined;
  /** The message as received, to be echoed whole. */
  readonly message: StateMessage;
  /** What the source keeps in it for the stream; undefined where that is no object. */
  readonly content: Readonly<Record<string, unknown>> | undefined;
  /** Records the source says it sent for the stream since its previous state. */
  readonly sourceRecordCount: number | undefined;
}

/** A line that is passed over: not JSON, or a kind of message that carries nothing to archive. */
export interface InputIgnored {
  readonly kind: 'ignored';
  readonly reason: 'malformed' | 'other_type' | 'not_data';
}

export type DestinationInput = InputRecord | InputState | InputIgnored;

/** Yields the messages of each block that arrives; an empty list when nothing has come for `idleMs`. */
export async function* readDestinationInput(
  stdin: Readable,
  idleMs: number,
  signal: AbortSignal
): AsyncGenerator<readonly DestinationInput[]> {
  const base64Data = new Base64Data();
  for await (const {lines} of readLines(stdin, idleMs, signal)) {
    const inputs: DestinationInput[] = [];
    base64Data.beginBlock();
    for (const line of lines) {
      const input = parseWithBytes(line, base64Data) ?? parseInput(line);
      if (input !== undefined) inputs.push(input);
    }
    yield inputs;
  }
}

/** A record of a piece of a file; undefined for any other line. */
function parseWithBytes(line: Buffer, base64Data: Base64Data): DestinationInput | undefined {
  const taken = base64Data.takeOut(line);
  if (taken === undefined) return undefined;
  const {base64: get, bytes, mark, text, whole} = taken;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(message) || message['type'] !== 'RECORD' || !isObject(message['record'])) return undefined;
  const {data} = message['record'];
  if (!isObject(data) || data['data'] !== mark) return undefined;
  Object.defineProperty(data, 'data', {get, enumerable: true, configurable: true});
  const input = toRecord(message['record'], whole, line.length);
  return input.kind === 'record' ? {...input, bytes} : input;
}

/** One line of stdin; undefined for a blank one. */
function parseInput(line: Buffer): DestinationInput | undefined {
  const text = line.toString('utf8');
  if (text.trim() === '') return undefined;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return {kind: 'ignored', reason: 'malformed'};
  }
  if (!isObject(message)) return {kind: 'ignored', reason: 'malformed'};
  if (message['type'] === 'RECORD') return toRecord(message['record'], () => text, line.length);
  if (message['type'] === 'STATE') return toState(message['state'], text);
  return {kind: 'ignored', reason: 'other_type'};
}

function toRecord(record: unknown, text: () => string, lineBytes: number): DestinationInput {
  if (!isObject(record) || typeof record['stream'] !== 'string' || !isObject(record['data'])) {
    return {kind: 'ignored', reason: 'malformed'};
  }
  // Heartbeats of other CDK sources travel as records of made-up fields or streams.
  if (record['stream'].startsWith('__faros_') || '__faros_heartbeat' in record['data']) {
    return {kind: 'ignored', reason: 'not_data'};
  }
  const data = record['data'];
  return {
    kind: 'record',
    stream: toDescriptor(record['stream'], record['namespace']),
    data,
    dataText: () => rawRecordData(text()) ?? JSON.stringify(data),
    lineBytes,
  };
}

function toState(state: unknown, line: string): DestinationInput {
  const text = rawState(line);
  if (!isObject(state) || text === undefined) return {kind: 'ignored', reason: 'malformed'};
  const stream = isObject(state['stream']) ? state['stream'] : undefined;
  const descriptor =
    stream !== undefined && isObject(stream['stream_descriptor']) ? stream['stream_descriptor'] : undefined;
  const stats = isObject(state['sourceStats']) ? state['sourceStats'] : undefined;
  const count = stats?.['recordCount'];
  return {
    kind: 'state',
    stream:
      typeof descriptor?.['name'] === 'string' ? toDescriptor(descriptor['name'], descriptor['namespace']) : undefined,
    message: {type: 'STATE', text},
    content: isObject(stream?.['stream_state']) ? stream['stream_state'] : undefined,
    sourceRecordCount: typeof count === 'number' ? count : undefined,
  };
}

function toDescriptor(name: string, namespace: unknown): StreamDescriptor {
  return typeof namespace === 'string' ? {name, namespace} : {name};
}
