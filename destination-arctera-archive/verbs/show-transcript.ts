// The verb `show` for a conversation, an item or an event: its transcript, read back from ledger and target.
import {systemClock} from '../../core/clock';
import {sha256Hex} from '../../core/digest';
import {ConfigError} from '../../core/errors';
import {openTargets, toLedgerPlace} from '../check';
import type {Config} from '../config';
import {toIntent} from '../ledger/entry';
import type {ReadEntries} from '../ledger/evidence';
import {placeIn} from '../ledger/intent-place';
import type {Intent} from '../ledger/ledger';
import {openLedgerToRead} from '../ledger/read-entries';
import type {WorkspaceFolder} from '../ledger/workspace-folder';
import {originalsName} from '../render/attachment-names';
import {parseConversationEvent} from '../render/conversation-event';
import {emlEnding, outerBoundary} from '../render/eml';
import {PartFinder} from '../render/part-finder';
import {toReadableText} from '../render/readable-text';
import type {Target} from '../targets/target';

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
  try {
    for (const name of place.names().filter((each) => place.glance(each) !== undefined)) {
      found += await place.inFolder(name, (folder) => showWorkspace(config, folder, wanted, print));
    }
  } finally {
    place.close();
  }
  if (found === 0) await print('No ledger of this archive knows it.');
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
      for (const line of await describeItem(intent, targets, wanted.event)) await print(line);
    }
  } finally {
    ledger.close();
    for (const target of targets.values()) await target.close();
  }
  return found;
}

/** Delivered items only. */
async function findItems(entries: ReadEntries, {conversation, item, event}: Wanted): Promise<Intent[]> {
  const open = new Map<string, Intent>();
  const found: Intent[] = [];
  for await (const {kind, body} of entries(['intent', 'delivered', 'voided'])) {
    if (kind === 'intent') {
      const isWanted =
        body.item_id === item ||
        (conversation !== undefined && body.conversation?.id === conversation) ||
        (event !== undefined && body.records.some(([recordId]) => recordId === event));
      if (isWanted) open.set(body.item_id, toIntent(body));
    }
    if (kind !== 'delivered' && kind !== 'voided') continue;
    for (const itemId of body.item_ids) {
      const intent = open.get(itemId);
      if (intent !== undefined && kind === 'delivered') found.push(intent);
      open.delete(itemId);
    }
  }
  return found;
}

async function describeItem(
  intent: Intent,
  targets: ReadonlyMap<string, Target>,
  event: string | undefined
): Promise<string[]> {
  const {itemId, kind, conversation, date = 'date not known', owner = 'nobody'} = intent;
  const head = [
    '',
    `== ${kind} ${itemId}`,
    `   ${date} · ${plain(owner)}${conversation === undefined ? '' : ` · ${plain(conversation.subject)} (${plain(conversation.id)})`}`,
    `   in ${intent.targets.map((name) => `${name}: ${placeIn(intent, name).address}`).join(', ')}`,
  ];
  for (const name of intent.targets) {
    const target = targets.get(name);
    const {address} = placeIn(intent, name);
    if (target?.read === undefined || !address.endsWith(`.${emlEnding}`)) continue;
    const originals = await readOriginals(target.read(address), itemId);
    if (originals === undefined) return [...head, '   The target does not hold it as it was delivered.'];
    const shown = originals.filter((text) => event === undefined || parseConversationEvent(text).eventId === event);
    return [...head, ...shown.flatMap(describeOriginal)];
  }
  return [...head, '   No target can be asked for its text.'];
}

async function readOriginals(bytes: AsyncIterable<Buffer>, itemId: string): Promise<string[] | undefined> {
  const finder = new PartFinder(outerBoundary(itemId), originalsName);
  for await (const each of bytes) finder.push(each);
  const text = finder.content?.toString('utf8');
  return text?.split('\n').filter((line) => line !== '');
}

function describeOriginal(original: string): string[] {
  const {eventId, timestamp, actor, authorType, text, otherContent, files} = parseConversationEvent(original);
  if (timestamp === undefined && text === undefined) return ['', `-- record ${sha256Hex(original)}`, plain(original)];
  const who = authorType === 'user' ? (actor.email ?? actor.id) : (authorType ?? 'unknown');
  const attached = files.map(({fileId, name}) => `   [file ${plain(name ?? '')} ${plain(fileId)}]`);
  return [
    '',
    `-- ${plain(timestamp ?? '')} ${plain(who)} (${plain(eventId)})`,
    plain(text ?? otherContent ?? ''),
    ...attached,
  ];
}

/** What came from outside must not steer the terminal. */
function plain(text: string): string {
  return toReadableText(text);
}
