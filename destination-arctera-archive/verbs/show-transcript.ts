// The verb `show` for a conversation, an item or an event: its transcript, read back from ledger and target.
import {systemClock} from '../../core/clock';
import {sha256Hex} from '../../core/digest';
import {ConfigError} from '../../core/errors';
import {openTargets, toLedgerPlace} from '../check';
import type {Config} from '../config';
import {deliveredItems} from '../ledger/delivered-items';
import type {Body} from '../ledger/entry';
import type {ReadEntries} from '../ledger/evidence';
import {holdsOn} from '../ledger/holds';
import type {Hold} from '../ledger/ledger';
import {placeIn} from '../ledger/intent-place';
import type {Intent} from '../ledger/ledger';
import {openLedgerToRead} from '../ledger/read-entries';
import type {WorkspaceFolder} from '../ledger/workspace-folder';
import {parseConversationEvent} from '../render/conversation-event';
import {formats} from '../render/formats';
import {findOriginals} from '../render/item-record';
import {toReadableText} from '../render/readable-text';
import type {Target} from '../targets/target';
import {ClosedWorkspaces} from './closed-workspaces';
import {findLostLedgers} from './lost-ledgers';

/** What is looked for; exactly one is given. */
export interface Wanted {
  readonly conversation?: string | undefined;
  readonly item?: string | undefined;
  readonly event?: string | undefined;
}

/** @returns the exit code: 0 when something was found */
export async function showTranscript(
  config: Config,
  wanted: Wanted,
  print: (text: string) => Promise<void>
): Promise<number> {
  const given = Object.values(wanted).filter((each) => each !== undefined);
  if (given.length !== 1) throw new ConfigError('command_invalid', 'Give one of --conversation, --item and --event.');
  let found = 0;
  const place = toLedgerPlace(config);
  let lost: readonly string[] = [];
  try {
    const closed = new ClosedWorkspaces();
    for (const name of place.names()) {
      if (closed.lookedInto(() => place.glance(name)) === undefined) continue;
      found += await place.inFolder(name, (folder) => showWorkspace(config, folder, wanted, print));
    }
    if (found === 0) closed.tell();
    if (found === 0) lost = await findLostLedgers(config, place);
  } finally {
    place.close();
  }
  for (const name of lost) await print(`${plain(name)}: its ledger is missing, so nothing is known of what it holds.`);
  // What is set aside or left out is known to a ledger all the same: nobody is to take it for lost.
  if (found === 0) await print('No item of this archive holds it. What became of a record is told by --event alone.');
  return found > 0 ? 0 : 1;
}

async function showWorkspace(
  config: Config,
  folder: WorkspaceFolder,
  wanted: Wanted,
  print: (text: string) => Promise<void>
): Promise<number> {
  const targets = await openTargets(config, folder.name, {clock: systemClock, signal: new AbortController().signal});
  const ledger = openLedgerToRead(folder.ledger);
  let found = 0;
  try {
    const items = await findItems(ledger.entries, wanted);
    for (const intent of items.sort((a, b) => ((a.date ?? '') < (b.date ?? '') ? -1 : 1))) {
      found += 1;
      for (const line of await describeItem(intent, targets, ledger.holds, wanted.event)) await print(line);
    }
  } finally {
    ledger.close();
    for (const target of targets.values()) await target.close();
  }
  return found;
}

/** Delivered items only. */
async function findItems(entries: ReadEntries, {conversation, item, event}: Wanted): Promise<Intent[]> {
  const found: Intent[] = [];
  const isWanted = (body: Body<'intent'>): boolean =>
    body.item_id === item ||
    (conversation !== undefined && body.conversation?.id === conversation) ||
    (event !== undefined && body.records.some(([recordId]) => recordId === event));
  for await (const intent of deliveredItems(entries, isWanted)) found.push(intent);
  return found;
}

async function describeItem(
  intent: Intent,
  targets: ReadonlyMap<string, Target>,
  holds: readonly Hold[],
  event: string | undefined
): Promise<string[]> {
  const {itemId, kind, conversation, date = 'date not known', owner = 'nobody'} = intent;
  const head = [
    '',
    `== ${kind} ${itemId}`,
    `   ${date} · ${plain(owner)}${conversation === undefined ? '' : ` · ${plain(conversation.subject)} (${plain(conversation.id)})`}`,
    `   in ${intent.targets.map((name) => `${name}: ${placeIn(intent, name).address}`).join(', ')}`,
    ...describeHolds(intent, holds),
  ];
  const unread: string[] = [];
  for (const name of intent.targets) {
    const target = targets.get(name);
    const {address, copies} = placeIn(intent, name);
    if (target?.read === undefined) {
      unread.push(`${name} cannot be asked for its text`);
      continue;
    }
    for (const each of [address, ...copies.map((copy) => copy.address)]) {
      const originals = await readOriginals(target, each, itemId);
      if (originals === undefined) unread.push(`${name} does not hold it as it was delivered: ${each}`);
      else {
        const shown = originals.filter((_, at) => event === undefined || intent.records[at]?.recordId === event);
        return [...head, ...shown.flatMap(describeOriginal)];
      }
    }
  }
  return [...head, ...unread.map((each) => `   ${each}`)];
}

/** By the policy and by people. */
function describeHolds(intent: Intent, holds: readonly Hold[]): string[] {
  const names = [...[intent.decision?.legalHold ?? []].flat(), ...holdsOn(intent, holds)];
  return names.length === 0 ? [] : [`   held for ${names.map(plain).join(', ')}`];
}

/** From any format. Undefined also where nothing lies at the address. */
async function readOriginals(target: Target, address: string, itemId: string): Promise<string[] | undefined> {
  if ((await target.find(address)) !== true) return undefined;
  const ending = Object.values(formats).find((each) => address.endsWith(`.${each.ending}`))?.ending ?? '';
  return findOriginals(itemId, ending, () => target.read?.(address) ?? nothing());
}

async function* nothing(): AsyncGenerator<never> {
  await Promise.resolve();
}

function describeOriginal(original: string): string[] {
  const {eventId, timestamp, actor, authorType, text, otherContent, files} = parseConversationEvent(original);
  const isMessage = text !== undefined || otherContent !== undefined || files.length > 0;
  if (!isMessage) return ['', `-- record ${sha256Hex(original)}`, plain(original)];
  const who = authorType === 'user' ? (actor.email ?? actor.id) : (authorType ?? 'unknown');
  const attached = files.map(({fileId, name}) => `   [file ${plain(name ?? '')} ${plain(fileId)}]`);
  return [
    '',
    `-- ${plain(timestamp ?? '')} ${plain(who)} (${plain(eventId)})`,
    plain([text ?? [], otherContent ?? []].flat().join('\n')),
    ...attached,
  ];
}

/** What came from outside must not steer the terminal. */
function plain(text: string): string {
  return toReadableText(text);
}
