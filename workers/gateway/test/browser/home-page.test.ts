import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';

const base_url = inject('base_url');

describe.skipIf(noBrowser)('the home page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('is rendered with its styles, without an error, a violation of its policy or a call elsewhere', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const elsewhere: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(base_url)) elsewhere.push(request.url());
    });
    const response = await page.goto(`${base_url}/`, { waitUntil: 'load' });
    expect(response?.status()).toBe(200);
    expect(response?.headers()['content-security-policy']).toContain("default-src 'none'");
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Sluice');
    const width = await page.evaluate<string>('getComputedStyle(document.body).maxWidth');
    expect(width).toBe('672px');
    const file = process.env['SLUICE_SCREENSHOT'];
    if (file !== undefined) await page.screenshot({ path: file, fullPage: true });
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});
