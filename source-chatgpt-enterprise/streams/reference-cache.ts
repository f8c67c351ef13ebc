// File references that the log pass saw, kept for the file lane so that it need not download the log files again.
import type {FileReference} from '../normalize/file-references';

const maxReferences = 200_000;

export class ReferenceCache {
  private readonly byLogFile = new Map<string, readonly FileReference[]>();
  private count = 0;

  add(logFileId: string, references: readonly FileReference[]): void {
    if (this.count + references.length > maxReferences) return; // the lane downloads that log file once more
    this.byLogFile.set(logFileId, references);
    this.count += references.length;
  }

  get(logFileId: string): readonly FileReference[] | undefined {
    return this.byLogFile.get(logFileId);
  }

  delete(logFileId: string): void {
    this.count -= this.byLogFile.get(logFileId)?.length ?? 0;
    this.byLogFile.delete(logFileId);
  }

  /** What nobody has taken yet. */
  remaining(): readonly FileReference[] {
    return [...this.byLogFile.values()].flat();
  }
}
