import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { expect, inject } from 'vitest';

export const base_url = inject('base_url');
const admin_key = inject('admin_key');

/**
 * Calls the administration API as the owner, to set a page's scene.
 * @param key of another organization's owner.
 */
export async function administer<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  key = admin_key,
): Promise<T> {
  const response = await fetch(`${base_url}/admin/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Each colour and width is a test of its own, so that none takes long on a slow machine. */
export const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 1280 },
  { theme: 'dark', width: 390 },
] as const;

export interface ConsolePage {
  page: Page;
  /** What the browser complained of, and who else was called; both must stay empty. */
  complaints: string[];
}

interface Opened {
  /** Address within the console. */
  at?: string;
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** Of the owner of another organization, who is signed in. */
  key?: string;
}

/** A signed-in console in a browser profile of its own. Close `page.context()` after use. */
export async function openConsole(
  browser: Browser,
  { at = '/', theme = 'light', width = 1280, height = 860, key = admin_key }: Opened = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${base_url}/`) && !/^(data|blob):/.test(request.url()))
      complaints.push(`called ${request.url()}`);
  });
  const { url } = await administer<{ url: string }>('POST', 'session/links', {}, key);
  await page.goto(url);
  await page.locator('#content').waitFor();
  if (at !== '/') await page.goto(`${base_url}${at}`);
  // By its tag: under a dialog that is open from the first moment it has no role.
  await page.locator('h1').first().waitFor();
  return { page, complaints };
}

/** Fails with the rules of WCAG 2.2 AA that the page breaks, and where. */
export async function expectAccessible(page: Page): Promise<void> {
  // Colours on their way to others have no contrast to be judged.
  await page.evaluate(`Promise.allSettled(
    document.getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
      .map(({ finished }) => finished),
  )`);
  const { violations } = await new AxeBuilder({ page: page as never })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([]);
}

const VIEWS = [
  { width: 1280, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
] as const;

/**
 * The same wide and on a phone, in light and dark; and the page as a whole never scrolls sideways.
 * @param views 4 = each width in each colour. 2 = each of them once, for what only lies over a page: it takes half the time.
 */
export async function expectAccessibleEverywhere(page: Page, views: 2 | 4 = 4): Promise<void> {
  for (const { width, colorScheme } of VIEWS.slice(0, views)) {
    await page.setViewportSize({ width, height: 860 });
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** The text of the file that a click on a table's CSV button saves. */
export async function downloadCsv(page: Page, label: string): Promise<string> {
  const button = page
    .getByRole('region', { name: label, exact: true })
    .locator('..')
    .getByRole('button', { name: 'Download these rows as CSV' });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
