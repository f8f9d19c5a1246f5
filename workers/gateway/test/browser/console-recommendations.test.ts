import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { expectAccessible, LOOKS, openConsole } from './console.ts';
import { createOwnOrganization, type OwnOrganization } from './own-organization.ts';
import { storeAdvice } from './store-advice.ts';

const XSS = '<img src=x onerror="document.title=\'taken\'">';

describe.skipIf(noBrowser)('the recommendations page', () => {
  let browser: Browser;
  let own: OwnOrganization;
  let key_id: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createOwnOrganization('recommendations');
    const key = await own.administer<{ id: string }>('POST', 'keys', { name: 'Shop', environment: 'live' });
    key_id = key.id;
  });
  afterAll(async () => {
    await browser?.close();
    await own?.close();
  });
  const budgets = async () =>
    (await own.administer<{ budgets: { limit_amount: number }[] }>('GET', `keys/${key_id}`)).budgets.map(
      ({ limit_amount }) => limit_amount,
    );

  it('looks when it is told to, and says that seven days are needed', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/recommendations', key: own.key });
    await page.getByRole('heading', { name: 'Nobody looked yet' }).waitFor();
    await page.getByRole('button', { name: 'Look now' }).first().click();
    await page.getByRole('heading', { name: 'Nothing to advise' }).waitFor();
    await page.getByText('Last looked').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows the evidence, makes exactly the change that it shows, and takes it back', async () => {
    storeAdvice(own.id, key_id, XSS);
    const { page, complaints } = await openConsole(browser, { at: '/recommendations', key: own.key });
    const card = page.getByRole('listitem').filter({ hasText: 'Give Shop a budget' });
    await page.getByRole('heading', { name: `Cache the beginning of prompts ${XSS}` }).waitFor();
    await page.getByText('No setting of the gateway does this.').waitFor();
    await card.getByText('Evidence and change').click();
    await card.getByText('$184.20 (at most $199.00)').waitFor();

    await card.getByRole('button', { name: /^Apply/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('the key Shop').waitFor();
    await dialog.getByText('400', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByText('Applied', { exact: true }).first().waitFor();
    expect(await budgets()).toEqual([400]);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await card.waitFor();
    await expect.poll(budgets).toEqual([]);

    await own.administer('PATCH', `keys/${key_id}`, { budget_monthly_usd: 7 });
    await card.getByRole('button', { name: /^Apply/ }).click();
    await dialog.getByRole('button', { name: 'Apply', exact: true }).click();
    await dialog.getByRole('alert').getByText('budgets was changed since').waitFor();
    expect(await budgets()).toEqual([7]);
    await own.administer('PATCH', `keys/${key_id}`, { budget_monthly_usd: null });
    expect(await page.title()).toBe('Recommendations · Sluice');
    expect(complaints.filter((text) => !text.includes('409'))).toEqual([]);
    await page.context().close();
  });

  it('puts off or dismisses what is not wanted, with undo, and says what came of what was applied', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/recommendations', key: own.key });
    const title = 'Give Shop a budget';
    const card = page.getByRole('listitem').filter({ hasText: title });
    await card.getByRole('button', { name: /^Dismiss/ }).click();
    await page.getByRole('menuitem', { name: 'Dismiss for good' }).click();
    await card.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: /^Dismissed/ }).click();
    await expect.poll(() => page.url()).toContain('state=dismissed');
    await card.getByRole('button', { name: /^Open again/ }).click();
    await card.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: /^Applied/ }).click();
    const cache = page.getByRole('listitem').filter({ hasText: 'Turn the cache on' });
    await cache.getByText('Better', { exact: true }).waitFor();
    expect(await cache.textContent()).toContain('−$0.0009');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download these recommendations as CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('recommendations.csv');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each(LOOKS)(
    'is readable for everyone in $theme colours, $width pixels wide',
    async ({ theme, width }) => {
      const { page, complaints } = await openConsole(browser, {
        at: '/recommendations?open=rec_applied',
        theme,
        width,
        key: own.key,
      });
      await page.getByText('14 days after', { exact: true }).waitFor();
      await expectAccessible(page);
      await page.getByRole('tab', { name: /^Open/ }).click();
      await page
        .getByRole('button', { name: /^Apply/ })
        .first()
        .click();
      await page.getByRole('dialog').getByRole('table').waitFor();
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );
});
