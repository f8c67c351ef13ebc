// Reads what a destination writes: holds each state it returns against the one that was sent.
import {isDeepStrictEqual} from 'node:util';
import {type Finding, type Message, parseMessage, type StreamState, streamKey} from './message';

interface Sent {
  readonly state: StreamState;
  readonly atMs: number;
}

export class DestinationReader {
  readonly findings: Finding[] = [];
  readonly errors: {readonly message: string; readonly failure_type: string}[] = [];
  returned = 0;
  /** The longest time between a state's going in and its coming back, in milliseconds. */
  longestHoldMs = 0;
  private readonly awaited = new Map<string, Sent[]>();

  /** To be told of each state that goes to the destination. */
  sent(state: StreamState): void {
    const key = streamKey(state.stream.stream_descriptor);
    const sent = this.awaited.get(key);
    if (sent === undefined) this.awaited.set(key, [{state, atMs: performance.now()}]);
    else sent.push({state, atMs: performance.now()});
  }

  /** The message; undefined for what is none. */
  read(line: string): Message | undefined {
    const message = parseMessage(line);
    if (message === undefined) this.find('stdout carries protocol JSON only', `a line of ${line.length} characters`);
    else if (message.type === 'STATE') this.state(message['state'] as StreamState);
    else if (message.type === 'TRACE') {
      const {error} = message['trace'] as {error?: {message: string; failure_type: string}};
      if (error !== undefined) this.errors.push(error);
    } else if (message.type !== 'LOG') this.find('unexpected message', message.type);
    return message;
  }

  /** @param isWholeInput whether the destination got all that the source sent, and then the end of its input */
  end(exitCode: number | null, isWholeInput: boolean): void {
    if (exitCode === 1 && this.errors.length === 0) this.find('a failure says what happened', 'no error trace');
    if (exitCode !== 0 || !isWholeInput) return;
    for (const [stream, sent] of this.awaited) {
      if (sent.length > 0) this.find('every state comes back', `${stream}: ${sent.length} did not`);
    }
  }

  private state(state: StreamState): void {
    this.returned += 1;
    const stream = streamKey(state.stream.stream_descriptor);
    const sent = this.awaited.get(stream)?.shift();
    if (sent === undefined) return this.find('only states that were sent come back', stream);
    this.longestHoldMs = Math.max(this.longestHoldMs, performance.now() - sent.atMs);
    const {destinationStats, ...echo} = state;
    if (!isDeepStrictEqual(echo, sent.state)) {
      if (echo.id !== sent.state.id)
        this.find('states come back in order, with their ids', `${stream}: ${echo.id ?? 'none'}`);
      else this.find('a state comes back as it went', stream);
    }
    const counted = (destinationStats?.recordCount ?? NaN) + (destinationStats?.rejectedRecordCount ?? 0);
    if (counted !== sent.state.sourceStats?.recordCount) {
      this.find('destinationStats count what the source counted', `${stream}: ${counted}`);
    }
  }

  private find(rule: string, detail: string): void {
    this.findings.push({rule, detail});
  }
}
