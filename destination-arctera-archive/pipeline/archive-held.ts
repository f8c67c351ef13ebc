// Archives what a workspace holds: groups become message items, other streams their items, late files addenda.
import {GroupArchiver} from './archive-groups';
import {BatchArchiver} from './archive-batches';
import {LateFileArchiver} from './archive-late-files';
import {type ArchiveTools, Archiving} from './archiving';
import type {HeldGroup} from './held-groups';
import type {Workspace} from './workspace';

/** @param atEnd nothing more will come: what waits for something waits in vain */
export async function archiveHeld(workspace: Workspace, tools: ArchiveTools, atEnd: boolean): Promise<void> {
  await archiveGroups(workspace, tools, workspace.groups.takeAll(), atEnd); // so that late files find their messages in the ledger
  await archiveOthers(workspace, tools, atEnd);
}

/** Archives groups, and those that come to them meanwhile. */
export async function archiveGroups(
  workspace: Workspace,
  tools: ArchiveTools,
  groups: Iterable<HeldGroup>,
  atEnd: boolean
): Promise<void> {
  const archiving = new Archiving(workspace, tools);
  const archiver = new GroupArchiver(archiving, atEnd);
  for (const group of groups) await archiver.archive(group);
  archiving.leaving.commit();
  await archiving.delivery.commit();
}

/** Archives what does not wait in groups. */
export async function archiveOthers(workspace: Workspace, tools: ArchiveTools, atEnd: boolean): Promise<void> {
  const archiving = new Archiving(workspace, tools);
  await new BatchArchiver(archiving, atEnd).archive();
  await archiving.delivery.commit(); // so that late files find their objects in the ledger
  await new LateFileArchiver(archiving, atEnd).archive();
  await archiving.delivery.commit();
  workspace.filesApart.clear();
}

/** Archives the batches, to be called when one has the size of an item. */
export async function archiveFullBatches(workspace: Workspace, tools: ArchiveTools): Promise<void> {
  const archiving = new Archiving(workspace, tools);
  await new BatchArchiver(archiving, false).archive();
  await archiving.delivery.commit();
}
