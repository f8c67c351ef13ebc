// The copy of a record that is set aside, as it is read again.
import * as z from 'zod';
import type {KeptFiles} from './kept-files';

export const copySchema = z.object({
  stream: z.string(),
  record_id: z.string(),
  sha256: z.string(),
  /** Path of the item that was refused. */
  item: z.string().optional(),
  record: z.string(),
});

export async function readCopyText(path: string, kept: KeptFiles): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const bytes of kept.read(path)) pieces.push(bytes);
  return Buffer.concat(pieces).toString('utf8');
}
