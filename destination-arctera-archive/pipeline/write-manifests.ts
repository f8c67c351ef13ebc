// Writes the manifests that runs of a workspace still lack: to every target that can be read back, else beside the ledger.
import {TransientError} from '../../core/errors';
import type {LedgerEntry} from '../ledger/evidence';
import {readRuns, type Run} from '../ledger/runs';
import {manifestAddress, renderManifest} from '../report/manifest';
import type {Signer} from '../report/signature';
import {composeItem, discardComposed} from './compose';
import type {WorkspaceStores} from './workspace';

type Places = Extract<LedgerEntry, {kind: 'manifest'}>['body']['places'];

/** A run that died, or whose target was down at its end, gets its manifest from the run after it: the bytes are the same. */
export async function writeManifests(stores: WorkspaceStores, signer: Signer | undefined): Promise<void> {
  for (const run of await readRuns(stores.ledger.entries)) {
    if (run.ended === undefined || run.manifest !== undefined) continue;
    const readable = [...stores.targets].filter(([, {isReadable}]) => isReadable).map(([name]) => name);
    const places: Places = [];
    for (const name of readable) places.push({target: name, ...(await write(stores, run, name, signer))});
    if (readable.length < stores.targets.size)
      places.push({target: ledgerPlace, ...(await write(stores, run, undefined, signer))});
    await stores.ledger.note({kind: 'manifest', body: {run_id: run.runId, places}});
  }
}

/** Stands for the ledger's folder among the names of targets. */
const ledgerPlace = '';

async function write(
  stores: WorkspaceStores,
  run: Run,
  target: string | undefined,
  signer: Signer | undefined
): Promise<{address: string; sha256: string}> {
  const {ledger, workspaceId, temporaryFolder, keptFiles} = stores;
  const address = manifestAddress(run);
  const keeper = target === undefined ? undefined : stores.targets.get(target);
  // It was written, but the ledger was not told; verify compares what it says.
  const known = target === undefined ? await keptFiles.digest(address) : await keeper?.digest(address);
  if (known !== undefined) return {address, sha256: known};
  const facts = {run, workspaceId, archiveId: ledger.archiveId, target, entries: ledger.entries};
  const lines = renderManifest(facts, signer);
  const rendered = await composeItem(run.runId, address, lines, temporaryFolder);
  const place = {address, sha256: rendered.sha256};
  if (keeper === undefined) await keptFiles.keep(address, rendered.body);
  else {
    const [result] = await keeper.deliver([{...rendered, ending: 'jsonl', isEvidence: true}]);
    if (result?.kind !== 'delivered') throw new TransientError('target_unavailable', 'The manifest was not taken.');
  }
  if (rendered.body.kind === 'file') await discardComposed(rendered.body.path);
  return place;
}
