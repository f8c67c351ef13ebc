// What is kept for items on their way.
import {expect, test} from '@jest/globals';
import {type ArchiveTools, Archiving} from '../../../destination-arctera-archive/pipeline/archiving';
import {noFilesTaken} from '../../../destination-arctera-archive/pipeline/held-files';
import {Workspace} from '../../../destination-arctera-archive/pipeline/workspace';
import type {Item} from '../../../destination-arctera-archive/render/item';

test('a subject is kept for the items of a conversation on their way, and then the ledger alone is asked', () => {
  const frozen = new Map<string, string>();
  const ledger = {findSubject: (id: string) => frozen.get(id)};
  const workspace = Object.assign(Object.create(Workspace.prototype) as Workspace, {stores: {ledger}});
  const tools = Object.assign({} as ArchiveTools, {policy: {version: 'p-1'}});
  const archiving = new Archiving(workspace, tools);
  const item = {kind: 'messages', conversation: {id: 'c-1'}} as Item;
  const first = archiving.subjectOf('c-1', ['Lease of the vans'], undefined);
  const {onLeftOpen} = archiving.outcomesOf(item, [], noFilesTaken());
  expect(archiving.subjectOf('c-1', ['Lease of the boats'], undefined)).toBe(first);
  onLeftOpen();
  expect(archiving.subjectOf('c-1', ['Lease of the boats'], undefined)).toContain('Lease of the boats');
  frozen.set('c-2', 'Frozen by an earlier run');
  expect(archiving.subjectOf('c-2', ['New'], undefined)).toBe('Frozen by an earlier run');
});
