// Archives groups of one workspace while more is read: a queue between the reader and the items, bounded by what is held.
import {archiveGroups} from './archive-held';
import type {ArchiveTools} from './archiving';
import type {HeldGroup} from './held-groups';
import type {Workspace} from './workspace';

export class GroupFlow {
  /** In their order; a set gives up its first member at no cost, however many there are. */
  private readonly queue = new Set<HeldGroup>();
  private archiving: Promise<void> | undefined;
  private failure: {readonly reason: unknown} | undefined;
  private onProgress: (() => void) | undefined;

  constructor(
    private readonly workspace: Workspace,
    private readonly tools: ArchiveTools,
    private readonly signal: AbortSignal
  ) {}

  add(groups: readonly HeldGroup[]): void {
    this.assertWell();
    for (const group of groups) this.queue.add(group); // not `push(...)`: they may be too many arguments for one call
    if (this.queue.size === 0) return;
    this.archiving ??= this.archive().finally(() => {
      this.archiving = undefined;
      this.onProgress?.();
    });
  }

  /** Resolves when no more than so many bytes of messages are held, or everything that was added has its outcome. */
  async room(heldBytes: number): Promise<void> {
    while (this.archiving !== undefined && this.workspace.groups.heldBytes > heldBytes) {
      await new Promise<void>((resolve) => (this.onProgress = resolve));
    }
    this.assertWell();
  }

  /** Resolves when everything that was added has its outcome. */
  async end(): Promise<void> {
    while (this.archiving !== undefined) await this.archiving;
    this.assertWell();
  }

  private async archive(): Promise<void> {
    try {
      while (this.queue.size > 0 && !this.signal.aborted) {
        await archiveGroups(this.workspace, this.tools, this.takeQueued(), false);
      }
    } catch (reason) {
      this.failure = {reason};
    }
  }

  /** Whatever is added meanwhile, too. When the process is told to stop, what is left is sent again. */
  private *takeQueued(): Generator<HeldGroup> {
    for (const group of this.queue) {
      this.queue.delete(group);
      if (this.signal.aborted) return;
      yield group;
      this.onProgress?.();
    }
  }

  /** Throws what has ended the archiving. */
  assertWell(): void {
    if (this.failure !== undefined) throw this.failure.reason;
  }
}
