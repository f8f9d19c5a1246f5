import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, downloadCsv, expectAccessibleEverywhere, openConsole } from './console.ts';

const RUN = Date.now().toString(36);
const NAME = `=1+1 <img src=x onerror="document.title='hacked'"> ${RUN}`;

describe.skipIf(noBrowser)('the page of providers', { timeout: 240_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    const { data } = await administer<{ data: { id: string; name: string }[] }>(
      'GET',
      'connections?limit=100',
    );
    for (const { id, name } of data) if (name.includes(RUN)) await administer('DELETE', `connections/${id}`);
    await browser?.close();
  });

  it('connects a provider after a test, disables it with undo, and deletes it only by its name', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/connections' });
    await page.getByRole('button', { name: 'Connect a provider' }).click();
    const form = page.getByRole('dialog', { name: 'Connect a provider', exact: true });
    await form.getByLabel('Provider', { exact: true }).selectOption('openai');
    await form.getByLabel('Name', { exact: true }).fill(NAME);
    await form.getByLabel('Credential').fill('credential-that-must-not-be-shown');
    await form.getByLabel('Base URL').fill(`${inject('simulator_url')}/v1`);
    await form.getByText('Models, weight, region and health checks').click();
    await form.getByRole('button', { name: 'Add a model' }).click();
    await form.getByRole('combobox', { name: 'Model 1' }).fill(`page-${RUN}`);
    await form.getByLabel('Weight').fill('3');
    await form.getByLabel('May be in a private network').check();

    await form.getByLabel('Model to test with').fill(`page-${RUN}-sim-401`);
    await form.getByRole('button', { name: 'Connect', exact: true }).click();
    await form.getByRole('alert').waitFor();
    expect(await form.getByLabel('Name', { exact: true }).inputValue()).toBe(NAME);
    await form.getByRole('button', { name: 'Test now' }).click();
    await form.getByText('status 401').last().waitFor();
    await form.getByLabel('Model to test with').fill(`page-${RUN}`);
    await form.getByRole('button', { name: 'Test now' }).click();
    await form.getByText('It answers').waitFor();
    await form.getByRole('button', { name: 'Connect', exact: true }).click();
    await form.waitFor({ state: 'detached' });

    await page.getByText(NAME, { exact: true }).first().click();
    await page.waitForURL(/open=/);
    const detail = page.getByRole('dialog', { name: NAME, exact: true });
    expect(await detail.textContent()).not.toContain('credential-that-must-not-be-shown');
    await detail.getByRole('button', { name: 'Test', exact: true }).click();
    await detail.getByText('It answers').waitFor();
    await detail.getByRole('button', { name: 'Disable' }).click();
    await detail.getByRole('button', { name: 'Enable' }).waitFor();
    const id = new URL(page.url()).searchParams.get('open');
    const isEnabled = async () =>
      (await administer<{ enabled: boolean }>('GET', `connections/${id}`)).enabled;
    expect(await isEnabled()).toBe(false);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(isEnabled, { timeout: 20_000 }).toBe(true);
    await page.goto(`${base_url}/connections?open=${id}`);
    await detail.getByRole('button', { name: 'Change' }).click();
    const change = page.getByRole('dialog', { name: `Change ${NAME}` });
    expect(await change.getByLabel('Credential').inputValue()).toBe('');
    await change.getByText('Models, weight, region and health checks').click();
    await change.getByLabel('Weight').fill('7');
    await change.getByRole('button', { name: 'Save' }).click();
    await change.waitFor({ state: 'detached' });

    await detail.getByRole('button', { name: 'Close' }).click();
    const csv = await downloadCsv(page, 'Connections');
    expect(csv).toContain(`"'=1+1 <img src=x onerror=""document.title='hacked'""> ${RUN}"`);
    expect(csv).toMatch(/,7\r\n/);

    await page.getByText(NAME, { exact: true }).first().click();
    await detail.getByRole('button', { name: 'Delete' }).click();
    const confirm = page.getByRole('dialog', { name: 'Delete this connection?' });
    expect(await confirm.getByRole('button', { name: 'Delete connection' }).isDisabled()).toBe(true);
    await confirm.getByRole('textbox').fill(NAME);
    await confirm.getByRole('button', { name: 'Delete connection' }).click();
    await confirm.waitFor({ state: 'detached' });
    await expect
      .poll(() => page.getByRole('region', { name: 'Connections', exact: true }).textContent(), {
        timeout: 20_000,
      })
      .not.toContain(RUN);
    expect(await page.title()).toBe('Providers · Sluice');
    // The browser tells of the refusal, too, which was meant.
    expect(complaints.filter((one) => !one.startsWith('Failed to load resource'))).toEqual([]);
    await page.context().close();
  });

  it('shows when the breaker of a model opened, and is readable for everyone', async () => {
    const model = `page-${RUN}-sim-500`;
    const connection = await administer<{ id: string }>('POST', 'connections', {
      provider: 'openai',
      credential: 'simulator',
      base_url: `${inject('simulator_url')}/v1`,
      private_allowed: true,
      models: [model],
      name: `Breaking ${RUN}`,
    });
    const key = await administer<{ id: string; secret: string }>('POST', 'keys', { name: `Breaker ${RUN}` });
    await vi.waitFor(
      async () => {
        await fetch(`${base_url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }),
        }).then((response) => response.text());
        const { data } = await administer<{ data: { connection_id: string; breaker: string }[] }>(
          'GET',
          'health/history',
        );
        expect(data.some((one) => one.connection_id === connection.id && one.breaker === 'open')).toBe(true);
      },
      { timeout: 40_000, interval: 50 },
    );
    await administer('POST', `keys/${key.id}/revoke`);

    const { page, complaints } = await openConsole(browser, { at: `/connections?open=${connection.id}` });
    const detail = page.getByRole('dialog', { name: `Breaking ${RUN}`, exact: true });
    await detail.getByRole('row').filter({ hasText: model }).filter({ hasText: 'Open' }).first().waitFor();
    await expectAccessibleEverywhere(page, 2);
    await page.keyboard.press('Escape');
    await page.getByText(`Breaking ${RUN}`).first().waitFor();
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
