// The manifest of a run: what it delivered to one target, as JSON lines that follow from the ledger alone.
import {createHash} from 'node:crypto';
import {type Body, toIntent} from '../ledger/entry';
import {placeIn} from '../ledger/intent-place';
import type {ReadEntries} from '../ledger/evidence';
import type {Intent} from '../ledger/ledger';
import type {Run} from '../ledger/runs';
import type {Signer} from './signature';

export interface ManifestFacts {
  readonly run: Run;
  readonly workspaceId: string;
  readonly archiveId: string;
  /** Name of the target; undefined: of all targets, which themselves keep no manifest. */
  readonly target: string | undefined;
  readonly entries: ReadEntries;
}

/** Where manifests lie, in a target or beside the ledger. */
export const manifestDirectory = 'manifests';

/** Where the manifest of a run lies; it never has an item's ending. */
export function manifestAddress({runId, ended}: Run): string {
  return `${manifestDirectory}/${(ended?.at ?? '').replaceAll(':', '')}-${runId}.jsonl`;
}

/** All lines without the last one, which signs them. */
export async function* manifestLines(facts: ManifestFacts): AsyncGenerator<string> {
  const {run, workspaceId, archiveId, target, entries} = facts;
  const {ended} = run;
  if (ended === undefined) return;
  const hash = createHash('sha256');
  const line = (value: object): string => {
    const text = `${JSON.stringify(value)}\n`;
    hash.update(text);
    return text;
  };
  yield line({
    manifest: 1,
    run_id: run.runId,
    workspace_id: workspaceId,
    archive_id: archiveId,
    target: target ?? null,
    started_at: run.startedAt,
    ended_at: ended.at,
    end: ended.end,
    policy_version: run.policyVersion,
    versions: run.versions,
    entries: {first: run.after + 1, last: ended.seq},
    chain_hash: ended.hash,
  });
  const counts = {items: 0, bytes: 0, records: 0, set_aside: 0, excluded: 0};
  for await (const said of deliveredIn(run, entries)) {
    if (said.kind !== 'item') {
      counts[said.kind] += said.records;
      continue;
    }
    const {intent, refusedBy} = said;
    if (target !== undefined && (!intent.targets.includes(target) || refusedBy.includes(target))) continue;
    counts.items += 1;
    counts.bytes += intent.size;
    counts.records += intent.records.length;
    yield line(toItemLine(intent, target, refusedBy));
  }
  const digest = hash.digest('hex');
  yield `${JSON.stringify({...counts, sha256: digest})}\n`;
}

/** The last line; without a key it says that nobody signed. */
function signatureLine(lastLine: string, signer: Signer | undefined): string {
  const {sha256} = JSON.parse(lastLine) as {sha256: string};
  return `${JSON.stringify(signer === undefined ? {signature: null} : signer.sign(sha256))}\n`;
}

/** As bytes, signed. */
export async function* renderManifest(facts: ManifestFacts, signer: Signer | undefined): AsyncGenerator<Buffer> {
  let last = '';
  for await (const text of manifestLines(facts)) {
    last = text;
    yield Buffer.from(text);
  }
  yield Buffer.from(signatureLine(last, signer));
}

type Said =
  | {readonly kind: 'item'; readonly intent: Intent; readonly refusedBy: readonly string[]}
  | {readonly kind: 'set_aside' | 'excluded'; readonly records: number};

/** What became durable in the run. An item whose intent an earlier run left open comes last, with those refused before. */
async function* deliveredIn({after, ended}: Run, entries: ReadEntries): AsyncGenerator<Said> {
  const open = new Map<string, Body<'intent'>>();
  const older = new Map<string, readonly string[]>();
  const takers = new Map<string, readonly string[]>();
  for await (const {seq, kind, body} of entries(
    ['intent', 'delivered', 'taken', 'voided', 'set_aside', 'excluded', 'run_ended'],
    after
  )) {
    if (seq >= (ended?.seq ?? Infinity)) break;
    if (kind === 'intent') open.set(body.item_id, body);
    else if (kind === 'set_aside') yield {kind, records: 1};
    else if (kind === 'excluded') yield {kind, records: body.records.length};
    else if (kind === 'voided') for (const itemId of body.item_ids) open.delete(itemId);
    else if (kind === 'taken') {
      for (const {item_id: itemId, target} of body.items) takers.set(itemId, [...(takers.get(itemId) ?? []), target]);
    }
    if (kind !== 'delivered') continue;
    for (const itemId of body.item_ids) {
      const intent = open.get(itemId);
      const refusedBy = (body.refusals ?? []).flatMap((each) => (each.item_id === itemId ? each.target : []));
      if (intent === undefined) older.set(itemId, refusedBy);
      else yield {kind: 'item', intent: toIntent(intent), refusedBy};
      open.delete(itemId);
    }
  }
  if (older.size + takers.size === 0) return;
  const found = new Map<string, Body<'intent'>>(); // an item may have been intended in vain before
  const delivered = new Set<string>();
  for await (const {seq, kind, body} of entries(['intent', 'delivered'])) {
    if (seq > after) break;
    if (kind === 'intent' && (older.has(body.item_id) || takers.has(body.item_id))) found.set(body.item_id, body);
    if (kind === 'delivered') for (const itemId of body.item_ids) if (takers.has(itemId)) delivered.add(itemId);
  }
  for (const [itemId, body] of found) {
    const intent = toIntent(body);
    const refusedBy = older.get(itemId);
    if (refusedBy !== undefined) yield {kind: 'item', intent, refusedBy};
    // What had an outcome before has now gone where it was refused.
    else if (delivered.has(itemId)) {
      const taken = takers.get(itemId) ?? [];
      yield {kind: 'item', intent, refusedBy: intent.targets.filter((name) => !taken.includes(name))};
    }
  }
}

function toItemLine(intent: Intent, target: string | undefined, refusedBy: readonly string[]): object {
  const {itemId, sha256, size, records} = intent;
  const targets = intent.targets.filter((name) => !refusedBy.includes(name));
  const {address, copies} = placeIn(intent, target ?? targets[0] ?? 'default');
  return {
    item: itemId,
    address,
    sha256,
    size,
    records: records.length,
    ...(copies.length === 0 ? {} : {copies}),
    ...(target === undefined ? {targets} : {}),
  };
}
