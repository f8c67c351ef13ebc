// Makes a ledger anew from what the items of an archive say of themselves, and from the records set aside.
import {randomUUID} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';
import * as z from 'zod';
import type {Clock} from '../../core/clock';
import {ConfigError} from '../../core/errors';
import type {Body} from './entry';
import type {EvidenceLedger} from './evidence';
import {KeptFiles} from './kept-files';
import {fsyncFolder} from './durable-folder';
import {refusalSchema} from './entry';
import {hasBegunLedger} from './glance';
import type {Intent, SetAside, TargetRefusal} from './ledger';
import {Problems} from './problems';
import {beginRun, endRun, readRuns, type RunStart} from './runs';
import {refusalEnding} from './set-aside';
import {SetAsideAttempts} from './set-aside-attempts';
import {openSqliteLedger} from './sqlite-ledger';
import {makeWorkspaceFolder, type WorkspaceFolder} from './workspace-folder';

/** An item as it was found, or what speaks against it. */
export type FoundItem =
  | {
      readonly kind: 'item';
      readonly intent: Intent;
      /** It was on its way to a target that cannot be asked: the next run settles it. */
      readonly isOpen: boolean;
    }
  /** Of a run that the lost ledger knew. */
  | {readonly kind: 'manifest'; readonly runId: string; readonly place: ManifestPlace}
  | {readonly kind: 'problem'; readonly text: string};

type ManifestPlace = Body<'manifest'>['places'][number];

/** Bytes in the outbox: they are what their name says. */
export interface KeptMessage {
  /** Relative to the ledger's folder. */
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly read: () => AsyncIterable<Buffer>;
}

export interface RebuildOptions {
  readonly workspaceId: string;
  readonly archiveId: string;
  readonly clock: Clock;
  /** @param kept of the lost ledger's open intents */
  readonly items: (kept: readonly KeptMessage[]) => AsyncIterable<FoundItem>;
}

export interface Rebuilt {
  readonly items: number;
  readonly records: number;
  readonly setAside: number;
  /** Of the items, those that were on their way. */
  readonly open: number;
  /** Files that were not taken in. */
  readonly problems: Problems;
}

const batchItems = 256;

