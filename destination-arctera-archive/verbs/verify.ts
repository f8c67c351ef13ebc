// The verb `verify`: proves every workspace's ledger against itself and against the items in the archive.
import {join, resolve, sep} from 'node:path';
import {systemClock} from '../../core/clock';
import {openTargets, toLedgerPlace} from '../check';
import type {Config} from '../config';
import type {Events} from '../events';
import {KeptFiles} from '../ledger/kept-files';
import type {Verification} from '../ledger/ledger';
import type {IdKey, LedgerPlace} from '../ledger/ledger-place';
import {Problems} from '../ledger/problems';
import {openLedgerToRead} from '../ledger/read-entries';
import {verifyLedger} from '../ledger/verify';
import type {WorkspaceFolder} from '../ledger/workspace-folder';
import {type ManifestCounts, verifyManifests} from '../pipeline/verify-manifests';
import {defaultTarget} from '../policy/routing';
import {toPublicKeys} from '../report/signature';
import {toFolderError} from '../targets/folder-errors';
import {listItemDirectories, listItems, listLooseItems} from '../targets/list-files';
import type {Target} from '../targets/target';
import {findArchivesWithoutLedger} from './lost-ledgers';

/** What became of each workspace, as JSON for machines. */
interface Verdict {
  whole: boolean;
  readonly workspaces: object[];
  /** Items that belong to no workspace with a ledger: the first of them, and how many there are. */
  strangers: readonly string[];
  strangerCount: number;
  /** Workspaces that have been archived, and whose ledgers are not there. */
  readonly ledgersMissing: string[];
}

/** @param print takes the verdict as JSON, in place of the log; undefined: the log tells. */
export async function verifyArchive(
  config: Config,
  events: Events,
  print?: (text: string) => Promise<void>
): Promise<boolean> {
  const place = toLedgerPlace(config);
  try {
    return await verifyAll(config, place, events, print);
  } finally {
    place.close();
  }
}

async function verifyAll(
  config: Config,
  place: LedgerPlace,
  events: Events,
  print: ((text: string) => Promise<void>) | undefined
): Promise<boolean> {
  const {target} = config;
  const names = place.names();
  const begun = new Set(names.filter((name) => place.glance(name) !== undefined));
  const verdict: Verdict = {whole: true, workspaces: [], strangers: [], strangerCount: 0, ledgersMissing: []};
  for (const name of begun) {
    const verification = await place.inFolder(name, (folder, key) => verifyWorkspace(config, folder, key));
    if (print === undefined) events.verified(name, verification);
    verdict.workspaces.push({workspace: name, whole: verification.problemCount === 0, ...verification});
    verdict.whole &&= verification.problemCount === 0;
  }
  if (target.type === 'folder') {
    const strangers = await findStrangers(target.path, begun, foldersWithin(target.path, config));
    verdict.strangers = strangers.texts;
    verdict.strangerCount = strangers.count;
    verdict.whole &&= strangers.count === 0;
    if (strangers.count > 0 && print === undefined) events.strangersFound(strangers);
  }
  const lost = new Set(names.filter((name) => !begun.has(name) && place.isLost(name)));
  if (target.type === 's3') for (const name of await findArchivesWithoutLedger(config, begun)) lost.add(name);
  verdict.ledgersMissing.push(...[...lost].sort());
  // A volume that is not mounted, or a path that is not the archive's, proves nothing of the archive.
  verdict.whole &&= lost.size === 0 && names.length > 0;
  await print?.(JSON.stringify(verdict, undefined, 2));
  if (print !== undefined) return verdict.whole;
  for (const name of verdict.ledgersMissing) events.ledgerMissing(name);
  if (verdict.strangers.length > 0) return verdict.whole;
  for (const name of names) if (!begun.has(name) && !lost.has(name)) events.nothingArchivedYet(name);
  if (names.length === 0 && lost.size === 0) events.nothingToVerify();
  return verdict.whole;
}

/** Ledger and items on one side, manifests on the other, at the same time. */
async function verifyWorkspace(
  config: Config,
  folder: WorkspaceFolder,
  key: IdKey
): Promise<Verification & ManifestCounts> {
  const signing = config.manifest_signing;
  const targets = await openTargets(config, folder.name, {clock: systemClock, signal: new AbortController().signal});
  const ledger = openLedgerToRead(folder.ledger);
  try {
    const problems = new Problems();
    await checkMarks(targets, ledger.archiveId, problems);
    const keptFiles = new KeptFiles(folder.path);
    const publicKeys =
      signing === undefined ? [] : toPublicKeys([signing.private_key, ...(signing.earlier_public_keys ?? [])]);
    const [verification, manifests] = await Promise.all([
      verifyLedger({file: folder.ledger, targets, key}),
      verifyManifests({ledger, targets, keptFiles, publicKeys}, problems),
    ]);
    const all = Problems.joined([{texts: verification.problems, count: verification.problemCount}, problems]);
    return {...verification, ...manifests, problems: all.texts, problemCount: all.count};
  } finally {
    ledger.close();
    for (const target of targets.values()) await target.close();
  }
}

/** What ties the archive to its ledger: without it every run stops, though each item is there. */
async function checkMarks(targets: ReadonlyMap<string, Target>, archiveId: string, problems: Problems): Promise<void> {
  for (const [name, {mark}] of targets) {
    if (mark === undefined) continue;
    const found = await mark.read();
    if (found === archiveId || (found === undefined && name !== defaultTarget)) continue; // the next run gives it one
    const where = name === defaultTarget ? 'archive' : `additional target ${JSON.stringify(name)}`;
    const what = found === undefined ? 'has no archive-id' : 'has the archive-id of another archive';
    problems.add(`The ${where} ${what}, so no run goes on. The one that belongs to the ledger is ${archiveId}.`);
  }
}

/** Folders of other targets that lie in that of the archive: what is in them is looked at with their ledgers. */
function foldersWithin(root: string, {additional_targets: others = []}: Config): readonly string[] {
  const folders = others.flatMap(({target}) => (target.type === 'folder' ? `${resolve(target.path)}${sep}` : []));
  return folders.filter((path) => path.startsWith(`${resolve(root)}${sep}`));
}

async function findStrangers(root: string, begun: ReadonlySet<string>, others: readonly string[]): Promise<Problems> {
  const problems = new Problems();
  try {
    for (const name of await listLooseItems(root)) problems.add(describeStranger(name));
    for (const directory of await listItemDirectories(root)) {
      if (begun.has(directory)) continue; // looked at with its ledger
      for await (const path of listItems(join(root, directory))) {
        if (others.some((other) => resolve(root, directory, path).startsWith(other))) continue;
        problems.add(describeStranger(`${directory}/${path}`));
      }
    }
  } catch (error) {
    throw toFolderError(error, root);
  }
  return problems;
}

function describeStranger(path: string): string {
  return `No ledger knows the item ${JSON.stringify(path)}.`;
}
