// Files beside an item that tell a program what a mail server or a locked store would be told of it.
import * as z from 'zod';
import type {RenderedItem, SidecarFacts} from './target';

/** As a mail server would be given them; never taken from an item. */
export interface Envelope {
  readonly sender: string;
  readonly recipients: readonly string[];
}

export interface Sidecar {
  /** Follows the name of the item's file. */
  readonly ending: string;
  readonly text: string;
}

const dayMs = 24 * 60 * 60_000;
const envelopeEnding = 'envelope.json';
const retentionEnding = 'retention.json';

/** @param nowMs when it is delivered: retention counts from then */
export function toSidecars(item: RenderedItem, envelope: Envelope | undefined, nowMs: number): readonly Sidecar[] {
  const {itemId, sha256, size, retention, legalHold} = item;
  const of = {item_id: itemId, sha256, size};
  const sidecars: Sidecar[] = [];
  if (envelope !== undefined) {
    const {sender, recipients} = envelope;
    sidecars.push({ending: envelopeEnding, text: toText({sender, recipients, ...of})});
  }
  if (retention !== undefined || legalHold !== undefined) {
    const {category = null, days = null} = retention ?? {};
    const keepUntil = days === null ? null : new Date(nowMs + days * dayMs).toISOString();
    const kept = {retention_category: category, retention_days: days, retain_until: keepUntil};
    sidecars.push({ending: retentionEnding, text: toText({...of, ...kept, legal_hold: legalHold ?? null})});
  }
  return sidecars;
}

function toText(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

const ofItem = z.object({item_id: z.string(), sha256: z.string()});
const ofRetention = ofItem.extend({
  retention_category: z.string().nullable(),
  retention_days: z.number().nullable(),
  retain_until: z.iso.datetime().nullable(),
  legal_hold: z.string().nullable(),
});

/**
 * Whoever deletes by age looks at these files: they must say what the ledger does.
 * @param read the text of a file by its ending; undefined where there is none
 * @returns endings of those that are missing or say something else
 */
export async function findFalseEndings(
  {itemId, sha256, dateMs, retention, legalHold}: SidecarFacts,
  hasEnvelope: boolean,
  read: (ending: string) => Promise<string | undefined>
): Promise<readonly string[]> {
  const found: string[] = [];
  const isOf = (said: z.output<typeof ofItem>): boolean => said.item_id === itemId && said.sha256 === sha256;
  if (hasEnvelope) {
    const text = await read(envelopeEnding); // there is none where the configuration had no envelope yet
    if (text !== undefined && !says(text, ofItem, isOf)) found.push(envelopeEnding);
  }
  if (retention === undefined && legalHold === undefined) return found;
  const {category = null, days = null} = retention ?? {};
  // Counted from the delivery, which the machine's clock told: a day is left to it.
  const leastMs = days === null || dateMs === undefined ? undefined : dateMs + (days - 1) * dayMs;
  const isTrue = (said: z.output<typeof ofRetention>): boolean =>
    isOf(said) &&
    said.retention_category === category &&
    said.retention_days === days &&
    said.legal_hold === (legalHold ?? null) &&
    (days === null ? said.retain_until === null : Date.parse(said.retain_until ?? '') >= (leastMs ?? 0));
  const text = await read(retentionEnding);
  if (text === undefined || !says(text, ofRetention, isTrue)) found.push(retentionEnding);
  return found;
}

function says<Said>(text: string, schema: z.ZodType<Said>, isTrue: (said: Said) => boolean): boolean {
  try {
    return isTrue(schema.parse(JSON.parse(text)));
  } catch {
    return false; // whatever it is, it does not say it
  }
}
