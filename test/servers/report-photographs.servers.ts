// The page of a run in a real browser: it asks for nothing, fits a telephone, and reads in light, in the dark and on paper.
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {type BrowserContext, chromium} from 'playwright-core';
import {renderReport} from '../../destination-arctera-archive/report/html-report';
import {busySummary} from './busy-summary';
import {openWatchedPage} from './watched-page';

const photographs = process.env['PHOTOGRAPHS'];
const looks = [
  {name: 'light', colorScheme: 'light', media: 'screen', width: 1000},
  {name: 'dark', colorScheme: 'dark', media: 'screen', width: 1000},
  {name: 'print', colorScheme: 'light', media: 'print', width: 800},
  {name: 'phone', colorScheme: 'light', media: 'screen', width: 360},
  {name: 'phone-dark', colorScheme: 'dark', media: 'screen', width: 360},
] as const;

/** As text, because it runs in the page. */
const measure = `({
  active: document.querySelectorAll('script, img, iframe, object, embed, link, a, form, svg, [src], [href]').length,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  background: getComputedStyle(document.body).backgroundColor,
  text: document.body.innerText,
})`;

let profile: string;
let browser: BrowserContext;

beforeAll(async () => {
  profile = mkdtempSync(join(tmpdir(), 'browser-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  });
});

afterAll(async () => {
  await browser.close();
  rmSync(profile, {recursive: true, force: true});
});

test.each(looks)('$name: nothing is asked for, and nothing overflows', async ({name, colorScheme, media, width}) => {
  const {asked, page, said} = await openWatchedPage(browser);
  page.on('console', (message) => said.push(message.text()));
  await page.setViewportSize({width, height: 800});
  await page.emulateMedia({media, colorScheme});
  await page.setContent(renderReport(busySummary()), {waitUntil: 'load'});
  const {active, overflow, background, text} = await page.evaluate<{
    active: number;
    overflow: number;
    background: string;
    text: string;
  }>(measure);
  expect({asked, said, active, overflow}).toEqual({asked: [], said: [], active: 0, overflow: 0});
  expect(background).toBe(name.endsWith('dark') ? 'rgb(20, 24, 28)' : 'rgb(255, 255, 255)');
  for (const word of ['12,406 collected =', 'Unreconciled', 'What to do', 'Captured messages by day', 'user-17']) {
    expect(text).toContain(word);
  }
  if (media === 'print') expect((await page.pdf()).length).toBeGreaterThan(10_000);
  if (photographs !== undefined) {
    mkdirSync(photographs, {recursive: true});
    await page.screenshot({path: join(photographs, `report-${name}.png`), fullPage: true});
  }
  await page.close();
});
