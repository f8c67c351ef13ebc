// Proves the manifests of a workspace: each is where it was written, follows from the ledger, and is signed by a known key.
import * as z from 'zod';
import type {KeptFiles} from '../ledger/kept-files';
import {inParallel} from '../ledger/in-parallel';
import type {Problems} from '../ledger/problems';
import type {LedgerReader} from '../ledger/read-entries';
import {readRuns, type Run} from '../ledger/runs';
import {manifestAddress, manifestDirectory, manifestLines} from '../report/manifest';
import {isSignedBy} from '../report/signature';
import type {Target} from '../targets/target';
import {goesOnFrom, parseOpenEnd} from './open-end';

export interface ManifestTools {
  readonly ledger: LedgerReader;
  readonly targets: ReadonlyMap<string, Target>;
  readonly keptFiles: KeptFiles;
  /** Public keys that may have signed, as base64 of their DER; none: signatures are checked with the key they name. */
  readonly publicKeys: readonly string[];
}

type ManifestPlace = NonNullable<Run['manifest']>[number];

export interface ManifestCounts {
  readonly manifests: number;
  readonly signed: number;
}

const checksAtOnce = 8;

export async function verifyManifests(tools: ManifestTools, problems: Problems): Promise<ManifestCounts> {
  const runs = await readRuns(tools.ledger.entries);
  const counts = {manifests: 0, signed: 0};
  await inParallel(runs, checksAtOnce, async (run) => {
    for (const place of run.manifest ?? []) {
      counts.manifests += 1;
      if (await verifyManifest(run, place, tools, problems)) counts.signed += 1;
    }
  });
  await findStrangers(runs, tools, problems);
  return counts;
}

/**
 * Files among the manifests that no entry knows. A run that was cut off behind its manifest leaves one that the next
 * run enters; it must follow from the ledger all the same.
 */
async function findStrangers(runs: readonly Run[], tools: ManifestTools, problems: Problems): Promise<void> {
  const known = new Set(runs.flatMap(({manifest = []}) => manifest.map(({target, address}) => keyOf(target, address))));
  for await (const place of manifestsOfBefore(runs, tools.ledger)) {
    known.add(keyOf(place.target, place.address));
    const keeper = place.target === '' ? tools.keptFiles : tools.targets.get(place.target);
    if ((await keeper?.digest(place.address)) === place.sha256) continue;
    problems.add(`The manifest ${placeOf(place.target, place.address)} is missing or differs from what was found.`);
  }
  const awaited = new Map(
    runs.flatMap((run) => (run.ended === undefined || run.manifest !== undefined ? [] : [[manifestAddress(run), run]]))
  );
  const places: [name: string, addresses: AsyncIterable<string> | Iterable<string>][] = [
    ['', tools.keptFiles.list(manifestDirectory)],
    ...[...tools.targets].map(([name, target]): [string, AsyncIterable<string>] => [
      name,
      target.listBeside?.(manifestDirectory) ?? nothing(),
    ]),
  ];
  for (const [name, addresses] of places) {
    for await (const address of addresses) {
      if (known.has(keyOf(name, address))) continue;
      const openEnd = parseOpenEnd(address);
      if (openEnd !== undefined && (await goesOnFrom(tools.ledger.entries, openEnd))) continue;
      const run = awaited.get(address);
      if (run === undefined) problems.add(`No entry knows the manifest ${placeOf(name, address)}.`);
      else await verifyManifest(run, {target: name, address, sha256: undefined}, tools, problems);
    }
  }
}

/** Of runs that a lost ledger knew: the one that was made anew took them as they were. */
async function* manifestsOfBefore(runs: readonly Run[], {entries}: LedgerReader): AsyncGenerator<ManifestPlace> {
  const ids = new Set(runs.map(({runId}) => runId));
  for await (const {kind, body} of entries(['manifest'])) {
    if (kind === 'manifest' && !ids.has(body.run_id)) yield* body.places;
  }
}

async function* nothing(): AsyncGenerator<never> {
  await Promise.resolve();
}

function placeOf(name: string, address: string): string {
  return `${JSON.stringify(address)}${name === '' || name === 'default' ? '' : ` in target ${name}`}`;
}

function keyOf(target: string, address: string): string {
  return JSON.stringify([target, address]);
}

/**
 * @param place with the hash that the ledger has; undefined where it has none yet
 * @returns whether it is signed
 */
async function verifyManifest(
  run: Run,
  {
    target: name,
    address,
    sha256,
  }: {readonly target: string; readonly address: string; readonly sha256: string | undefined},
  {ledger, targets, keptFiles, publicKeys}: ManifestTools,
  problems: Problems
): Promise<boolean> {
  const keeper = name === '' ? keptFiles : targets.get(name);
  const what = `The manifest of run ${run.runId}${name === '' || name === 'default' ? '' : ` in target ${name}`}`;
  if (keeper?.read === undefined) {
    problems.add(`${what} lies in a target that is not configured or cannot be read: ${address}.`);
    return false;
  }
  const digest = await keeper.digest(address);
  if (digest === undefined) problems.add(`${what} is missing: ${address}.`);
  else if (sha256 !== undefined && digest !== sha256)
    problems.add(`${what} differs from what was written: ${address}.`);
  if (digest === undefined || (sha256 !== undefined && digest !== sha256)) return false;
  const target = name === '' ? undefined : name;
  const {workspaceId, archiveId, entries} = ledger;
  const said = linesOf(keeper.read(address));
  const isStrange = (): false => {
    problems.add(`${what} does not follow from the ledger: ${address}.`);
    return false;
  };
  let last = '';
  for await (const line of manifestLines({run, workspaceId, archiveId, target, entries})) {
    const {value} = await said.next();
    if (value !== line.trimEnd()) return isStrange();
    last = line;
  }
  const signature = toSignature((await said.next()).value);
  if (signature === undefined || (await said.next()).done !== true) return isStrange();
  if (signature.signature === null) return false;
  const {sha256: signedDigest} = JSON.parse(last) as {sha256: string};
  if (!isSignedBy(signedDigest, signature)) problems.add(`${what} has a wrong signature: ${address}.`);
  else if (publicKeys.length > 0 && !publicKeys.includes(signature.public_key)) {
    problems.add(`${what} is signed with a key that is not configured: ${address}.`);
  }
  return true;
}

const signatureLine = z.union([
  z.object({algorithm: z.literal('ed25519'), public_key: z.string(), signature: z.string()}),
  z.object({signature: z.null()}),
]);

/** Undefined for a text that is none, and for no text: whoever changed a manifest may have written anything. */
function toSignature(text: string | undefined): z.output<typeof signatureLine> | undefined {
  try {
    return signatureLine.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const each of bytes) {
    const lines = (rest + decoder.decode(each, {stream: true})).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
  return undefined;
}
