// Trouble that is asked for: the next requests whose path matches are refused, or their bodies spoilt.
import type {Reply} from './reply';

export interface Interference {
  /** Matched against the path without its query, at the API as at the signed host. */
  readonly path: RegExp;
  /** How many requests meet it; all of them unless given. */
  readonly times?: number;
  readonly trouble: Trouble;
}

export type Trouble =
  | {readonly kind: 'refuse'; readonly status: number; readonly headers?: Readonly<Record<string, string>>}
  /** The body breaks off half-way. */
  | {readonly kind: 'cut'}
  /** Half of the body comes, then nothing more; the connection stays open. */
  | {readonly kind: 'stall'}
  /** The connection is closed without an answer. */
  | {readonly kind: 'reset'}
  /** No answer comes at all; the connection stays open. */
  | {readonly kind: 'silence'}
  /** One byte of the body is another. */
  | {readonly kind: 'alter'}
  /** A success with another body. */
  | {readonly kind: 'answer'; readonly body: Buffer | object; readonly headers?: Readonly<Record<string, string>>}
  /** Another place is named by the redirect. */
  | {readonly kind: 'redirect'; readonly location: string};

export class Interferences {
  private readonly waiting: {rest: number; readonly asked: Interference}[] = [];

  /** The first that was asked for comes first. Answers with a function that ends it. */
  ask(asked: Interference): () => void {
    const waiting = {rest: asked.times ?? Number.POSITIVE_INFINITY, asked};
    this.waiting.push(waiting);
    return () => {
      waiting.rest = 0;
    };
  }

  /** What this request meets; it counts as one of the times. */
  meet(path: string): Trouble | undefined {
    const found = this.waiting.find(({rest, asked}) => rest > 0 && asked.path.test(path));
    if (found === undefined) return undefined;
    found.rest--;
    return found.asked.trouble;
  }
}

/** The reply as the trouble leaves it, apart from what happens to it on the wire. */
export function spoil(trouble: Trouble | undefined, reply: () => Reply): Reply {
  switch (trouble?.kind) {
    case 'refuse':
      return {status: trouble.status, headers: trouble.headers ?? {}, body: {detail: 'Refused on request'}};
    case 'answer':
      return {status: 200, headers: trouble.headers ?? {}, body: trouble.body};
    case 'redirect':
      return {status: 307, headers: {location: trouble.location}};
    case 'alter':
      return altered(reply());
    case 'cut':
    case 'stall':
    case 'reset':
    case 'silence':
    case undefined:
      return reply();
  }
}

function altered(reply: Reply): Reply {
  if (!Buffer.isBuffer(reply.body) || reply.body.length === 0) return reply;
  const body = Buffer.from(reply.body);
  const middle = Math.floor(body.length / 2);
  body.writeUInt8(body.readUInt8(middle) ^ 1, middle);
  return {...reply, body};
}
