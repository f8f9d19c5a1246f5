import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { expectAccessible, LOOKS, openConsole } from './console.ts';
import { chat, createUsedOrganization, type Used, waitForRequests } from './own-organization.ts';

describe.skipIf(noBrowser)('the overview', () => {
  let browser: Browser;
  let own: Used;
  let sent = 5;
  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createUsedOrganization('overview');
    await own.administer('POST', 'budgets', { scope: 'organization', window: 'monthly', limit_usd: 10 });
    await waitForRequests(own, sent);
  });
  afterAll(async () => {
    await browser?.close();
    await own?.close();
  });

  it('tells how much, how well and for whom, in the gateway’s own numbers, with names as text', async () => {
    const { page, complaints } = await openConsole(browser, { key: own.key });
    const figure = (name: string) => page.getByRole('group', { name, exact: true });
    await expect.poll(() => figure('Requests').textContent()).toContain(String(sent));
    const { totals } = await own.administer<{ totals: { errors: number; requests: number } }>(
      'GET',
      'usage?group_by=month',
    );
    const success = `${Math.round((1 - totals.errors / totals.requests) * 1000) / 10}%`;
    expect(await figure('Success rate').textContent()).toContain(success);
    await expect.poll(() => figure('Latency, p50').textContent()).toMatch(/p95 [\d.]+ m?s/);

    const keys = page.getByRole('list', { name: 'Keys by spend' });
    await keys.getByRole('link', { name: own.key_name }).waitFor();
    await page.getByRole('list', { name: 'Projects by spend' }).getByText('Shop').waitFor();
    await page.getByRole('list', { name: 'Users by spend' }).getByText('ada').waitFor();
    await page.getByRole('list', { name: 'Models by spend' }).getByText('claude-sonnet-4-5').waitFor();
    await page.getByRole('list', { name: 'Errors by provider' }).getByText('openai').waitFor();
    await page.getByRole('img', { name: /^Organization: .+ left of \$10\.00$/ }).waitFor();
    expect(await page.title()).toBe('Overview · Sluice');

    await keys.getByRole('link', { name: own.key_name }).click();
    await page.getByRole('heading', { level: 1, name: own.key_name }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('counts on while it is live, and keeps its range in the address', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/?range=1h', key: own.key });
    const requests = page.getByRole('group', { name: 'Requests', exact: true });
    await expect.poll(() => requests.textContent()).toContain(String(sent));
    await page.getByRole('button', { name: 'Live' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await chat(own.secret, 'gpt-4o-mini');
    sent += 1;
    await expect.poll(() => requests.textContent()).toContain(String(sent));
    await page.getByRole('combobox', { name: 'Time range' }).selectOption('1y');
    await expect.poll(() => page.url()).toContain('range=1y');
    await expect.poll(() => requests.textContent()).toContain(String(sent));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each(LOOKS)(
    'is readable for everyone in $theme colours, $width pixels wide',
    async ({ theme, width }) => {
      const { page, complaints } = await openConsole(browser, { theme, width, key: own.key });
      await page.getByRole('list', { name: 'Models by spend' }).waitFor();
      await page.getByRole('list', { name: 'Errors by provider' }).waitFor();
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );
});
