// Files beside an item that tell a program what a mail server or a locked store would be told of it.
import type {RenderedItem} from './target';

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

/** @param nowMs when it is delivered: retention counts from then */
export function toSidecars(item: RenderedItem, envelope: Envelope | undefined, nowMs: number): readonly Sidecar[] {
  const {itemId, sha256, size, retention, legalHold} = item;
  const of = {item_id: itemId, sha256, size};
  const sidecars: Sidecar[] = [];
  if (envelope !== undefined) {
    const {sender, recipients} = envelope;
    sidecars.push({ending: 'envelope.json', text: toText({sender, recipients, ...of})});
  }
  if (retention !== undefined || legalHold !== undefined) {
    const {category = null, days = null} = retention ?? {};
    const keepUntil = days === null ? null : new Date(nowMs + days * dayMs).toISOString();
    const kept = {retention_category: category, retention_days: days, retain_until: keepUntil};
    sidecars.push({ending: 'retention.json', text: toText({...of, ...kept, legal_hold: legalHold ?? null})});
  }
  return sidecars;
}

function toText(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
