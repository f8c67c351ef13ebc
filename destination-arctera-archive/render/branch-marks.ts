// Where each message of a transcript stands: what it follows, which branch it begins, which version of a message it is.
import type {TranscriptMessage} from './item';

export interface BranchMark {
  /** Position in the transcript, from 1. Versions of one message have numbers of their own. */
  readonly number: number;
  /** Number of the message it follows; `elsewhere` when that message is not in the transcript. */
  readonly follows: number | 'elsewhere' | undefined;
  /** Set where several messages follow the same one, on each of them. */
  readonly branch: {readonly number: number; readonly of: number} | undefined;
  /** Set where several events tell of the same message, on each of them. */
  readonly version: {readonly number: number; readonly of: number} | undefined;
}

/** @param messages in the order they are shown */
export function toBranchMarks(messages: readonly TranscriptMessage[]): BranchMark[] {
  const versions = groupBy(messages, ({messageId}) => messageId);
  const firsts = messages.filter(({messageId}, at) => messageId === undefined || versions.get(messageId)?.[0] === at);
  const siblings = new Map<string, TranscriptMessage[]>();
  for (const message of firsts) {
    const {previousMessageId} = message;
    if (previousMessageId === undefined) continue;
    const known = siblings.get(previousMessageId);
    if (known === undefined) siblings.set(previousMessageId, [message]);
    else known.push(message);
  }
  return messages.map((message, at) => {
    const {messageId, previousMessageId} = message;
    const ofMessage = messageId === undefined ? undefined : versions.get(messageId);
    const following = previousMessageId === undefined ? undefined : siblings.get(previousMessageId);
    const isFirst = ofMessage === undefined || ofMessage[0] === at;
    return {
      number: at + 1,
      follows: toFollowed(previousMessageId, versions),
      branch: isFirst ? toPosition(following, message) : undefined,
      version: toPosition(ofMessage, at),
    };
  });
}

function toFollowed(
  previousMessageId: string | undefined,
  versions: ReadonlyMap<string, readonly number[]>
): BranchMark['follows'] {
  if (previousMessageId === undefined) return undefined;
  const at = versions.get(previousMessageId)?.at(-1);
  return at === undefined ? 'elsewhere' : at + 1;
}

function toPosition<Each>(all: readonly Each[] | undefined, one: Each): BranchMark['branch'] {
  return all === undefined || all.length < 2 ? undefined : {number: all.indexOf(one) + 1, of: all.length};
}

function groupBy(
  messages: readonly TranscriptMessage[],
  keyOf: (message: TranscriptMessage) => string | undefined
): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [at, message] of messages.entries()) {
    const key = keyOf(message);
    if (key === undefined) continue;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [at]);
    else known.push(at);
  }
  return groups;
}
