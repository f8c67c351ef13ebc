// The verb `hold`: places a legal hold on what is there and what comes, lifts one, or lists them.
import type {DestinationContext} from '../../airbyte/destination';
import {ConfigError, toConnectorError} from '../../core/errors';
import {toLedgerPlace} from '../check';
import type {Config} from '../config';
import {Events} from '../events';
import {deliveredItems} from '../ledger/delivered-items';
import {holdsOn, toHoldBody} from '../ledger/holds';
import type {Hold} from '../ledger/ledger';
import {lockWaitMs} from '../ledger/ledger-lock';
import {openLedgerToRead} from '../ledger/read-entries';
import type {LedgerPlace} from '../ledger/ledger-place';
import type {WorkspaceFolder} from '../ledger/workspace-folder';
import {applyHolds, type HoldsApplied} from '../pipeline/apply-holds';
import {toOpening} from '../opening';
import {openWorkspace} from '../pipeline/open-workspace';
import {closeStores, type WorkspaceStores} from '../pipeline/workspace';
import {describeTable} from '../report/describe-table';
import {begunWorkspace} from './begun-workspace';
import {toDate} from './date-option';
import {findLostLedgers} from './lost-ledgers';

/** As given on the command line. */
export interface HoldOptions {
  readonly argument?: string;
  readonly name?: string;
  readonly reason?: string;
  readonly user?: string;
  readonly conversation?: string;
  readonly from?: string;
  readonly until?: string;
  readonly workspace?: string;
  readonly asJson: boolean;
}

export const holdActions = 'add|release|list';

const lostLedger = 'its ledger is missing, so nothing is known of what is held there';

/** @returns the exit code: 1 when something that should be held is not */
export async function changeHolds(
  config: Config,
  context: DestinationContext,
  options: HoldOptions,
  print: (text: string) => Promise<void>
): Promise<number> {
  const place = toLedgerPlace(config);
  try {
    const lost = await findLostLedgers(config, place);
    const all = [...new Set([...place.names(), ...lost])].sort();
    const names = all.filter((name) => options.workspace === undefined || name === options.workspace);
    if (options.workspace !== undefined && names.length === 0) {
      throw invalid(
        `--workspace must be one of ${all.join(', ') || 'those that something was archived of: there are none'}.`
      );
    }
    const meant = {names, lost: names.filter((name) => lost.includes(name))};
    switch (options.argument) {
      case 'list':
        return await listHolds(place, meant, options, print);
      case 'add':
      case 'release':
        return await changeAll(config, context, place, meant, toChange(options), print);
      default:
        throw invalid(`The action is one of ${holdActions}.`);
    }
  } finally {
    place.close();
  }
}

/** Workspaces that a command is for. */
interface Meant {
  readonly names: readonly string[];
  /** Those of them whose ledger is gone. */
  readonly lost: readonly string[];
}

type Change =
  | {readonly kind: 'add'; readonly hold: Omit<Hold, 'entry' | 'at'>}
  | {readonly kind: 'release'; readonly name: string; readonly reason: string};

/** A name stands in files and tables: letters and digits of any script, and what joins them. */
const nameForm = /^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,79}$/u;
const longestReason = 500;

function toChange({argument, name = '', reason = '', user, conversation, from, until}: HoldOptions): Change {
  if (!nameForm.test(name))
    throw invalid('--name must be the name of the matter, of letters, digits, spaces and . _ / -');
  if (reason.trim() === '' || reason.length > longestReason || /\p{Cc}|\p{Surrogate}/u.test(reason)) {
    throw invalid('--reason must say in a line why.');
  }
  if (argument === 'release') return {kind: 'release', name, reason};
  const users = toList('user', user);
  const hold = {name, reason, users, addresses: [], conversations: toList('conversation', conversation)};
  const dates = {from: toDate('from', from), until: toDate('until', until)};
  if (user === undefined && conversation === undefined && from === undefined && until === undefined) {
    throw invalid('Give at least one of --user, --conversation, --from and --until.');
  }
  if (dates.from !== undefined && dates.until !== undefined && dates.from >= dates.until) {
    throw invalid('--until must be later than --from: nothing is held otherwise.');
  }
  return {kind: 'add', hold: {...hold, ...dates}};
}

