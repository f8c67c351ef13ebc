// A page of a real browser that may ask for nothing: what it asks for all the same is noted, and so is what it runs.
import type {BrowserContext, Page} from 'playwright-core';

export interface WatchedPage {
  readonly page: Page;
  /** Addresses, none of which is reached. */
  readonly asked: readonly string[];
  /** Words of dialogs and of errors of scripts. */
  readonly said: string[];
}

export async function openWatchedPage(browser: BrowserContext): Promise<WatchedPage> {
  const page = await browser.newPage();
  const asked: string[] = [];
  const said: string[] = [];
  await page.route('**/*', (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  page.on('dialog', (dialog) => said.push(dialog.message()));
  page.on('pageerror', (error) => said.push(error.message));
  return {page, asked, said};
}
