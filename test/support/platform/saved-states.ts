// The states a connection keeps: the newest that came back of each stream, and nothing else.
import {readFileSync, writeFileSync} from 'node:fs';
import {type Descriptor, type StreamState, streamKey} from './message';

export class SavedStates {
  private readonly byStream = new Map<string, StreamState>();

  constructor(private readonly path: string) {
    for (const state of load(path)) this.keep(state);
  }

  /** As the platform hands them to a source: with what it does not know as null. Undefined while there is none. */
  toInput(): readonly object[] | undefined {
    if (this.byStream.size === 0) return undefined;
    return [...this.byStream.values()].map(({type, stream}) => ({type, stream, global: null, data: null}));
  }

  save(state: StreamState): void {
    this.keep(state);
    writeFileSync(this.path, JSON.stringify([...this.byStream.values()]));
  }

  private keep(state: StreamState): void {
    const {name}: Descriptor = state.stream.stream_descriptor; // the connection's namespace is taken off again
    const stream = {...state.stream, stream_descriptor: {name}};
    this.byStream.set(streamKey({name}), {...state, stream});
  }
}

function load(path: string): readonly StreamState[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StreamState[];
  } catch {
    return [];
  }
}