/** A value without any, as that of a variable which is not set, would stand for everybody and everything. */
function toList(name: string, text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const members = text.split(',').map((each) => each.trim());
  const named = [...new Set(members.filter((each) => each !== ''))].sort();
  if (named.length === 0) throw invalid(`--${name} must not be empty.`);
  return named;
}

function invalid(words: string): ConfigError {
  return new ConfigError('command_invalid', words);
}

async function changeAll(
  config: Config,
  {clock, log, signal}: DestinationContext,
  place: LedgerPlace,
  {names, lost}: Meant,
  change: Change,
  print: (text: string) => Promise<void>
): Promise<number> {
  // Whether a hold could be carried out is about to be tried, and told, again.
  const opening = {
    ...toOpening({config, place, events: new Events(log), clock, signal}),
    onHoldsOpen: () => undefined,
  };
  let isWhole = true;
  let changed = 0;
  const unknown = new Set(change.kind === 'add' ? change.hold.users : []);
  const awaited = new Set(change.kind === 'add' ? change.hold.conversations : []);
  for (const name of names) {
    const workspaceId = await begunWorkspace(place, name, {clock, signal});
    if (workspaceId === undefined) {
      if (!lost.includes(name)) continue; // no run has begun it
      await print(`${name}: ${lostLedger}.`);
      isWhole = false;
      continue;
    }
    const stores = await openWorkspace({...opening, workspaceId, lockWaitMs});
    try {
      if (!(await record(change, stores, {workspace: name, unknown, awaited}, print))) continue;
      changed += 1;
      isWhole = (await carryOut(stores, name, print)) && isWhole;
    } finally {
      await closeStores(stores);
    }
  }
  if (changed > 0 && awaited.size > 0) {
    await print(`Nothing is known of the conversation ${[...awaited].join(', ')}: it is held when it comes.`);
  }
  if (changed === 0) await print('Nothing was changed.');
  else if (unknown.size > 0) await print(`Nobody is known by ${[...unknown].join(', ')}: for them nothing is held.`);
  return isWhole && changed > 0 && unknown.size === 0 ? 0 : 1;
}

/**
 * The entry, before anything is done.
 * @param unknown loses the users that the workspace knows, `awaited` its conversations
 * @returns whether the workspace has anything to do with it
 */
async function record(
  change: Change,
  {ledger}: WorkspaceStores,
  {
    workspace,
    unknown,
    awaited,
  }: {readonly workspace: string; readonly unknown: Set<string>; readonly awaited: Set<string>},
  print: (text: string) => Promise<void>
): Promise<boolean> {
  if (change.kind === 'release') {
    const {name, reason} = change;
    if (!ledger.holds().some((each) => each.name === name)) {
      // A release that was cut off is gone on with when it is given again.
      const wasReleased = await isReleased(ledger, name);
      if (!wasReleased) await print(`${workspace}: there is no hold ${name}.`);
      return wasReleased;
    }
    await ledger.note({kind: 'hold_released', body: {name, reason}});
    return true;
  }
  const users: string[] = [];
  const addresses: string[] = [];
  for (const each of change.hold.users) {
    const ids = await idsOf(each, ledger);
    if (ids.length > 0) unknown.delete(each);
    users.push(...ids);
    if (ids.length > 0 && each.includes('@')) addresses.push(each.toLowerCase());
  }
  if (users.length === 0 && change.hold.users.length > 0) {
    await print(`${workspace}: none of these addresses is known.`);
    return false;
  }
  for (const each of awaited) if (ledger.findSubject(each) !== undefined) awaited.delete(each);
  const meant = {...change.hold, users: [...new Set(users)].sort()};
  const body = toHoldBody({...meant, addresses: [...new Set(addresses)].sort()});
  const known = ledger.holds().find(({name}) => name === body.name);
  if (known === undefined) await ledger.note({kind: 'hold_added', body});
  else if (!isSame(known, [body, toHoldBody(meant)])) {
    throw invalid(`There is a hold ${body.name} already that says something else. Choose another name, or release it.`);
  }
  return true;
}

