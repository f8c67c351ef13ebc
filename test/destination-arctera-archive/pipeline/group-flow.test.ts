// The queue between the reader and the items.
import {expect, test} from '@jest/globals';
import type {ArchiveTools} from '../../../destination-arctera-archive/pipeline/archiving';
import {GroupFlow} from '../../../destination-arctera-archive/pipeline/group-flow';
import {Workspace} from '../../../destination-arctera-archive/pipeline/workspace';

test('takes as many groups at once as a gigabyte of short conversations has', async () => {
  const workspace = Object.create(Workspace.prototype) as Workspace; // nothing is asked of it
  const flow = new GroupFlow(workspace, {} as ArchiveTools, AbortSignal.abort());
  flow.add(Array.from({length: 500_000}, (_, at) => ({conversationId: String(at), order: '', messages: []})));
  await expect(flow.end()).resolves.toBeUndefined();
});
