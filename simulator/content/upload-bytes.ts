// The bytes of an uploaded file: valid for its type, of about the wanted size, always the same for the same upload.
import {docx, xlsx} from '../bytes/office';
import {pdf} from '../bytes/pdf';
import {png} from '../bytes/png';
import {wav} from '../bytes/wav';
import type {Random} from '../random';
import {cities, type Topic} from './phrases';
import {composeParagraph} from './prose';

export interface FileType {
  readonly ending: string;
  readonly mimeType: string;
  /** How often people upload it, relative to the others. */
  readonly weight: number;
  readonly write: (random: Random, size: number, topic: Topic) => Buffer;
}

export const fileTypes: readonly FileType[] = [
  {
    ending: 'pdf',
    mimeType: 'application/pdf',
    weight: 6,
    write: (random, size, topic) => pdf(random, size, paragraphs(random, Math.min(size, 4000), topic)),
  },
  {ending: 'png', mimeType: 'image/png', weight: 5, write: png},
  {
    ending: 'docx',
    mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    weight: 3,
    write: (random, size, topic) => docx(paragraphs(random, size - 1500, topic)),
  },
  {
    ending: 'xlsx',
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    weight: 3,
    write: (random, size) => xlsx(table(random, (size - 2500) / 6)),
  },
  {
    ending: 'csv',
    mimeType: 'text/csv',
    weight: 3,
    write: (random, size) =>
      Buffer.from(
        table(random, size)
          .map((row) => row.join(','))
          .join('\r\n')
      ),
  },
  {
    ending: 'txt',
    mimeType: 'text/plain',
    weight: 2,
    write: (random, size, topic) => Buffer.from(paragraphs(random, size, topic).join('\n')),
  },
  {
    ending: 'md',
    mimeType: 'text/markdown',
    weight: 1,
    write: (random, size, topic) => Buffer.from(`# Notes\n\n${paragraphs(random, size, topic).join('\n\n')}\n`),
  },
  {
    ending: 'json',
    mimeType: 'application/json',
    weight: 1,
    write: (random, size) => Buffer.from(JSON.stringify({rows: table(random, size / 2)}, null, 1)),
  },
  {ending: 'wav', mimeType: 'audio/wav', weight: 1, write: wav},
];

/** Audio and video are served only when the request names the conversation. */
export function needsConversation(type: FileType): boolean {
  return /^(audio|video)\//.test(type.mimeType);
}

export function pickFileType(random: Random): FileType {
  return random.pick(fileTypes.flatMap((type) => Array.from({length: type.weight}, () => type)));
}

/** 0.5 to 400 KB, small ones more often; one in a hundred has several megabytes. */
export function pickSize(random: Random): number {
  if (random.chance(0.01)) return random.int(2_000_000, 6_000_000);
  return Math.round(500 * 800 ** random.next());
}

function paragraphs(random: Random, size: number, topic: Topic): string[] {
  // A stock of paragraphs told apart by a number: composing each anew would make large workspaces slow.
  const stock = Array.from({length: 12}, () => composeParagraph(random, topic));
  const result: string[] = [];
  for (let length = 0; length < size;) {
    const text = `${result.length + 1}. ${stock[result.length % stock.length] ?? ''}`;
    result.push(text);
    length += Buffer.byteLength(text);
  }
  return result;
}

function table(random: Random, size: number): string[][] {
  const rows = [['site', 'count', 'value', 'note']];
  for (let length = 0; length < size; length += 30) {
    rows.push([random.pick(cities), String(random.int(1, 999)), random.next().toFixed(6), `row ${rows.length}`]);
  }
  return rows;
}