/** @param bodies what it is to say; one of an earlier release kept no addresses */
function isSame(known: Hold, bodies: readonly object[]): boolean {
  const said = JSON.stringify(toHoldBody(known));
  return bodies.some((body) => JSON.stringify(body) === said);
}

async function isReleased(ledger: WorkspaceStores['ledger'], name: string): Promise<boolean> {
  for await (const {kind, body} of ledger.entries(['hold_released'])) {
    if (kind === 'hold_released' && body.name === name) return true;
  }
  return false;
}

/** An address stands for everybody whom the ledger knows by it; anything else is an id. */
async function idsOf(user: string, {entries}: WorkspaceStores['ledger']): Promise<readonly string[]> {
  if (!user.includes('@')) return [user];
  const ids = new Set<string>();
  for await (const {kind, body} of entries(['people'])) {
    if (kind !== 'people') continue;
    for (const {id, email} of body.people) if (email?.toLowerCase() === user.toLowerCase()) ids.add(id);
  }
  return [...ids];
}

async function carryOut(
  stores: WorkspaceStores,
  workspace: string,
  print: (text: string) => Promise<void>
): Promise<boolean> {
  let applied: HoldsApplied;
  try {
    applied = await applyHolds(stores);
  } catch (error) {
    const {code, message} = toConnectorError(error);
    await print(`${workspace}: recorded, but not yet carried out (${code}: ${message}) The next run goes on with it.`);
    return false;
  }
  const {held, lifted, unheld, cannot} = applied;
  await print(`${workspace}: ${held} items are held, ${lifted} are held no more.`);
  if (cannot.length > 0) {
    await print(
      `${workspace}: these targets cannot hold an item, and have some that should be held: ${cannot.join(', ')}.`
    );
  }
  if (unheld > 0) await print(`${workspace}: ${unheld} items lie in no target that can hold them.`);
  return unheld === 0;
}

async function listHolds(
  place: LedgerPlace,
  {names, lost}: Meant,
  {asJson}: HoldOptions,
  print: (text: string) => Promise<void>
): Promise<number> {
  const workspaces: {workspace: string; holds: readonly (Hold & {readonly items: number})[]}[] = [];
  for (const name of names.filter((each) => place.glance(each) !== undefined)) {
    workspaces.push({workspace: name, holds: await place.inFolder(name, readHolds)});
  }
  const exit = workspaces.length > 0 && lost.length === 0 ? 0 : 1;
  if (asJson) {
    await print(JSON.stringify({workspaces, ledgers_missing: lost}, undefined, 2));
    return exit;
  }
  const rows = workspaces.flatMap(({workspace, holds}) =>
    holds.map(({name, at, items, users, conversations, from = '', until = '', reason}) => {
      return [
        workspace,
        name,
        at.slice(0, 10),
        String(items),
        users.join(' '),
        conversations.join(' '),
        from,
        until,
        reason,
      ];
    })
  );
  const heads = ['workspace', 'hold', 'since', 'items', 'users', 'conversations', 'from', 'until', 'reason'];
  if (rows.length > 0) for (const line of describeTable(heads, rows)) await print(line);
  else if (workspaces.length > 0) await print('Nothing is held.');
  for (const name of lost) await print(`${name}: ${lostLedger}.`);
  if (workspaces.length + lost.length === 0) await print('Nothing has been archived yet.');
  return exit;
}

async function readHolds({ledger: file}: WorkspaceFolder): Promise<readonly (Hold & {readonly items: number})[]> {
  const ledger = openLedgerToRead(file);
  try {
    const counts = new Map<string, number>();
    for await (const intent of deliveredItems(ledger.entries)) {
      for (const name of holdsOn(intent, ledger.holds)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return ledger.holds.map((hold) => ({...hold, items: counts.get(hold.name) ?? 0}));
  } finally {
    ledger.close();
  }
}
