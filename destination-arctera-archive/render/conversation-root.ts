// The Message-ID that every item of a conversation refers to. No item has it: it is the root of the thread.
import {sha256OfParts} from '../../core/digest';

export function conversationRoot(workspaceId: string, conversationId: string, domain: string): string {
  return `<${sha256OfParts([workspaceId, conversationId])}@${domain}>`;
}
