import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base_url, createVirtualKey } from '../client/harness.ts';
import { launchBrowser, noBrowser } from './chromium.ts';

describe.skipIf(noBrowser)('the API reference', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${base_url}/`) && !request.url().startsWith('data:'))
        elsewhere.push(request.url());
    });
  });
  afterAll(() => browser?.close());

  it('shows every tag under a policy that allows no code and no style but its own files', async () => {
    const response = await page.goto(`${base_url}/docs`, { waitUntil: 'load' });
    expect(response?.status()).toBe(200);
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).not.toContain('unsafe');
    await page.waitForSelector('.opblock-tag');
    const tags = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.opblock-tag')].map((one) => one.dataset.tag)",
    );
    expect(tags).toEqual(
      expect.arrayContaining(['Models at work', 'Your key', 'Keys', 'Budgets', 'Reports']),
    );
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);
  });

  it('tries a request with a key, and forgets the key', async () => {
    const { secret } = await createVirtualKey();
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container').filter({ hasText: 'slu_live_' }).locator('input').fill(secret);
    await page
      .locator('.auth-container')
      .filter({ hasText: 'slu_live_' })
      .getByRole('button', { name: 'Apply' })
      .click();
    await page.locator('.close-modal').click();
    await page.locator('.opblock-tag[data-tag="Your key"]').click();
    await page.locator('#operations-Your_key-listModels .opblock-summary-control').click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    const answered = page.waitForResponse(`${base_url}/v1/models`);
    await page.getByRole('button', { name: 'Execute' }).click();
    const response = await answered;
    expect(response.status()).toBe(200);
    expect(response.request().headers()['authorization']).toBe(`Bearer ${secret}`);
    await page.waitForSelector('.live-responses-table .response');
    expect(
      await page.locator('.live-responses-table .response .response-col_status').textContent(),
    ).toContain('200');
    const file = process.env['SLUICE_SCREENSHOT'];
    if (file !== undefined) await page.screenshot({ path: file });
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(kept).not.toContain(secret);
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});
