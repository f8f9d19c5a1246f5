import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, expectAccessible, openConsole } from './console.ts';

describe.skipIf(noBrowser)('the frame of the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('a link signs in once, leaves nothing in the address, and the policy allows no inline code', async () => {
    const page = await (await browser.newContext()).newPage();
    const { url } = await administer<{ url: string }>('POST', 'session/links', {});
    const response = await page.goto(url);
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(page.url()).toBe(`${base_url}/`);

    const second = await (await browser.newContext()).newPage();
    await second.goto(url);
    await second.getByRole('alert').waitFor();
    expect(await second.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in to Sluice');
    await Promise.all([page.context().close(), second.context().close()]);
  });

  it('deep links survive a reload, and signing out ends the session for good', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/audit?action=session.create' });
    await page.getByRole('row').nth(1).waitFor();
    await page.reload();
    expect(await page.getByRole('searchbox').first().inputValue()).toBe('session.create');
    expect(complaints).toEqual([]);
    const cookies = await page.context().cookies();
    await page.getByRole('button', { name: 'Default' }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect((await fetch(`${base_url}/admin/v1/session`, { headers: { cookie } })).status).toBe(401);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)(
    'is readable for everyone in %s colours, wide and narrow',
    async (theme) => {
      for (const width of [1280, 390]) {
        const { page, complaints } = await openConsole(browser, { at: '/audit', theme, width });
        await page.getByRole('row').nth(1).waitFor();
        await expectAccessible(page);
        await page.getByRole('row').nth(1).click();
        await page.getByRole('dialog').waitFor();
        await expectAccessible(page);
        await page.keyboard.press('Escape');
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        expect(complaints).toEqual([]);
        await page.context().close();
      }
    },
  );

  it('goes anywhere by keyboard', async () => {
    const { page } = await openConsole(browser);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search' }).fill('audit');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.context().close();
  });
});
