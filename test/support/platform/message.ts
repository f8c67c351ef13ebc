// Protocol messages as the orchestrator sees them: lines of JSON whose shape nobody vouches for.

export interface Message {
  readonly type: string;
  readonly [payload: string]: unknown;
}

export interface Descriptor {
  readonly name: string;
  readonly namespace?: string | null;
}

/** A STATE of type STREAM, as far as the platform looks into it. */
export interface StreamState {
  readonly type: 'STREAM';
  readonly id?: number;
  readonly stream: {readonly stream_descriptor: Descriptor; readonly stream_state?: unknown};
  readonly sourceStats?: Stats;
  readonly destinationStats?: Stats;
}

export interface Stats {
  readonly recordCount?: number;
  readonly rejectedRecordCount?: number;
}

/** What one side did that the platform does not stand: the rule's name and what was seen, without content of records. */
export interface Finding {
  readonly rule: string;
  readonly detail: string;
}

/** Undefined for the line that a killed process did not finish: the platform passes over what is not JSON. */
export function parseMessage(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null && 'type' in message ? (message as Message) : undefined;
  } catch {
    return undefined;
  }
}

/** One key for a stream, whatever form its namespace has. */
export function streamKey({name, namespace}: Descriptor): string {
  return JSON.stringify([namespace ?? null, name]);
}
