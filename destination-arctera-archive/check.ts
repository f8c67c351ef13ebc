// Proves that the policy can be used and that every target can be written and will last, leaving nothing behind.
import {randomUUID} from 'node:crypto';
import {join, resolve} from 'node:path';
import {type Clock, systemClock} from '../core/clock';
import {ConfigError, TransientError} from '../core/errors';
import type {Config} from './config';
import {FolderPlace, type LedgerPlace} from './ledger/ledger-place';
import {PostgresPlace} from './ledger/postgres-place';
import {toWorkspaceFolder} from './ledger/workspace-folder';
import {Policy} from './policy/policy';
import {assertLastingFolder} from './targets/ephemeral-storage';
import {FolderTarget} from './targets/folder';
import {toFolderError} from './targets/folder-errors';
import {toSessionName} from './targets/folder-layout';
import {openTarget} from './targets/index';
import {Network} from './targets/network';
import type {Target} from './targets/target';
import {type PostgresLedgerConfig, toPostgresAddress} from './targets/target-config';

interface Run {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Undefined where nothing is delivered that is new. */
  readonly runId?: string;
  /** Called before anything is sent to a target. Undefined where nothing is delivered. */
  readonly assertHeld?: () => void;
}

/** Throws ConfigError or TransientError. */
export async function checkTarget(config: Config): Promise<void> {
  toPolicy(config);
  for (const folder of await lastingFolders(config, {isPatient: false})) await folder.probe();
  const targets = await openTargets(config, toWorkspaceFolder('/', 'default').name, never);
  try {
    for (const target of targets.values()) if (!(target instanceof FolderTarget)) await target.probe();
  } finally {
    for (const target of targets.values()) await target.close();
  }
}

/** As `checkTarget`, and the folders are there afterwards: a probe that tidies up would disturb another writer's start. */
export async function beginTarget(config: Config, run: Run): Promise<void> {
  for (const folder of await lastingFolders(config, {isPatient: true})) await folder.begin();
  const targets = await openTargets(config, toWorkspaceFolder('/', 'default').name, run);
  try {
    for (const target of targets.values()) if (!(target instanceof FolderTarget)) await probeUnlessDown(target);
  } finally {
    for (const target of targets.values()) await target.close();
  }
}

/** A server that does not answer now may do so when its items come, and holds up only those. */
async function probeUnlessDown(target: Target): Promise<void> {
  try {
    await target.probe();
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
  }
}

/** Throws ConfigError that names what cannot be used. */
export function toPolicy(config: Config): Policy {
  return new Policy(
    config,
    (config.additional_targets ?? []).map(({name}) => name)
  );
}

/** The archive target as runs tell it; a folder and a bucket have an id of their own that ties them to their ledger. */
export function describeTarget(target: Config['target']): string {
  if (target.type !== 'smtp') return target.type === 'folder' ? 'a folder' : 'a bucket';
  return `the mail server ${target.host} for ${target.recipients.join(', ')}`;
}

/** Where ledger, reports and set-aside records lie. To be closed. */
export function toLedgerPlace(config: Config): LedgerPlace {
  const {target, ledger} = config;
  if (target.type === 'folder') return new FolderPlace(resolve(target.path));
  if (ledger === undefined) throw new ConfigError('config_invalid', 'ledger is required for this target.');
  return ledger.type === 'sqlite' ? new FolderPlace(resolve(ledger.path)) : toPostgresPlace(ledger, config);
}

function toPostgresPlace(ledger: PostgresLedgerConfig, {proxy, ca_certificate}: Config): PostgresPlace {
  const {host, port, database, user, password} = toPostgresAddress(ledger.connection_string);
  const network = {proxy, ca_certificate};
  return new PostgresPlace({
    connection: {
      host,
      port,
      database,
      user,
      password,
      tls: ledger.security === 'none' ? undefined : new Network(network).trust,
    },
    schema: ledger.schema ?? 'chatgpt_archive',
    network,
    workerFile: join(__dirname, 'postgres-worker.js'),
  });
}

/** All targets of one workspace by name, the archive target as `default`. */
export async function openTargets(config: Config, directory: string, run: Run): Promise<ReadonlyMap<string, Target>> {
  const {proxy, ca_certificate, message_id_domain: messageIdDomain} = config;
  const {assertHeld, clock, signal, runId = randomUUID()} = run;
  const session = toSessionName(clock.nowMs(), runId);
  const context = {directory, session, network: {proxy, ca_certificate}, messageIdDomain, clock, signal, assertHeld};
  const targets = new Map([['default', await openTarget(config.target, context)]]);
  for (const {name, target} of config.additional_targets ?? []) targets.set(name, await openTarget(target, context));
  return targets;
}

const never = {clock: systemClock, signal: new AbortController().signal};

async function lastingFolders(
  config: Config,
  patience: Parameters<PostgresPlace['probe']>[0]
): Promise<FolderTarget[]> {
  const {ledger} = config;
  const targets = [config.target, ...(config.additional_targets ?? []).map(({target}) => target)];
  const folders = targets.flatMap((target) => (target.type === 'folder' ? [target] : []));
  if (ledger?.type === 'postgres') probePostgres(toPostgresPlace(ledger, config), patience);
  const all = ledger?.type === 'sqlite' ? [...folders, ledger] : folders;
  for (const {path, allow_ephemeral: isAllowed} of all) if (isAllowed !== true) await assertLastingFolder(path);
  return all.map(({path}) => new FolderTarget({path, directory: toWorkspaceFolder(path, 'default').name}));
}

function probePostgres(place: PostgresPlace, patience: Parameters<PostgresPlace['probe']>[0]): void {
  place.probe(patience);
  try {
    place.probeScratch();
  } catch (error) {
    throw toFolderError(error, `${place.root} for temporary files`);
  }
}
