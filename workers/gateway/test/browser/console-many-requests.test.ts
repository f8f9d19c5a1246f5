import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { base_url, openConsole } from './console.ts';
import { emulateTraces } from './many-traces.ts';

describe.skipIf(noBrowser)('the list of very many requests', { timeout: 120_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const rows = (page: Page) => page.locator('tbody tr[data-row]');

  it('live: what comes is put on top and marked; further down it is only counted, and nothing moves', async () => {
    const { page, complaints } = await openConsole(browser);
    const traces = await emulateTraces(page, 2_000_000);
    await page.goto(`${base_url}/requests?live=1`);
    await rows(page).first().waitFor();
    const first = () => rows(page).first().textContent();
    traces.add(3);
    await expect.poll(first, { timeout: 30_000 }).toContain('new-3');
    expect(await page.locator('tr[data-row][class*="new"]').count()).toBe(3);

    const box = page.getByRole('region', { name: 'Requests' });
    await box.evaluate((element) => element.scrollTo({ top: 1_200 }));
    await expect.poll(() => box.evaluate((element) => element.scrollTop)).toBe(1_200);
    const before = await first();
    traces.add(2);
    await page.getByRole('button', { name: '2 new requests' }).waitFor({ timeout: 30_000 });
    expect(await box.evaluate((element) => element.scrollTop)).toBe(1_200);
    expect(await first()).toBe(before);
    await page.getByRole('button', { name: '2 new requests' }).click();
    await expect.poll(first).toContain('new-5');
    expect(await box.evaluate((element) => element.scrollTop)).toBe(0);

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Live', exact: true }).waitFor();
    const asked = traces.asked();
    await page.waitForTimeout(2_500);
    expect(traces.asked()).toBe(asked);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('over two million requests it draws few rows, asks page by page, and keeps its place', async () => {
    const { page, complaints } = await openConsole(browser);
    const traces = await emulateTraces(page, 2_000_000);
    await page.goto(`${base_url}/requests`);
    await rows(page).first().waitFor();
    await page.evaluate(
      'self.tasks = []; new PerformanceObserver((list) => self.tasks.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: "longtask" })',
    );
    const box = page.getByRole('region', { name: 'Requests' });
    let most = 0;
    for (let pages = 1; pages <= 40; pages++) {
      await box.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
      await expect.poll(() => traces.pages()).toBeGreaterThanOrEqual(pages);
      most = Math.max(most, await rows(page).count());
    }
    expect(most).toBeLessThan(80);
    expect(traces.twice()).toEqual([]);
    const place = await box.evaluate((element) => element.scrollTop);
    expect(place).toBeGreaterThan(100_000);
    console.log(
      `long tasks while scrolling through 40 pages: ${await page.evaluate('self.tasks.join() || "none"')} ms`,
    );

    await rows(page).nth(20).click();
    await page.getByRole('heading', { level: 1, name: 'Request', exact: true }).waitFor();
    await page.goBack();
    await rows(page).first().waitFor();
    await expect.poll(() => box.evaluate((element) => element.scrollTop)).toBeGreaterThan(place - 2_000);
    expect(traces.twice()).toEqual([]);
    expect(complaints.filter((words) => !words.includes('404'))).toEqual([]);
    await page.context().close();
  });
});
