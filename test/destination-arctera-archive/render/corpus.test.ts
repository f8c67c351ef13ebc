// Every conversation of the corpus renders in every format to its golden bytes, whatever the order, the zone, the run.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../../core/digest';
import {formats} from '../../../destination-arctera-archive/render/formats';
import type {MessagesItem} from '../../../destination-arctera-archive/render/item';
import {corpus, toCorpusItem} from './corpus';
import {defectsOf, hasPython} from './python-email';
import {lineFaults, parseMessage, recordOf} from './render-whole';
import {settings} from './sample-items';

const directory = join(__dirname, 'golden', 'corpus');
const hashes = join(directory, 'sha256.json');
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';
/** Kept whole, so that a change of their bytes can be read. */
const whole = [
  'branches',
  'versions',
  'files',
  'citations',
  'quotation',
  'text-markdown',
  'text-raw-html',
  'text-mail-header',
];
const names = Object.keys(formats) as (keyof typeof formats)[];

async function renderAll(item: MessagesItem): Promise<Record<string, Buffer>> {
  const rendered: Record<string, Buffer> = {};
  for (const name of names) {
    const pieces: Buffer[] = [];
    for await (const piece of formats[name].render(item, settings, recordOf(item))) pieces.push(piece);
    rendered[name] = Buffer.concat(pieces);
  }
  return rendered;
}

function hashAll(rendered: Record<string, Buffer>): Record<string, string> {
  return Object.fromEntries(Object.entries(rendered).map(([name, bytes]) => [name, sha256Hex(bytes)]));
}

test('there are at least 60 conversations', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(60);
});

test('each renders to its golden bytes and is sound to independent readers', async () => {
  const found: Record<string, Record<string, string>> = {};
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const paths: string[] = [];
  try {
    for (const [name, events] of corpus) {
      const rendered = await renderAll(toCorpusItem(events));
      found[name] = hashAll(rendered);
      for (const format of ['eml', 'rsmf']) {
        const bytes = rendered[format]!;
        expect([name, format, lineFaults(bytes)]).toEqual([name, format, []]);
        const parsed = await parseMessage(bytes);
        expect(parsed.headerLines.filter(({key}) => key === 'bcc' || key.startsWith('x-kvs'))).toEqual([]);
        paths.push(join(folder, `${name}.${format}`));
        writeFileSync(paths.at(-1)!, bytes);
      }
      const originals = (await parseMessage(rendered['eml']!)).attachments.at(-1)!.content.toString('utf8');
      expect(originals.split('\n').slice(0, -1).sort()).toEqual(events.map(({original}) => original.text).sort());
      if (!whole.includes(name)) continue;
      for (const format of names) {
        const path = join(directory, `${name}.${formats[format].ending}`);
        if (isUpdate) writeFileSync(path, rendered[format]!);
        expect([path, readFileSync(path).equals(rendered[format]!)]).toEqual([path, true]);
      }
    }
    if (isUpdate) writeFileSync(hashes, `${JSON.stringify(found, null, 2)}\n`);
    expect(found).toEqual(JSON.parse(readFileSync(hashes, 'utf8')));
    if (hasPython) expect(defectsOf(paths)).toEqual([]);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
});

test('each renders to the same bytes from shuffled events and in other zones of the machine', async () => {
  const golden = JSON.parse(readFileSync(hashes, 'utf8')) as Record<string, Record<string, string>>;
  const before = process.env['TZ'];
  try {
    for (const [at, [name, events]] of corpus.entries()) {
      process.env['TZ'] = ['Pacific/Kiritimati', 'America/St_Johns', 'Asia/Kolkata'][at % 3];
      const shuffled = [...events].sort((a, b) => (sha256Hex(a.original.text) < sha256Hex(b.original.text) ? -1 : 1));
      expect([name, hashAll(await renderAll(toCorpusItem(shuffled)))]).toEqual([name, golden[name]]);
    }
  } finally {
    process.env['TZ'] = before;
  }
});

test('the zips of the corpus are whole to Python', () => {
  if (!hasPython) return;
  const script = `import io, sys, zipfile
for path in sys.argv[1:]: print(zipfile.ZipFile(path).testzip())`;
  const paths = whole.map((name) => join(directory, `${name}.${formats.text_delimited.ending}`));
  const run = spawnSync('python3', ['-c', script, ...paths], {encoding: 'utf8'});
  expect(run.stdout.trim().split('\n')).toEqual(paths.map(() => 'None'));
});
