// Every conversation of the corpus renders in every format to its golden bytes, whatever the order, the zone, the run.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {build} from 'esbuild';
import {formats} from '../../../destination-arctera-archive/render/formats';
import {root} from '../../source-files';
import {corpus, toCorpusItem} from './corpus';
import {type CorpusHashes, formatNames, hashAll, renderAll} from './corpus-hashes';
import {defectsOf, zipFaultsOf} from './python-email';
import {lineFaults, parseMessage} from './render-whole';

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
test('there are at least 60 conversations', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(60);
});

test('each renders to its golden bytes and is sound to independent readers', async () => {
  const found: CorpusHashes = {};
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const messages: string[] = [];
  const zips: string[] = [];
  try {
    for (const [name, events] of corpus) {
      const rendered = await renderAll(toCorpusItem(events));
      found[name] = hashAll(rendered);
      for (const format of ['eml', 'rsmf']) {
        const bytes = rendered[format]!;
        expect([name, format, lineFaults(bytes)]).toEqual([name, format, []]);
        const parsed = await parseMessage(bytes);
        expect(parsed.headerLines.filter(({key}) => key === 'bcc' || key.startsWith('x-kvs'))).toEqual([]);
        messages.push(join(folder, `${name}.${format}`));
        writeFileSync(messages.at(-1)!, bytes);
      }
      zips.push(join(folder, `${name}.td.zip`));
      writeFileSync(zips.at(-1)!, rendered['text_delimited']!);
      const originals = (await parseMessage(rendered['eml']!)).attachments.at(-1)!.content.toString('utf8');
      expect(originals.split('\n').slice(0, -1).sort()).toEqual(events.map(({original}) => original.text).sort());
      if (!whole.includes(name)) continue;
      for (const format of formatNames) {
        const path = join(directory, `${name}.${formats[format].ending}`);
        if (isUpdate) writeFileSync(path, rendered[format]!);
        expect([path, readFileSync(path).equals(rendered[format]!)]).toEqual([path, true]);
      }
    }
    if (isUpdate) writeFileSync(hashes, `${JSON.stringify(found, null, 2)}\n`);
    expect(found).toEqual(JSON.parse(readFileSync(hashes, 'utf8')));
    expect([messages.length, zips.length]).toEqual([2 * corpus.length, corpus.length]);
    expect(defectsOf(messages)).toEqual([]);
    expect(zipFaultsOf(zips)).toEqual([]);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
});

// Its own process for each zone: inside a test, a change of the environment does not reach the clock of the machine.
test('each renders to the same bytes from shuffled events and in other zones of the machine', async () => {
  const golden = JSON.parse(readFileSync(hashes, 'utf8')) as CorpusHashes;
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const program = join(folder, 'corpus-main.js');
  try {
    const entry = join(__dirname, 'corpus-main.ts');
    await build({entryPoints: [entry], outfile: program, bundle: true, platform: 'node', external: ['mailparser']});
    for (const [zone, hours] of [
      ['UTC', [9, 9]],
      ['Pacific/Kiritimati', [23, 23]],
      ['America/St_Johns', [5, 6]],
      ['Asia/Kolkata', [14, 14]],
    ] as const) {
      const run = spawnSync(process.execPath, [program], {
        env: {...process.env, TZ: zone, NODE_PATH: join(root, 'node_modules')},
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      expect([zone, run.stderr, run.status]).toEqual([zone, '', 0]);
      expect({zone, ...(JSON.parse(run.stdout) as object)}).toEqual({zone, hours, hashes: golden});
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
});
