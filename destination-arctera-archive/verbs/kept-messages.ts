// Items whose bytes are kept where their ledger was lost, on their way or refused: told apart by what they say of themselves.
import {type ItemFacts, parseItemRecord} from '../ledger/entry';
import type {Intent} from '../ledger/ledger';
import type {KeptMessage} from '../ledger/rebuild';
import {defaultTarget} from '../policy/routing';
import {formats} from '../render/formats';
import {type ItemKind, toItemId} from '../render/item';
import {findItemRecord} from '../render/item-record';
import type {ItemAddress, ItemPlace, Target} from '../targets/target';

/** An item whose bytes are in the outbox or set aside: those of one format. */
export interface KeptItem extends Pick<KeptMessage, 'sha256' | 'size'> {
  readonly facts: ItemFacts;
  readonly itemId: string;
  /** Of its format, without the dot. */
  readonly ending: string;
}

export interface KeptItems {
  readonly items: ReadonlyMap<string, KeptItem>;
  /** Of files that cannot be taken for messages of the workspace. */
  readonly problems: readonly string[];
}

const endings: readonly string[] = Object.values(formats).map(({ending}) => ending);
const messageId = /^Message-ID:\s*<([0-9a-f]{64})[^>@]*@/im;
/** The header of an item ends well before. */
const headerBytes = 64 * 1024;

/** @param toItemId the id that an item of these facts has */
export async function readKeptMessages(
  messages: readonly KeptMessage[],
  workspaceId: string,
  toItemId: (facts: ItemFacts) => string
): Promise<KeptItems> {
  const items = new Map<string, KeptItem>();
  const problems: string[] = [];
  for (const message of messages) {
    const found = await readMessage(message);
    const record = found === undefined ? undefined : parseItemRecord(found.text);
    const itemId = record === undefined ? undefined : toItemId(record.facts);
    if (found === undefined || record?.workspaceId !== workspaceId || itemId === undefined) {
      problems.push(`The file ${JSON.stringify(message.name)} does not say what item of the workspace it is.`);
      continue;
    }
    const {sha256, size} = message;
    items.set(itemId, {facts: record.facts, itemId, ending: found.ending, sha256, size});
  }
  return {items, problems};
}

async function readMessage({read}: KeptMessage): Promise<{ending: string; text: string} | undefined> {
  const itemId = messageId.exec(await beginningOf(read()))?.[1] ?? '';
  for (const ending of endings) {
    const text = await findItemRecord(itemId, ending, read);
    if (text !== undefined) return {ending, text};
  }
  return undefined;
}

async function beginningOf(content: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const bytes of content) {
    pieces.push(bytes);
    if ((size += bytes.length) >= headerBytes) break;
  }
  return Buffer.concat(pieces).toString('latin1');
}

/** As it was intended. */
export function toKeptIntent(
  {facts, itemId, ending, sha256, size}: KeptItem,
  targets: ReadonlyMap<string, Target>
): Intent {
  const addressIn = (name: string): ItemAddress => targets.get(name)?.address(toPlace(facts, itemId, ending)) ?? '';
  const [first = defaultTarget, ...others] = facts.targets;
  const address = addressIn(first);
  const places = others.flatMap((name) => {
    const own = addressIn(name);
    return own === address ? [] : [[name, {address: own, copies: []}] as const];
  });
  const intent = {...facts, itemId, address, sha256, size, copies: []};
  return places.length === 0 ? intent : {...intent, places: Object.fromEntries(places)};
}

export function toPlace({owner: userId, date, conversation}: ItemFacts, itemId: string, ending: string): ItemPlace {
  const dateMs = date === undefined ? 0 : Date.parse(date);
  return {itemId, ending, dateMs, userId, conversationId: conversation?.id};
}

/** @param target what ids of items are made with */
export function itemIdOf({kind, records}: ItemFacts, target: string): string {
  return toItemId(
    kind as ItemKind,
    target,
    records.map(({recordId}) => recordId)
  );
}
