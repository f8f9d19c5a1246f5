import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, downloadCsv, expectAccessibleEverywhere, openConsole } from './console.ts';

const RUN = Date.now().toString(36);
const POOL = `gpu-${RUN}`;
const MODEL = `gpt-4o-mini-gpu-${RUN}`;

describe.skipIf(noBrowser)('the page of pools', { timeout: 240_000 }, () => {
  let browser: Browser;
  let connection: { id: string };
  let key: { id: string; secret: string };
  beforeAll(async () => {
    browser = await launchBrowser();
    connection = await administer('POST', 'connections', {
      provider: 'openai',
      credential: 'simulator',
      base_url: `${inject('simulator_url')}/v1`,
      private_allowed: true,
      models: [MODEL],
      name: `Endpoint ${RUN}`,
    });
    key = await administer('POST', 'keys', { name: `Pools page ${RUN}` });
  });
  afterAll(async () => {
    const { data } = await administer<{ data: { name: string }[] }>('GET', 'pools');
    if (data.some(({ name }) => name === POOL)) await administer('DELETE', `pools/${POOL}`);
    await administer('DELETE', `connections/${connection.id}`);
    await administer('POST', `keys/${key.id}/revoke`);
    await browser?.close();
  });

  const ask = () =>
    fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Where is my parcel?' }] }),
    });

  it('makes a pool, draws from where it pays off, changes its price, and deletes it only by its name', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/pools' });
    await page.getByRole('button', { name: 'New pool' }).first().click();
    const form = page.getByRole('dialog', { name: 'New pool' });
    await form.getByLabel('Name', { exact: true }).fill(POOL);
    await form.getByLabel('Model', { exact: true }).fill(MODEL);
    await form.getByLabel(`Endpoint ${RUN}`).check();
    await form.getByLabel('Price of an hour').fill('2.5');
    await form.getByRole('button', { name: 'Add a model' }).click();
    await form.getByRole('combobox', { name: 'Overflow 1' }).fill('openai/gpt-4o-mini');
    await form.getByRole('button', { name: 'Make the pool' }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: POOL, exact: true }).waitFor();
    await page.getByText('There is no break-even yet').waitFor();

    await vi.waitFor(
      async () => {
        const response = await ask();
        await response.text();
        expect(response.status).toBe(200);
        const report = await administer<{ requests: number }>('GET', `pools/${POOL}/report`);
        expect(report.requests).toBeGreaterThan(0);
      },
      { timeout: 40_000, interval: 200 },
    );
    await page.reload();
    await page.getByRole('img', { name: /requests a day/ }).waitFor();
    expect(await downloadCsv(page, `Endpoints of ${POOL}`)).toContain(`Endpoint ${RUN},closed`);
    await expectAccessibleEverywhere(page);

    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const change = page.getByRole('dialog', { name: `Change ${POOL}` });
    await expectAccessibleEverywhere(page, 2);
    await change.getByLabel('Price of an hour').fill('4');
    await change.getByRole('button', { name: 'Save' }).click();
    await page.getByText('$4.00 an hour each').waitFor();

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const confirm = page.getByRole('dialog', { name: 'Delete this pool?' });
    expect(await confirm.getByRole('button', { name: 'Delete pool' }).isDisabled()).toBe(true);
    await confirm.getByRole('textbox').fill(POOL);
    await confirm.getByRole('button', { name: 'Delete pool' }).click();
    await page.getByText('There is no pool').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
