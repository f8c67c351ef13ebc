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
  const versions = versionsOf(messages);
  const siblings = new Map<string, TranscriptMessage[]>();
  for (const [at, message] of messages.entries()) {
    const {messageId, previousMessageId} = message;
    const isFirst = messageId === undefined || versions.get(messageId)?.[0] === at;
    if (!isFirst || previousMessageId === undefined) continue;
    const known = siblings.get(previousMessageId);
    if (known === undefined) siblings.set(previousMessageId, [message]);
    else known.push(message);
  }
  const marks: BranchMark[] = [];
  for (const [at, message] of messages.entries()) {
    const {messageId, previousMessageId} = message;
    const ofMessage = messageId === undefined ? undefined : versions.get(messageId);
    const following = previousMessageId === undefined ? undefined : siblings.get(previousMessageId);
    const isFirst = ofMessage === undefined || ofMessage[0] === at;
    marks.push({
      number: at + 1,
      follows: toFollowed(previousMessageId, versions),
      branch: isFirst ? toPosition(following, message) : undefined,
      version: toPosition(ofMessage, at),
    });
  }
  return marks;
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

/** Where the events of each message stand, by its id. */
function versionsOf(messages: readonly TranscriptMessage[]): Map<string, number[]> {
  const versions = new Map<string, number[]>();
  for (const [at, {messageId}] of messages.entries()) {
    if (messageId === undefined) continue;
    const known = versions.get(messageId);
    if (known === undefined) versions.set(messageId, [at]);
    else known.push(at);
  }
  return versions;
}
