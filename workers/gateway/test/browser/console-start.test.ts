import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { base_url, expectAccessible, LOOKS, openConsole } from './console.ts';
import { chat, createOwnOrganization, type OwnOrganization } from './own-organization.ts';

describe.skipIf(noBrowser)('the first run', () => {
  let browser: Browser;
  let own: OwnOrganization;
  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createOwnOrganization('first run');
  });
  afterAll(async () => {
    await browser?.close();
    await own?.close();
  });

  it('leads an empty organization from nothing to its overview, and reacts when the first request arrives', async () => {
    const { page, complaints } = await openConsole(browser, { key: own.key });
    await page.getByRole('heading', { name: 'Connect a provider' }).waitFor();
    expect(await page.getByRole('heading', { name: '(done)' }).count()).toBe(0);

    await page.getByRole('link', { name: 'Connect a provider' }).click();
    await page.getByRole('heading', { level: 1, name: 'Providers' }).waitFor();
    await own.connect('openai', '/v1');
    await page.goto(`${base_url}/`);
    await page.getByRole('heading', { name: 'Connect a provider (done)' }).waitFor();

    await page.getByRole('textbox', { name: 'Name of the key' }).fill('Mine');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('heading', { name: 'Make a key (done)' }).waitFor();
    const snippet = (await page.getByRole('tabpanel').textContent()) ?? '';
    const secret = /slu_[a-z]+_[\w-]+/.exec(snippet)?.[0] ?? '';
    expect(secret).not.toBe('');
    expect(snippet).toContain(`${base_url}/v1/chat/completions`);
    for (const client of ['Python', 'Node', 'LangChain', 'LlamaIndex', 'Anthropic SDK']) {
      await page.getByRole('tab', { name: client }).first().click();
      expect(await page.getByRole('tabpanel').textContent()).toContain(secret);
    }
    await page.getByText('Waiting for a request').waitFor();

    expect(await chat(secret, 'gpt-4o-mini')).toBe(200);
    await page.getByText('It arrived.').waitFor();
    await page.getByRole('heading', { name: 'Send the first request (done)' }).waitFor();
    await page.getByRole('button', { name: 'Overview' }).click();
    await page.getByRole('combobox', { name: 'Time range' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each(LOOKS)(
    'is readable for everyone in $theme colours, $width pixels wide',
    async ({ theme, width }) => {
      const { page, complaints } = await openConsole(browser, {
        at: '/start?client=python',
        theme,
        width,
        key: own.key,
      });
      await page.getByRole('tab', { name: 'Python', selected: true }).waitFor();
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );
});
