// What a run leaves in its targets when it cannot say its end to the ledger: how far the ledger had come.
import {Readable} from 'node:stream';
import {allEntryKinds} from '../ledger/entry';
import type {ReadEntries} from '../ledger/evidence';
import type {RunStart} from '../ledger/runs';
import {manifestDirectory} from '../report/manifest';
import {composeItem, discardComposed} from './compose';
import type {WorkspaceStores} from './workspace';

export interface OpenEnd {
  readonly runId: string;
  readonly at: string;
  /** Of the last entry that the run knows to be committed. */
  readonly seq: number;
  readonly hash: string;
}

const openEndName =
  /^manifests\/(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d\.\d{3}Z)-after-(\d+)-([0-9a-f]{64})-([0-9a-f-]{36})\.jsonl$/;

/**
 * A database that is away may come back without what it had committed, as a standby does that had not heard of it. The
 * name says it all, so that the next run need not read it.
 */
export async function leaveOpenEnd(stores: WorkspaceStores, {runId}: RunStart, at: string): Promise<void> {
  const {ledger, targets, workspaceId, temporaryFolder} = stores;
  if (ledger.head === undefined) return;
  const {seq, hash} = ledger.head;
  const address = `${manifestDirectory}/${at.replaceAll(':', '')}-after-${seq}-${hash}-${runId}.jsonl`;
  const facts = {
    run_id: runId,
    workspace_id: workspaceId,
    archive_id: ledger.archiveId,
    at,
    entry: seq,
    chain_hash: hash,
  };
  for (const target of targets.values()) {
    if (!target.isReadable) continue;
    const bytes = Readable.from([Buffer.from(`${JSON.stringify(facts)}\n`)]);
    const rendered = await composeItem(runId, address, bytes, temporaryFolder);
    // Each may be down; one that has it is enough.
    await target.deliver([{...rendered, ending: 'jsonl', isEvidence: true}]).catch(() => undefined);
    if (rendered.body.kind === 'file') await discardComposed(rendered.body.path);
  }
}

/** Undefined for the address of anything else. */
export function parseOpenEnd(address: string): OpenEnd | undefined {
  const [, day, hour, minute, rest, seq, hash, runId] = openEndName.exec(address) ?? [];
  if (hash === undefined || runId === undefined) return undefined;
  return {runId, at: `${day}${hour}:${minute}:${rest}`, seq: Number(seq), hash};
}

/** Whether the ledger has what the run had committed. */
export async function goesOnFrom(entries: ReadEntries, {seq, hash}: OpenEnd): Promise<boolean> {
  for await (const entry of entries(allEntryKinds, seq - 1)) return entry.seq === seq && entry.hash === hash;
  return false;
}
