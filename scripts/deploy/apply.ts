// Brings an Airbyte to what a plan says: finds what is there, creates what is missing, changes what differs.
import {isDeepStrictEqual} from 'node:util';
import {isObject, type Json} from '../../core/json-values';
import type {AirbyteApi} from './airbyte-api';
import type {Plan} from './plan';

export interface Step {
  readonly what: string;
  readonly does: 'create' | 'update' | 'keep';
  /** Names of what differs, never values. */
  readonly differs: readonly string[];
}

export interface ApplyOptions {
  readonly isDryRun: boolean;
  /** Airbyte shows secrets masked, so whether they differ cannot be seen: with this they are sent anew. */
  readonly sendsSecrets: boolean;
  readonly streams: readonly string[];
  readonly report: (step: Step) => void;
}

/** Stands for the id of what a dry run would create. */
const notCreated = 'not created yet';

type Kind = 'source' | 'destination';

export async function applyPlan(api: AirbyteApi, plan: Plan, options: ApplyOptions): Promise<void> {
  const sourceId = await applyConnector(api, plan, 'source', options);
  const destinationId = await applyConnector(api, plan, 'destination', options);
  await applyConnection(api, plan, {sourceId, destinationId}, options);
}

/** Registers the image and sets the connector up with its configuration. */
async function applyConnector(api: AirbyteApi, plan: Plan, kind: Kind, options: ApplyOptions): Promise<string> {
  const {image, tag, name, configuration} = plan[kind];
  const workspaceId = plan.airbyte.workspace_id;
  const path = `workspaces/${workspaceId}/definitions/${kind}s`;
  const registered = (await api.listWhole(path)).find(({dockerRepository}) => dockerRepository === image);
  const definitionId = await settle(api, options, {
    what: `image ${image}:${tag}`,
    path,
    found: registered,
    id: registered?.['id'],
    idKey: 'id',
    create: {name: displayName(kind), dockerRepository: image, dockerImageTag: tag},
    differs: registered?.['dockerImageTag'] === tag ? [] : ['dockerImageTag'],
    update: {method: 'PUT', body: {name: registered?.['name'] ?? displayName(kind), dockerImageTag: tag}},
  });
  const found = (await api.list(`${kind}s`, {workspaceIds: workspaceId})).find(
    (one) => one['name'] === name && one['definitionId'] === definitionId
  );
  return settle(api, options, {
    what: `${kind} ${name}`,
    path: `${kind}s`,
    found,
    id: found?.[`${kind}Id`],
    idKey: `${kind}Id`,
    create: {name, workspaceId, definitionId, configuration},
    differs: differences(configuration, (found?.['configuration'] ?? {}) as Json, options.sendsSecrets),
    update: {method: 'PUT', body: {name, configuration}},
  });
}

async function applyConnection(
  api: AirbyteApi,
  plan: Plan,
  ends: {readonly sourceId: string; readonly destinationId: string},
  options: ApplyOptions
): Promise<void> {
  const {name, cron, status, streams = options.streams} = plan.connection;
  const found = (await api.list('connections', {workspaceIds: plan.airbyte.workspace_id})).find(
    (one) => one['sourceId'] === ends.sourceId && one['destinationId'] === ends.destinationId
  );
  const wanted = {
    name,
    schedule: {scheduleType: 'cron', cronExpression: cron},
    status,
    configurations: {streams: streams.map((stream) => ({name: stream, syncMode: 'incremental_deduped_history'}))},
  };
  await settle(api, options, {
    what: `connection ${name}`,
    path: 'connections',
    found,
    id: found?.['connectionId'],
    idKey: 'connectionId',
    create: {
      ...wanted,
      ...ends,
      namespaceDefinition: 'destination',
      // New fields and streams of a release are to be archived without anybody's doing.
      nonBreakingSchemaUpdatesBehavior: 'propagate_fully',
    },
    differs: found === undefined ? [] : connectionDifferences(wanted, found),
    update: {method: 'PATCH', body: wanted},
  });
}

interface Settlement {
  readonly what: string;
  readonly path: string;
  readonly found: Json | undefined;
  readonly id: unknown;
  readonly idKey: string;
  readonly create: Json;
  readonly differs: readonly string[];
  readonly update: {readonly method: 'PUT' | 'PATCH'; readonly body: Json};
}

/** Creates, updates or keeps one object; returns its id. */
async function settle(api: AirbyteApi, {isDryRun, report}: ApplyOptions, one: Settlement): Promise<string> {
  const {what, path, found, idKey, differs} = one;
  if (found === undefined) {
    report({what, does: 'create', differs: []});
    return isDryRun ? notCreated : idOf((await api.send('POST', path, one.create))[idKey], what);
  }
  const id = idOf(one.id, what);
  report({what, does: differs.length === 0 ? 'keep' : 'update', differs});
  if (differs.length > 0 && !isDryRun) await api.send(one.update.method, `${path}/${id}`, one.update.body);
  return id;
}

function idOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`Airbyte gave no id for ${what}.`);
  return value;
}

function displayName(kind: Kind): string {
  return kind === 'source' ? 'ChatGPT Enterprise' : 'Arctera Archive';
}

/** Paths of the settings that differ. What Airbyte masks is taken as equal unless secrets are to be sent. */
function differences(wanted: Json, found: Json, sendsSecrets: boolean, path = ''): string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].flatMap((key) => {
    const [mine, theirs] = [wanted[key], found[key]];
    const name = `${path}${key}`;
    const isMasked = typeof theirs === 'string' && /^\*+$/.test(theirs);
    if (isMasked && typeof mine === 'string') return sendsSecrets ? [name] : [];
    if (isObject(mine) && isObject(theirs)) return differences(mine, theirs, sendsSecrets, `${name}.`);
    if (Array.isArray(mine) && Array.isArray(theirs) && mine.length === theirs.length)
      return differences(byIndex(mine), byIndex(theirs), sendsSecrets, `${name}.`);
    return isDeepStrictEqual(mine, theirs) ? [] : [name];
  });
}

function byIndex(list: readonly unknown[]): Json {
  return Object.fromEntries(list.entries());
}

function connectionDifferences(wanted: Json, found: Json): string[] {
  // Some releases answer with the time zone behind the expression.
  const schedule = (one: Json): unknown =>
    (one['schedule'] as {cronExpression?: string} | undefined)?.cronExpression?.replace(/ UTC$/, '');
  const streams = (one: Json): unknown =>
    ((one['configurations'] as {streams?: Json[]} | undefined)?.streams ?? [])
      .map(({name, syncMode}) => `${String(name)} ${String(syncMode)}`)
      .sort();
  return [
    ...(wanted['name'] === found['name'] ? [] : ['name']),
    ...(wanted['status'] === found['status'] ? [] : ['status']),
    ...(schedule(wanted) === schedule(found) ? [] : ['schedule']),
    ...(isDeepStrictEqual(streams(wanted), streams(found)) ? [] : ['streams']),
  ];
}
