// File references that the log pass saw, kept for the file lane so that it need not download the log files again.
import {RecentlyUsed} from '../../core/recently-used';
import type {FileReference} from '../normalize/file-references';

/** Some thirty thousand references, those of the newest log files, which the lane takes first. */
const maxBytes = 16 * 1024 * 1024;

export class ReferenceCache {
  private readonly byLogFile = new RecentlyUsed<readonly FileReference[]>(maxBytes, sizeOfAll);

  /** The lane downloads a log file once more of which this has been forgotten. */
  add(logFileId: string, references: readonly FileReference[]): void {
    this.byLogFile.set(logFileId, references);
  }

  get(logFileId: string): readonly FileReference[] | undefined {
    return this.byLogFile.get(logFileId);
  }

  delete(logFileId: string): void {
    this.byLogFile.delete(logFileId);
  }

  /** What nobody has taken yet, but for these log files. */
  remaining(without: ReadonlySet<string>): readonly FileReference[] {
    return this.byLogFile.list().flatMap(([id, references]) => (without.has(id) ? [] : references));
  }
}

/** Of an object with nine members and its texts, roughly. */
const referenceBytes = 250;

function sizeOfAll(references: readonly FileReference[]): number {
  return references.reduce((bytes, reference) => bytes + sizeOf(reference), 0);
}

function sizeOf({conversationId, eventId, fileId, messageId, name, userId}: FileReference): number {
  const texts = [conversationId, eventId, fileId, messageId, name, userId];
  return texts.reduce((bytes, text) => bytes + (text?.length ?? 0), referenceBytes);
}