/** The ledger has its name only when it is whole: a rebuild that is cut off leaves the archive as it was. */
export async function rebuildLedger(folder: WorkspaceFolder, {items, ...options}: RebuildOptions): Promise<Rebuilt> {
  makeWorkspaceFolder(folder);
  const file = join(folder.tmp, `ledger-${randomUUID()}.sqlite`);
  try {
    const ledger = await openSqliteLedger({...options, file, lockWaitMs: 0});
    let rebuilt: Rebuilt;
    try {
      rebuilt = await fillLedger(ledger, items, folder, options.clock);
    } finally {
      ledger.close();
    }
    if (hasBegunLedger(folder)) throw ledgerPresent(folder.name);
    setRemainsAside(folder);
    renameSync(file, folder.ledger);
    fsyncFolder(folder.path);
    return rebuilt;
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${ending}`, {force: true});
  }
}

/** SQLite would take what is left beside a lost ledger for changes to the new one. */
function setRemainsAside({ledger}: WorkspaceFolder): void {
  for (const ending of ['-wal', '-shm', '-journal']) {
    const remains = `${ledger}${ending}`;
    if (existsSync(remains)) renameSync(remains, `${remains}.lost`);
  }
}

export function ledgerPresent(workspace: string): ConfigError {
  return new ConfigError('ledger_present', `The ledger of workspace ${workspace} is there.`);
}

/**
 * What it finds is of a run of its own, or the next one would count it. The manifests of before stand for the items.
 * @param folder holds the copies of what is set aside, and the messages in the outbox
 */
export async function fillLedger(
  ledger: EvidenceLedger,
  items: RebuildOptions['items'],
  folder: WorkspaceFolder,
  clock: Clock
): Promise<Rebuilt> {
  const now = (): string => new Date(clock.nowMs()).toISOString();
  const run: RunStart = {runId: randomUUID(), startedAt: now(), policyVersion: '', versions: {}};
  await beginRun(ledger, run, await readRuns(ledger.entries));
  const rebuilt = await takeIn(ledger, items, folder);
  await endRun(ledger, run, 'complete', now());
  await ledger.note({kind: 'manifest', body: {run_id: run.runId, places: []}});
  return rebuilt;
}

async function takeIn(
  ledger: EvidenceLedger,
  items: RebuildOptions['items'],
  folder: WorkspaceFolder
): Promise<Rebuilt> {
  const problems = new Problems();
  const refusals = readRefusals(folder, problems);
  const counts = {items: 0, records: 0, open: 0};
  let batch: Extract<FoundItem, {kind: 'item'}>[] = [];
  const batched = new Set<string>();
  const append = (): void => {
    if (batch.length === 0) return;
    ledger.intend(batch.map(({intent}) => intent));
    const there = batch.flatMap(({intent, isOpen}) => (isOpen ? [] : intent));
    ledger.delivered(
      there.map(({itemId}) => itemId),
      {refusals: there.flatMap(({itemId}) => refusals.get(itemId) ?? [])}
    );
    for (const {intent} of batch) refusals.delete(intent.itemId);
    batch = [];
    batched.clear();
  };
  for await (const found of items(await listKept(folder, problems))) {
    if (found.kind === 'problem') {
      problems.add(found.text);
      continue;
    }
    if (found.kind === 'manifest') {
      await ledger.note({kind: 'manifest', body: {run_id: found.runId, places: [found.place]}});
      continue;
    }
    const {address, records} = found.intent;
    const isKnown = (id: string): boolean => ledger.findRecord(id) !== undefined || ledger.isIntended(id);
    if (records.some(({recordId}) => batched.has(recordId) || isKnown(recordId))) {
      problems.add(`Another item holds a record of ${JSON.stringify(address)} too.`);
      continue;
    }
    batch.push(found);
    if (found.isOpen) counts.open += 1;
    for (const {recordId} of records) batched.add(recordId);
    counts.items += 1;
    counts.records += records.length;
    if (batch.length >= batchItems) append();
  }
  append();
  for (const {path, target} of [...refusals.values()].flat()) {
    problems.add(
      `The item set aside in ${JSON.stringify(path)} was refused by ${target}, and no other target tells of it.`
    );
  }
  const setAside = readSetAside(folder, problems);
  ledger.setAside(setAside);
  const kept = new KeptFiles(folder.path);
  for (const address of kept.list('manifests')) {
    const sha256 = (await kept.digest(address)) ?? '';
    await ledger.note({kind: 'manifest', body: {run_id: runIdIn(address), places: [{target: '', address, sha256}]}});
  }
  return {...counts, setAside: setAside.length, problems};
}

async function listKept(folder: WorkspaceFolder, problems: Problems): Promise<KeptMessage[]> {
  const outbox = new KeptFiles(folder.path);
  const kept: KeptMessage[] = [];
  for (const name of outbox.list(basename(folder.outbox)).toSorted()) {
    const sha256 = await outbox.digest(name);
    if (basename(name) === `${sha256}.out`) {
      kept.push({
        name,
        sha256: sha256 ?? '',
        size: statSync(join(folder.path, name)).size,
        read: () => outbox.read(name),
      });
    } else problems.add(`The message kept in ${JSON.stringify(name)} is not whole.`);
  }
  return kept;
}

/** The name of a manifest ends with it. */
export function runIdIn(address: string): string {
  return /([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/.exec(address)?.[1] ?? '';
}

const setAsideCopy = z.object({record_id: z.string(), sha256: z.string(), stream: z.string(), code: z.string()});

/** But for those that a target which cannot be asked has taken since: they would be sent there once more. */
function readSetAside(folder: WorkspaceFolder, problems: Problems): SetAside[] {
  const attempts = new SetAsideAttempts(folder.path);
  const names = readdirSync(folder.setAside).filter(
    (name) => name.endsWith('.json') && !name.endsWith(refusalEnding) && !name.startsWith('.')
  );
  return names.sort().flatMap((name) => {
    const path = `set-aside/${name}`;
    try {
      const copy = setAsideCopy.parse(JSON.parse(readFileSync(join(folder.setAside, name), 'utf8')));
      if (attempts.isTaken(path)) return [];
      const record = {recordId: copy.record_id, sha256: copy.sha256};
      return [{record, stream: copy.stream, code: copy.code, path}];
    } catch {
      problems.add(`The record set aside in ${JSON.stringify(path)} cannot be read.`);
      return [];
    }
  });
}

/** Items that one of their targets refused and has not taken since, by their ids. */
function readRefusals(folder: WorkspaceFolder, problems: Problems): Map<string, readonly TargetRefusal[]> {
  const attempts = new SetAsideAttempts(folder.path);
  const refusals = new Map<string, readonly TargetRefusal[]>();
  for (const name of readdirSync(folder.setAside).sort()) {
    const path = `set-aside/${name}`;
    if (!name.endsWith(refusalEnding) || name.startsWith('.')) continue;
    try {
      const text = readFileSync(join(folder.setAside, name), 'utf8');
      const {item_id: itemId, ...said} = refusalSchema.parse(JSON.parse(text));
      if (attempts.isTaken(path)) continue;
      refusals.set(itemId, [...(refusals.get(itemId) ?? []), {itemId, ...said}]);
    } catch {
      problems.add(`The item set aside in ${JSON.stringify(path)} cannot be read.`);
    }
  }
  return refusals;
}
