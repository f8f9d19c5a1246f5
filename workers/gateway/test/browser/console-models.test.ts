import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, downloadCsv, expectAccessibleEverywhere, openConsole } from './console.ts';

const RUN = Date.now().toString(36);
const ID = 'openai/gpt-4.1-nano';
const PATH = `models/${ID}`;
const FREE = `free-<b>${RUN}</b>`;
const GIFT = `gift-${RUN}`;

interface Own {
  data: {
    provider: string;
    model: string;
    prices: { input_usd_per_mtok: number } | null;
    enabled: boolean;
  }[];
}
const findOwn = async () =>
  (await administer<Own>('GET', 'models')).data.find(({ provider, model }) => `${provider}/${model}` === ID);

/** The night job reads a list in which two new models cost nothing: that waits for a person. */
async function runNight(): Promise<void> {
  const newModel = (id: string) => ({ id, match: { equals: id }, prices: { input_mtok: 0, output_mtok: 3 } });
  await fetch(`${inject('simulator_url')}/__sim/price-list`, {
    method: 'PUT',
    body: JSON.stringify([{ id: 'openai', models: [newModel(FREE), newModel(GIFT)] }]),
  });
  const ran = await fetch(`${base_url}/cdn-cgi/local/scheduled?cron=23+3+*+*+*`);
  if (!ran.ok) throw new Error(`the night job answered ${ran.status}: ${await ran.text()}`);
}

describe.skipIf(noBrowser)('the page of models', { timeout: 240_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    if ((await findOwn()) !== undefined) await administer('DELETE', PATH);
    await browser?.close();
  });

  it('corrects a price over the catalogue, turns a model off with undo, and takes the correction back', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/models?provider=openai' });
    await page.getByRole('searchbox', { name: 'Find a model' }).fill('4.1-nano');
    await page.waitForURL(/q=4.1-nano/);
    await page.getByText('gpt-4.1-nano', { exact: true }).click();
    const detail = page.getByRole('dialog', { name: 'gpt-4.1-nano', exact: true });
    await detail.getByRole('button', { name: 'Change' }).click();
    const form = page.getByRole('dialog', { name: 'Change gpt-4.1-nano' });
    await form.getByLabel('Input', { exact: true }).fill('12.5');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await detail.getByText('$12.50').first().waitFor();
    expect((await findOwn())?.prices?.input_usd_per_mtok).toBe(12.5);

    await detail.getByRole('button', { name: 'Turn off' }).click();
    await detail.getByRole('button', { name: 'Turn on' }).waitFor();
    expect((await findOwn())?.enabled).toBe(false);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => (await findOwn())?.enabled, { timeout: 20_000 }).not.toBe(false);
    await page.goto(`${base_url}/models?provider=openai&q=4.1-nano`);
    await page.getByText('gpt-4.1-nano', { exact: true }).waitFor();
    expect(await downloadCsv(page, 'Models')).toMatch(/gpt-4\.1-nano,openai,12\.5,/);
    await page.getByText('gpt-4.1-nano', { exact: true }).click();
    await detail.getByRole('button', { name: 'Take the catalogue’s word' }).click();
    await detail.getByRole('button', { name: 'Take the catalogue’s word' }).waitFor({ state: 'detached' });
    expect(await findOwn()).toBeUndefined();
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('lets a person accept one odd price and refuse another, and both are in force so', async () => {
    await runNight();
    const { page, complaints } = await openConsole(browser, { at: '/models?tab=prices' });
    await page.getByText(FREE, { exact: true }).click();
    const accepted = page.getByRole('dialog', { name: FREE, exact: true });
    await accepted.getByText('Why it waits').waitFor();
    await expectAccessibleEverywhere(page, 2);
    await accepted.getByRole('button', { name: 'Accept' }).click();
    await page.getByText(`The new price of ${FREE} is in force`).waitFor();
    await page.keyboard.press('Escape');

    await page.goto(`${base_url}/models?tab=prices`);
    await page.getByText(GIFT, { exact: true }).click();
    await page
      .getByRole('dialog', { name: GIFT, exact: true })
      .getByRole('button', { name: 'Keep the old price' })
      .click();
    await page.getByText(`${GIFT} keeps its price`).waitFor();

    await page.goto(`${base_url}/models?tab=prices&show=everything`);
    await page.getByRole('row').filter({ hasText: FREE }).filter({ hasText: 'Accepted' }).waitFor();
    await page.getByRole('row').filter({ hasText: GIFT }).filter({ hasText: 'Rejected' }).waitFor();
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
