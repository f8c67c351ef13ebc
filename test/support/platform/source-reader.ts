// Reads what a source writes, as the platform does, and names what the platform would drop, log or fail on.
import type {ConfiguredCatalog} from './configured-catalog';
import {type Descriptor, type Finding, type Message, parseMessage, streamKey} from './message';

const maxLineChars = 20_000_000;
const statusOrder = ['STARTED', 'RUNNING', 'COMPLETE'];

interface SeenStream {
  readonly name: string;
  readonly primaryKey: readonly (readonly string[])[];
  readonly statuses: string[];
  states: number;
  lastState: string | undefined;
  /** Records since the stream's previous state. */
  records: number;
}

export class SourceReader {
  readonly findings: Finding[] = [];
  readonly errors: {readonly message: string; readonly failure_type: string}[] = [];
  private readonly streams: ReadonlyMap<string, SeenStream>;

  constructor(catalog: ConfiguredCatalog) {
    this.streams = new Map(
      catalog.streams.map(({stream, destination_sync_mode: mode}) => [
        stream.name,
        {
          name: stream.name,
          primaryKey: mode === 'append_dedup' ? (stream.source_defined_primary_key ?? []) : [],
          statuses: [],
          states: 0,
          lastState: undefined,
          records: 0,
        },
      ])
    );
  }

  /** The message to be handled on; undefined for one that the platform keeps to itself or drops. */
  read(line: string): Message | undefined {
    if (line.length >= maxLineChars) this.find('line too long', `${line.length} characters`);
    const message = parseMessage(line);
    if (message === undefined) {
      this.find('stdout carries protocol JSON only', `a line of ${line.length} characters`);
      return undefined;
    }
    switch (message.type) {
      case 'RECORD':
        return this.record(message);
      case 'STATE':
        return this.state(message);
      case 'TRACE':
        this.trace(message);
        return message;
      case 'LOG':
        return message;
      default:
        this.find('unexpected message', message.type);
        return undefined;
    }
  }

  /** What can be said only when the source has ended. */
  end(exitCode: number | null): void {
    const incomplete: string[] = [];
    for (const {name, statuses, states, records} of this.streams.values()) {
      const told = statuses.filter((status, index) => status !== statuses[index - 1]).join(' ');
      if (statuses.at(-1) === 'INCOMPLETE') incomplete.push(name);
      else if (exitCode === 0 && told !== statusOrder.join(' ')) this.find('statuses of a stream', `${name}: ${told}`);
      if (exitCode === 0 && states === 0) this.find('a state for every stream', name);
      if (exitCode === 0 && records > 0) this.find('no record after the last state', name);
    }
    if (exitCode === 0 && incomplete.length > 0)
      this.find('the exit code is the verdict', `0 for ${incomplete.join()}`);
    if (exitCode === 0 && this.errors.length > 0) this.find('the exit code is the verdict', '0 after an error trace');
    if (exitCode === 1 && this.errors.length === 0) this.find('a failure says what happened', 'no error trace');
  }

  private record(message: Message): Message | undefined {
    const {
      stream: name,
      data,
      emitted_at: at,
    } = message['record'] as {
      stream: string;
      data: Readonly<Record<string, unknown>>;
      emitted_at?: unknown;
    };
    const stream = this.streams.get(name);
    if (stream === undefined) {
      this.find('a record of an unknown stream', name);
      return undefined;
    }
    if (typeof at !== 'number' || !Number.isInteger(at) || at < 1e12) this.find('emitted_at in milliseconds', name);
    if (Object.keys(data).length === 0) this.find('empty records are dropped', name);
    const {primaryKey} = stream;
    if (primaryKey.length > 0 && primaryKey.every(([field = '']) => (data[field] ?? null) === null)) {
      this.find('a key of nulls', name);
    }
    if (stream.statuses.length === 0) this.find('a record before STARTED', name);
    stream.records += 1;
    return message;
  }

  private state(message: Message): Message | undefined {
    const state = message['state'] as {
      type?: string;
      id?: unknown;
      stream?: {stream_descriptor?: Descriptor; stream_state?: unknown};
      sourceStats?: {recordCount?: number};
    };
    if (state.type !== 'STREAM') {
      this.find('states are of type STREAM', state.type ?? 'untyped');
      return undefined;
    }
    if (state.id !== undefined) this.find('the platform stamps state ids', 'one of the source');
    const descriptor = state.stream?.stream_descriptor;
    const stream = descriptor === undefined ? undefined : this.streams.get(descriptor.name);
    if (descriptor === undefined || stream === undefined) {
      this.find('a state of an unknown stream', descriptor === undefined ? 'none' : streamKey(descriptor));
      return message;
    }
    const count = state.sourceStats?.recordCount;
    if (count !== stream.records) {
      this.find('sourceStats count the records since the previous state', `${stream.name}: ${count ?? 'none'}`);
    }
    const text = JSON.stringify(state.stream?.stream_state);
    if (text === stream.lastState && stream.records === 0) this.find('no two equal states in a row', stream.name);
    if (text.length > 64 * 1024) this.find('states stay under 64 KB', `${stream.name}: ${text.length}`);
    stream.lastState = text;
    stream.records = 0;
    stream.states += 1;
    return message;
  }

  private trace(message: Message): void {
    const trace = message['trace'] as {
      type?: string;
      emitted_at?: unknown;
      error?: {message: string; failure_type: string};
      stream_status?: {stream_descriptor: Descriptor; status: string};
    };
    if (trace.type === undefined || typeof trace.emitted_at !== 'number') {
      this.find('traces have a type and a time', String(trace.type));
    }
    if (trace.error !== undefined) this.errors.push(trace.error);
    const status = trace.stream_status;
    if (status !== undefined) this.streams.get(status.stream_descriptor.name)?.statuses.push(status.status);
  }

  private find(rule: string, detail: string): void {
    this.findings.push({rule, detail});
  }
}
