// The uploads of an item and their bytes, proved to be those that the source read.
import {createHash} from 'node:crypto';
import {IntegrityError} from '../../core/errors';
import type {NamedAttachment} from './attachment-names';
import type {AttachedFile, Item, TranscriptMessage} from './item';

export function filesOf(item: Item): readonly AttachedFile[] {
  if (item.kind === 'messages') return item.messages.flatMap(filesOfMessage);
  if (item.kind === 'addendum') return item.files;
  return item.kind === 'batch' ? [] : (item.files ?? []);
}

function filesOfMessage({files}: TranscriptMessage): readonly AttachedFile[] {
  return files;
}

/** The bytes of an upload as its content gives them; fails at their end when they are not the ones the source read. */
export async function* uploadBytes({state}: NamedAttachment): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const bytes of state.content()) {
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest('hex') !== state.sha256) {
    throw new IntegrityError('transfer_broken', 'An attachment changed between reading and rendering it.');
  }
}
