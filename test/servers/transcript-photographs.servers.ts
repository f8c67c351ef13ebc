// Transcripts in a real browser: they ask for nothing, run nothing, and fit in light, in the dark and on paper.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import type {Item} from '../../destination-arctera-archive/render/item';
import {type BrowserContext, chromium} from 'playwright-core';
import {corpus, toCorpusItem} from '../destination-arctera-archive/render/corpus';
import {parseMessage, renderWhole} from '../destination-arctera-archive/render/render-whole';
import {addendumItem, attached, batchItem} from '../destination-arctera-archive/render/sample-items';
import {sampleItems} from '../../scripts/samples/sample-items';
import {showcaseItem} from './showcase-item';
import {openWatchedPage} from './watched-page';

const photographs = process.env['PHOTOGRAPHS'];
const items: Readonly<Record<string, Item>> = {
  conversation: showcaseItem(),
  addendum: addendumItem([attached('late.bin', Buffer.from('late'))]),
  batch: batchItem(),
  ...Object.fromEntries(sampleItems.slice(7).flatMap(([name, items]) => items.map((item) => [name, item]))),
};
const looks = [
  {name: 'light', colorScheme: 'light', media: 'screen'},
  {name: 'dark', colorScheme: 'dark', media: 'screen'},
  {name: 'print', colorScheme: 'light', media: 'print'},
] as const;

/** As text, because it runs in the page: nothing else here may take itself to be in a browser. */
const measure = `({
  title: document.title,
  active: document.querySelectorAll('script, img, iframe, object, embed, link, a, form, svg, [src], [href]').length,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  background: getComputedStyle(document.body).backgroundColor,
})`;

let profile: string;
let browser: BrowserContext;

beforeAll(async () => {
  profile = mkdtempSync(join(tmpdir(), 'browser-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: {width: 1000, height: 800},
  });
});

afterAll(async () => {
  await browser.close();
  rmSync(profile, {recursive: true, force: true});
});

const cases = Object.entries(items).flatMap(([name, item]) => looks.map((look) => ({name, item, look})));

test.each(cases)('$name, $look.name: nothing is asked for, and nothing overflows', async ({name, item, look}) => {
  const {html = ''} = await parseMessage(await renderWhole(item));
  const {asked, page, said} = await openWatchedPage(browser);
  await page.emulateMedia({media: look.media, colorScheme: look.colorScheme});
  await page.setContent(html, {waitUntil: 'load'});
  expect(asked).toEqual([]);
  expect(said).toEqual([]);
  const seen = await page.evaluate<{title: string; active: number; overflow: number; background: string}>(measure);
  expect(seen).toMatchObject({active: 0, overflow: 0});
  expect(seen.title).not.toBe('run');
  expect(seen.background).toBe(look.colorScheme === 'dark' ? 'rgb(20, 23, 26)' : 'rgb(255, 255, 255)');
  const photograph = await page.screenshot({fullPage: true});
  expect(photograph.length).toBeGreaterThan(5_000);
  if (photographs !== undefined) {
    mkdirSync(photographs, {recursive: true});
    writeFileSync(join(photographs, `${name}-${look.name}.png`), photograph);
    if (look.media === 'print') writeFileSync(join(photographs, `${name}.pdf`), await page.pdf({format: 'A4'}));
  }
  await page.close();
});

test.each(looks)(
  'no conversation of the corpus asks for anything, runs anything or overflows, $name',
  async (look) => {
    const {asked, page, said} = await openWatchedPage(browser);
    await page.emulateMedia({media: look.media, colorScheme: look.colorScheme});
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    for (const [name, events] of corpus) {
      const {html = ''} = await parseMessage(await renderWhole(toCorpusItem(events)));
      await page.setContent(html, {waitUntil: 'load'});
      const seen = await page.evaluate<{title: string; active: number; overflow: number}>(measure);
      expect({name, asked, said, ...seen}).toMatchObject({name, asked: [], said: [], active: 0, overflow: 0});
      const photograph = await page.screenshot();
      expect(photograph.length).toBeGreaterThan(2_000);
      if (photographs !== undefined) {
        mkdirSync(photographs, {recursive: true});
        writeFileSync(join(photographs, `corpus-${name}-${look.name}.png`), photograph);
      }
    }
    await page.close();
  },
  300_000
);

test('a page that does ask is noticed', async () => {
  const page = await browser.newPage();
  const asked: string[] = [];
  await page.route('**/*', (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  await page.setContent('<img src="https://tracker.evil.test/i.png">', {waitUntil: 'load'});
  expect(asked).toEqual(['https://tracker.evil.test/i.png']);
  await page.close();
});
