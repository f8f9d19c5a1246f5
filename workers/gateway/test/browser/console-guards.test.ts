import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { base_url, downloadCsv, expectAccessibleEverywhere, openConsole } from './console.ts';
import { createOwnOrganization, type OwnOrganization } from './own-organization.ts';

const XSS = '<img src=x onerror="alert(1)">';
const EVENTUALLY = { timeout: 40_000, interval: 200 };

describe.skipIf(noBrowser)('the page of guards', { timeout: 120_000 }, () => {
  let browser: Browser;
  let own: OwnOrganization;
  let key: { id: string; secret: string };
  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createOwnOrganization('Guards page');
    await own.connect('openai', '/v1');
    key = await own.administer('POST', 'keys', { name: `Guarded ${XSS}`, environment: 'dev' });
    await own.administer('POST', 'guards', {
      name: 'mail',
      action: 'redact',
      position: 5,
      rule: { kind: 'pii', types: ['email'] },
    });
  });
  afterAll(async () => {
    await own?.close();
    await browser?.close();
  });

  const ask = async (content: string): Promise<number> => {
    const response = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] }),
    });
    await response.text();
    return response.status;
  };

  it('makes a guard by its form, shows what it would do, and refuses a second one of its name with nothing lost', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/guards', key: own.key });
    await page.getByRole('button', { name: 'New guard' }).click();
    const form = page.getByRole('dialog');
    await form.getByRole('button', { name: /^Words/ }).click();
    await form.getByLabel('Name', { exact: true }).fill('mail');
    await form.getByLabel('Words and phrases').fill(`falcon\n${XSS}`);
    await form.getByLabel('Text', { exact: true }).fill('Where does the falcon sleep?');
    await form.getByRole('button', { name: 'Try it' }).click();
    await form.getByText('It would be refused').waitFor();
    expect(await form.locator('mark').count()).toBe(1);
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);

    await form.getByRole('button', { name: 'Create guard' }).click();
    await form.getByRole('alert').waitFor();
    expect(await form.getByLabel('Words and phrases').inputValue()).toBe(`falcon\n${XSS}`);
    await form.getByLabel('Name', { exact: true }).fill('birds');
    await form.getByRole('button', { name: 'Create guard' }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByText(`Words: falcon, ${XSS}`).waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);
    await page.context().close();
  });

  it('runs guards in another order, turns one off and on again, and tries all of them on a text', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/guards', key: own.key });
    const first = page.locator('tbody tr[data-row]').first();
    await expect.poll(() => first.textContent(), EVENTUALLY).toContain('mail');
    await page.getByRole('button', { name: 'Run birds earlier' }).click();
    await expect.poll(() => first.textContent(), EVENTUALLY).toContain('birds');
    await page.getByRole('button', { name: 'More about birds' }).click();
    await page.getByRole('menuitem', { name: 'Turn off' }).click();
    await first.getByText('Off', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await first.getByText('Block', { exact: true }).waitFor();
    await expectAccessibleEverywhere(page);

    await page.getByRole('tab', { name: 'Try it' }).click();
    await page.getByLabel('Text', { exact: true }).fill('Write to jane@example.com');
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.locator('mark', { hasText: '[EMAIL_1]' }).waitFor();
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('lists what guards did to requests, as text and as CSV, and deletes one only by its name', async () => {
    await expect.poll(() => ask('Where does the falcon sleep?'), EVENTUALLY).toBe(422);
    await expect
      .poll(
        async () => (await own.administer<{ data: unknown[] }>('GET', 'traces?guard=birds')).data.length,
        EVENTUALLY,
      )
      .toBeGreaterThan(0);
    const { page, complaints } = await openConsole(browser, {
      at: '/guards?tab=verdicts&guard=birds',
      key: own.key,
    });
    await page.locator('tbody tr[data-row]').first().waitFor();
    expect(await downloadCsv(page, 'Verdicts')).toContain(',block,birds,');
    await expectAccessibleEverywhere(page);
    await page.locator('tbody tr[data-row]').first().click();
    await page.waitForURL(/\/requests\/req_/);

    await page.goto(`${base_url}/guards`);
    await page.getByRole('button', { name: 'More about birds' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const confirm = page.getByRole('dialog', { name: 'Delete birds?' });
    expect(await confirm.getByRole('button', { name: 'Delete guard' }).isDisabled()).toBe(true);
    await confirm.getByRole('textbox').fill('birds');
    await confirm.getByRole('button', { name: 'Delete guard' }).click();
    await confirm.waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('tbody tr[data-row]').count(), EVENTUALLY).toBe(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
