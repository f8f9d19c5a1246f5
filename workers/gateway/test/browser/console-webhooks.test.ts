import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { base_url, downloadCsv, expectAccessibleEverywhere, openConsole } from './console.ts';
import { createOwnOrganization, type OwnOrganization } from './own-organization.ts';

const EVENTUALLY = { timeout: 40_000, interval: 200 };
const NAME = 'Ops <img src=x onerror="alert(1)">';

describe.skipIf(noBrowser)('the pages of webhooks', { timeout: 120_000 }, () => {
  let browser: Browser;
  let own: OwnOrganization;
  let server: Server;
  let url: string;
  const received: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createOwnOrganization('Webhooks page');
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push(Buffer.concat(chunks).toString('utf8'));
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  });
  afterAll(async () => {
    await own?.close();
    server?.closeAllConnections();
    server?.close();
    await browser?.close();
  });
  const told = (event: string) => received.filter((body) => body.includes(`"${event}"`)).length;

  it('makes one with its secret shown once, refuses a bad address with nothing lost, and sends a test', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/webhooks', key: own.key });
    await page.getByText('Nobody is told yet').waitFor();
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name', { exact: true }).fill(NAME);
    await form.getByLabel('URL').fill(url);
    await form.getByRole('radio', { name: 'Some events' }).check();
    await form.getByLabel('key.created').check();
    await form.getByLabel('key.revoked').check();
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);

    await form.getByRole('button', { name: 'Create webhook' }).click();
    await form.getByRole('alert').waitFor();
    expect(await form.getByLabel('Name', { exact: true }).inputValue()).toBe(NAME);
    complaints.length = 0;
    await form.getByLabel('It may be inside a private network').check();
    await form.getByRole('button', { name: 'Create webhook' }).click();
    const secret = page.getByRole('dialog', { name: "The webhook's secret" });
    expect(await secret.locator('pre').textContent()).toMatch(/^whsec_/);
    await expectAccessibleEverywhere(page);
    await secret.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);

    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test was taken').waitFor();
    expect(told('webhook.test')).toBe(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('lists what it was told, replays it, pauses and resumes with undo, rotates, and is deleted only by its name', async () => {
    const { id } = await own.administer<{ id: string }>('POST', 'keys', { name: 'one', environment: 'dev' });
    await own.administer('POST', `keys/${id}/revoke`);
    await expect.poll(() => told('key.created'), EVENTUALLY).toBe(1);
    const { page, complaints } = await openConsole(browser, { at: '/webhooks', key: own.key });
    await page.getByRole('row').nth(1).waitFor();
    expect(await downloadCsv(page, 'Webhooks')).toContain('key.created key.revoked');
    await page.getByRole('row').nth(1).click();
    const delivered = page.getByRole('row').filter({ hasText: 'key.created' });
    await expect.poll(() => delivered.textContent(), EVENTUALLY).toContain('Delivered');
    await expectAccessibleEverywhere(page);
    await delivered.click();
    const delivery = page.getByRole('dialog', { name: 'key.created' });
    await expectAccessibleEverywhere(page);
    await delivery.getByRole('button', { name: 'Replay' }).click();
    await expect.poll(() => told('key.created'), EVENTUALLY).toBe(2);
    await page.keyboard.press('Escape');
    await delivery.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: /^Rotate/ }).click();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByText(/The secret before signs too until/).waitFor();

    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: /^Delete/ }).click();
    const confirm = page.getByRole('dialog', { name: /^Delete Ops/ });
    expect(await confirm.getByRole('button', { name: 'Delete webhook' }).isDisabled()).toBe(true);
    await confirm.getByRole('textbox').fill(NAME);
    await confirm.getByRole('button', { name: 'Delete webhook' }).click();
    await page.waitForURL(`${base_url}/webhooks`);
    await page.getByText('Nobody is told yet').waitFor();
    await page.getByRole('tab', { name: 'Dead events' }).click();
    await page.getByText('Every event was planned').waitFor();
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
