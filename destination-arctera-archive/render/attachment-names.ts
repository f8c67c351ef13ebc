// Safe names for uploads: unique in their item, harmless on any disk, and as close to the given name as that allows.
import type {AttachedFile} from './item';
import {sha256Hex} from '../../core/digest';
import {foldName} from '../../core/safe-name';

const maxLength = 120;
/** Most file systems hold 255 bytes a name; some room is left for what extraction tools add. */
const maxBytes = 240;
const maxExtension = 20;
const reservedOnWindows = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
export const originalsName = 'events.jsonl';
/** What the item says of itself to a program. */
export const itemRecordName = 'item.json';

/** An upload to attach, once, whatever the number of messages that name it. */
export interface NamedAttachment {
  readonly name: string;
  readonly file: AttachedFile;
  readonly state: Extract<AttachedFile['state'], {kind: 'attached'}>;
}

/**
 * The uploads of an item in the order they are named, each with a name of its own.
 * @param reserved names that no upload may have, besides that of the originals
 */
export function nameAttachments(
  files: readonly AttachedFile[],
  reserved: readonly string[] = []
): ReadonlyMap<string, NamedAttachment> {
  const taken = new TakenNames([originalsName, itemRecordName, ...reserved]);
  const named = new Map<string, NamedAttachment>();
  for (const file of files) {
    if (file.state.kind !== 'attached') continue;
    const key = attachmentKey(file.fileId, file.state.sha256);
    if (named.has(key)) continue;
    named.set(key, {name: taken.take(toSafeName(file.name, file.fileId)), file, state: file.state});
  }
  return named;
}

/** The same bytes of the same file are one attachment. */
export function attachmentKey(fileId: string, sha256: string): string {
  return `${sha256}:${fileId}`;
}

export function toSafeName(name: string | undefined, fileId: string): string {
  const cleaned = clean(name ?? '');
  if (cleaned !== '') return shorten(cleaned, '');
  const id = fileId.replace(/[^A-Za-z0-9_-]+/g, '').slice(0, 60);
  return `file-${id === '' ? sha256Hex(fileId).slice(0, 16) : id}`;
}

function clean(name: string): string {
  const lastPart = name.slice(-4096).split(/[/\\]/).at(-1) ?? '';
  const plain = lastPart
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/gu, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  return reservedOnWindows.test(plain) ? `_${plain}` : plain;
}

/** Cuts the stem, never the extension, until the name with the mark before its extension fits. */
function shorten(name: string, mark: string): string {
  const dot = name.lastIndexOf('.');
  const hasExtension = dot > 0 && name.length - dot <= maxExtension;
  const extension = hasExtension ? name.slice(dot) : '';
  const stem = Array.from(hasExtension ? name.slice(0, dot) : name).slice(0, maxLength);
  const fits = (): boolean => {
    const candidate = stem.join('') + mark + extension;
    return candidate.length <= maxLength && Buffer.byteLength(candidate) <= maxBytes;
  };
  while (!fits()) stem.pop();
  return stem.join('').replace(/[. ]+$/, '') + mark + extension;
}

/** Names in one folder. No two are the same on any disk, whatever their case. */
export class TakenNames {
  private readonly folded = new Set<string>();
  /** How far a name has been numbered: hundreds of uploads may be called alike, as pasted images are. */
  private readonly numbered = new Map<string, number>();

  constructor(names: Iterable<string>) {
    for (const name of names) this.folded.add(foldName(name));
  }

  /** @returns the name, or the first of its numbered forms that is free */
  take(name: string): string {
    let number = this.numbered.get(name) ?? 1;
    let candidate = number === 1 ? name : shorten(name, ` (${number})`);
    while (this.folded.has(foldName(candidate))) candidate = shorten(name, ` (${++number})`);
    this.numbered.set(name, number);
    this.folded.add(foldName(candidate));
    return candidate;
  }
}
