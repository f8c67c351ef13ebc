// The verb `rebuild-ledger`: where a ledger was lost, makes it anew from the items of the archive.
import {createHash, randomUUID} from 'node:crypto';
import {resolve} from 'node:path';
import type {Clock} from '../core/clock';
import type {Config} from './config';
import type {Events} from './events';
import {type ItemFacts, type ItemRecord, parseItemRecord} from './ledger/entry';
import {type FoundItem, ledgerPresent, rebuildLedger} from './ledger/rebuild';
import {hasBegunLedger} from './ledger/glance';
import {toWorkspaceFolder, workspaceFolderNamed} from './ledger/workspace-folder';
import type {ItemCopy} from './ledger/ledger';
import {itemRecordName} from './render/attachment-names';
import {emlEnding, outerBoundary} from './render/eml';
import {formats} from './render/formats';
import {type ItemKind, toItemId} from './render/item';
import {PartFinder} from './render/part-finder';
import {createArchiveId, readArchiveId} from './targets/archive-id';
import {FolderTarget} from './targets/folder';
import {toFolderError} from './targets/folder-errors';
import {listItemDirectories} from './targets/list-files';
import type {ItemAddress} from './targets/target';

/** @returns whether every item was taken in. Throws ConfigError where no ledger is missing. */
export async function rebuildLedgers({target}: Config, events: Events, clock: Clock): Promise<boolean> {
  const root = resolve(target.path);
  let isWhole = true;
  let present: string | undefined;
  let rebuilt = 0;
  for (const name of await listItemDirectories(root)) {
    const archive = new FolderTarget({path: root, directory: name});
    if (hasBegunLedger(workspaceFolderNamed(root, name))) {
      present = name;
      continue;
    }
    const workspaceId = await findWorkspaceId(archive, root, name);
    if (workspaceId === undefined) continue; // not a folder of ours
    const result = await rebuildLedger({
      folder: workspaceFolderNamed(root, name),
      workspaceId,
      archiveId: await archiveIdOf(archive),
      clock,
      items: readItems(archive, workspaceId),
    }).catch((error: unknown) => {
      throw toFolderError(error, root);
    });
    events.ledgerRebuilt(name, result);
    rebuilt += 1;
    isWhole &&= result.problems.count === 0;
  }
  if (rebuilt === 0 && present !== undefined) throw ledgerPresent(present);
  if (rebuilt === 0) events.nothingToVerify();
  return isWhole;
}

/** The id itself stands in each item; the folder's name is made of it. */
async function findWorkspaceId(target: FolderTarget, root: string, name: string): Promise<string | undefined> {
  for await (const address of target.list()) {
    const found = await readItem(target, address);
    if (found.record === undefined) continue;
    const {workspaceId} = found.record;
    if (toWorkspaceFolder(root, workspaceId).name === name) return workspaceId;
  }
  return undefined;
}

async function archiveIdOf(target: FolderTarget): Promise<string> {
  const known = await readArchiveId(target.itemsDirectory);
  if (known !== undefined) return known;
  const fresh = randomUUID();
  await createArchiveId(target.itemsDirectory, fresh);
  return fresh;
}

async function* readItems(target: FolderTarget, workspaceId: string): AsyncGenerator<FoundItem> {
  for await (const address of target.list()) {
    if (await isCopy(target, address)) continue;
    const {record, sha256, size} = await readItem(target, address);
    if (record?.workspaceId !== workspaceId) {
      yield {
        kind: 'problem',
        text: `The file ${JSON.stringify(address)} does not say what item of the workspace it is.`,
      };
      continue;
    }
    const itemId = itemIdOf(record.facts, target.name);
    if (address !== target.address(itemId, address.slice(address.lastIndexOf('.') + 1))) {
      yield {kind: 'problem', text: `The item ${JSON.stringify(address)} is not where it was delivered.`};
      continue;
    }
    yield {
      kind: 'item',
      intent: {...record.facts, itemId, address, sha256, size, copies: await copiesOf(target, itemId)},
    };
  }
}

/** Items say what they are in their EML form; the other formats beside it are copies. */
async function isCopy(target: FolderTarget, address: ItemAddress): Promise<boolean> {
  const itemId = /([0-9a-f]{64})\.(?!eml$)[a-z.]+$/.exec(address)?.[1];
  return itemId !== undefined && (await target.find(target.address(itemId, emlEnding)));
}

async function copiesOf(target: FolderTarget, itemId: string): Promise<ItemCopy[]> {
  const copies: ItemCopy[] = [];
  for (const {ending} of Object.values(formats)) {
    const address = target.address(itemId, ending);
    if (ending === emlEnding || !(await target.find(address))) continue;
    const {sha256, size} = await readItem(target, address);
    copies.push({address, sha256, size});
  }
  return copies;
}

async function readItem(
  target: FolderTarget,
  address: ItemAddress
): Promise<{record: ItemRecord | undefined; sha256: string; size: number}> {
  const itemId = /([0-9a-f]{64})\.[a-z]+$/.exec(address)?.[1];
  const finder = new PartFinder(outerBoundary(itemId ?? ''), itemRecordName);
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of target.read(address)) {
    hash.update(bytes);
    size += bytes.length;
    finder.push(bytes);
  }
  const text = itemId === undefined ? undefined : finder.content?.toString('utf8');
  return {record: text === undefined ? undefined : parseItemRecord(text), sha256: hash.digest('hex'), size};
}

function itemIdOf({kind, records}: ItemFacts, target: string): string {
  return toItemId(
    kind as ItemKind,
    target,
    records.map(({recordId}) => recordId)
  );
}
