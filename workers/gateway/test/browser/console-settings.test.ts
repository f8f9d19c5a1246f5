import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { base_url, expectAccessible, expectAccessibleEverywhere, openConsole } from './console.ts';
import { createOwnOrganization, type OwnOrganization } from './own-organization.ts';

const EVENTUALLY = { timeout: 40_000, interval: 200 };
const NAME = 'Settings <img src=x onerror="alert(1)">';

describe.skipIf(noBrowser)('the page of settings', { timeout: 120_000 }, () => {
  let browser: Browser;
  let own: OwnOrganization;
  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createOwnOrganization('Settings page');
  });
  afterAll(async () => {
    await own?.close();
    await browser?.close();
  });
  const organization = () => own.administer<Record<string, unknown>>('GET', 'organization');

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('every part of it is readable for everyone, %s at %i', async (theme, width) => {
    const { page, complaints } = await openConsole(browser, { at: '/settings', theme, width, key: own.key });
    const names = await page.getByRole('tab').allTextContents();
    expect(names).toHaveLength(9);
    for (const name of names) {
      await page.getByRole('tab', { name, exact: true }).click();
      await page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
      await expect.poll(() => page.locator('[aria-busy="true"]').count(), EVENTUALLY).toBe(0);
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('saves only what was changed, says what is wrong where it was typed, and shows names as text', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/settings', key: own.key });
    const save = page.getByRole('button', { name: 'Save' });
    await page.getByLabel('Name', { exact: true }).fill(NAME);
    await page.getByLabel('Time zone').fill('Mars/Olympus');
    await save.click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe(NAME);
    complaints.length = 0;
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await save.click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(await organization()).toMatchObject({ name: NAME, time_zone: 'Europe/Berlin', currency: 'usd' });
    expect(await save.isDisabled()).toBe(true);
    await page.reload();
    await page.getByRole('button', { name: /^Settings </ }).waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('changes fallbacks, timeouts, what is kept, residency and limits, and gives one user limits of their own', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/settings?tab=defaults', key: own.key });
    const part = (name: string) =>
      page
        .getByRole('tabpanel')
        .locator('section')
        .filter({ has: page.getByRole('heading', { name, exact: true }) });
    const save = async (name: string) => {
      await part(name).getByRole('button', { name: 'Save' }).click();
      // Neither to be saved nor on its way.
      await part(name).locator('button[type=submit]:disabled:not([aria-busy])').waitFor();
    };
    await part('Fallback').getByRole('button', { name: 'Add a model' }).click();
    await page.getByLabel('Fallback 1', { exact: true }).fill('openai/gpt-4o');
    await save('Fallback');
    await page.getByLabel('First word').fill('12.5');
    await save('Timeouts');
    await page.getByRole('tab', { name: 'Content' }).click();
    await page.getByLabel('Keep what was asked and answered').check();
    await save('Prompts and answers');
    await page.getByLabel('Traces and receipts').fill('14');
    await save('Retention');
    await page.getByLabel('Requests are served in').selectOption('eu');
    await save('Residency');
    await page.getByRole('tab', { name: 'Limits' }).click();
    await part('Each user').getByLabel('Limited').check();
    await part('Each user').getByLabel('Requests a minute').fill('30');
    await save('Each user');
    await page.getByRole('button', { name: 'Add an exception' }).click();
    const form = page.getByRole('dialog', { name: 'New exception' });
    await form.getByLabel('Who', { exact: true }).fill('<b>ada</b>');
    await form.getByLabel('Requests a minute').fill('90');
    await expectAccessibleEverywhere(page);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByText('90 requests a minute').waitFor();
    expect(await organization()).toMatchObject({
      default_fallback_chain: ['openai/gpt-4o'],
      timeouts: { first_byte_ms: 12_500 },
      retain_content: true,
      trace_retention_days: 14,
      residency: 'eu',
      user_limits: { requests_per_minute: 30 },
      limit_overrides: [{ scope: 'user', subject: '<b>ada</b>', requests_per_minute: 90 }],
    });
    await page.getByRole('button', { name: 'Remove the limits of <b>ada</b>' }).click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    expect((await organization())['limit_overrides']).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('adds a receiver of telemetry whose headers are never shown again, pauses and deletes it', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/settings?tab=telemetry', key: own.key });
    await page.getByRole('button', { name: 'Add a receiver' }).click();
    const form = page.getByRole('dialog', { name: 'New receiver' });
    await form.getByLabel('Begin with').selectOption('collector');
    await form.getByLabel('Endpoint').fill('http://127.0.0.1:9/otel');
    await form.getByLabel('Where it is').selectOption('eu');
    await form.getByRole('button', { name: 'Add a header' }).click();
    await form.getByLabel('Name of header 1').fill('authorization');
    await form.getByLabel('Value of header 1').fill('Basic c2VjcmV0');
    await expectAccessibleEverywhere(page);
    await form.getByRole('button', { name: 'Add receiver' }).click();
    await form.waitFor({ state: 'detached' });
    const row = page.getByRole('row').filter({ hasText: 'A collector of yours' });
    await row.click();
    await page.getByText('It has authorization.').waitFor();
    expect(await page.content()).not.toContain('c2VjcmV0');
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: /^What to do with/ }).click();
    await page.getByRole('menuitem', { name: 'Pause' }).click();
    await row.getByText('Paused').waitFor();
    await row.getByRole('button', { name: /^What to do with/ }).click();
    await page.getByRole('menuitem', { name: /^Delete/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete receiver' }).click();
    await page.getByText('Nothing is exported').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('makes a link that signs in once, and signs out everywhere at once', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/settings?tab=sign-in', key: own.key });
    await page.getByText('This one').waitFor();
    await page.getByRole('button', { name: 'Make a sign-in link' }).click();
    await page.getByRole('button', { name: 'Make the link' }).click();
    const link = page.getByRole('dialog', { name: 'Your sign-in link' });
    const url = String(await link.locator('pre').textContent());
    expect(url).toContain(`${base_url}/#sign_in=`);
    await page.keyboard.press('Escape');
    const other = await (await browser.newContext()).newPage();
    await other.goto(url);
    await other.getByRole('heading', { level: 1, name: /Overview|First steps|Start/ }).waitFor();

    expect(complaints).toEqual([]);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await other.reload();
    await other.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await Promise.all([page.context().close(), other.context().close()]);
  });

  it('shows how the deployment is, and its organizations only to who has its key', async () => {
    const { page } = await openConsole(browser, { at: '/settings?tab=deployment', key: own.key });
    await page.getByText('Migrations', { exact: true }).waitFor();
    expect(await page.getByRole('heading', { name: 'Organizations' }).count()).toBe(0);
    await page.context().close();
    const owner = await openConsole(browser, { at: '/settings?tab=deployment' });
    await owner.page.getByRole('heading', { name: 'Organizations' }).waitFor();
    await owner.page.getByText(own.id).waitFor();
    await expectAccessibleEverywhere(owner.page);
    expect(owner.complaints).toEqual([]);
    await owner.page.context().close();
  });
});
