// Stamps states as the platform does: a rising id, counts where the source gave none, and the connection's namespace.
import type {Message, StreamState} from './message';

export class StateEnricher {
  private id = 0;
  /** @param namespace the connection's, undefined to leave descriptors as they are */
  constructor(private readonly namespace: string | undefined) {}

  get stamped(): number {
    return this.id;
  }

  enrich(message: Message): Message & {readonly state: StreamState} {
    const state = message['state'] as StreamState;
    this.id += 1;
    const {stream} = state;
    const descriptor =
      this.namespace === undefined
        ? stream.stream_descriptor
        : {...stream.stream_descriptor, namespace: this.namespace};
    return {...message, state: {...state, stream: {...stream, stream_descriptor: descriptor}, id: this.id}};
  }

  /** Gives a record the connection's namespace. */
  place(message: Message): Message {
    if (this.namespace === undefined) return message;
    return {...message, record: {...(message['record'] as object), namespace: this.namespace}};
  }
}
