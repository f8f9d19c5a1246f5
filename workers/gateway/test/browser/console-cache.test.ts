import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { base_url, downloadCsv, expectAccessibleEverywhere, openConsole } from './console.ts';
import { createOwnOrganization, type OwnOrganization } from './own-organization.ts';

const EVENTUALLY = { timeout: 40_000, interval: 200 };
const NAME = 'Cached <img src=x onerror="alert(1)">';

describe.skipIf(noBrowser)('the page of the cache', { timeout: 120_000 }, () => {
  let browser: Browser;
  let own: OwnOrganization;
  let key: { id: string; secret: string };

  const ask = async (content: string): Promise<string | null> => {
    const response = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] }),
    });
    await response.text();
    return response.headers.get('x-cache');
  };
  const question = (players: number, end = '?') =>
    `What are the rules of the old board game Valdoria when it is played by ${players} players on a rainy evening${end}`;
  const traced = async (kind: string): Promise<number> =>
    (await own.administer<{ data: unknown[] }>('GET', `traces?cache_kind=${kind}`)).data.length;

  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createOwnOrganization('Cache page');
    await own.connect('openai', '/v1');
    await own.administer('PATCH', 'organization', {
      cache: { enabled: true, semantic: true, similarity_threshold: 0.9 },
    });
    key = await own.administer('POST', 'keys', { name: NAME, environment: 'dev' });
    await ask(question(2));
    await vi.waitFor(async () => expect(await ask(question(2, ' ?').toLowerCase())).toBe('hit'), EVENTUALLY);
    await ask(question(3));
    await vi.waitFor(async () => expect(await traced('semantic')).toBeGreaterThan(0), EVENTUALLY);
    await vi.waitFor(async () => expect(await traced('near_miss')).toBeGreaterThan(0), EVENTUALLY);
  }, 150_000);
  afterAll(async () => {
    await own?.close();
    await browser?.close();
  });

  it('tells how often it answered and what that saved, over time and by key, with names as text', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/cache?range=24h', key: own.key });
    await page.getByRole('link', { name: NAME }).waitFor();
    const saved = page.getByRole('group', { name: 'Saved', exact: true });
    await expect.poll(() => saved.textContent(), EVENTUALLY).toMatch(/\$0\.0*[1-9]/);
    expect(await downloadCsv(page, 'Cache by key')).toMatch(/Key,Requests,From the cache,Hit rate,Saved\r\n/);
    expect(await page.locator('img[src=x]').count()).toBe(0);
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('parts two questions from the list of matches, and lets them match again', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/cache?tab=matches', key: own.key });
    await page.getByRole('button', { name: 'Never match' }).first().click();
    await page.getByText('These two never answer each other again').waitFor();
    await page.getByRole('radio', { name: 'Near misses' }).check();
    await page
      .getByText(/numbers differ/)
      .first()
      .waitFor();
    await expectAccessibleEverywhere(page);
    await page.getByRole('tab', { name: /^Never match/ }).click();
    await page.getByRole('button', { name: 'Part two questions' }).click();
    const form = page.getByRole('dialog', { name: 'Part two questions' });
    await form.getByLabel('One question').fill('Is it open on Monday?');
    await form.getByLabel('The other').fill('Is it open on Sunday?');
    await form.getByRole('button', { name: 'Never match' }).click();
    await form.waitFor({ state: 'detached' });
    const rows = page.locator('tbody tr[data-row]');
    await expect.poll(() => rows.count(), EVENTUALLY).toBe(2);
    await page.getByRole('button', { name: 'Let match' }).first().click();
    await expect.poll(() => rows.count(), EVENTUALLY).toBe(1);
    await expectAccessibleEverywhere(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('changes its settings, takes back what was not saved, and forgets every answer when that is confirmed', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/cache?tab=settings', key: own.key });
    const kept_for = page.getByLabel('Kept for, in seconds');
    await kept_for.fill('60');
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await kept_for.inputValue()).toBe('');
    await kept_for.fill('120');
    await page.getByLabel('Models that are not cached').fill('openai/gpt-4o');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const { cache } = await own.administer<{ cache: Record<string, unknown> }>('GET', 'organization');
    expect(cache).toMatchObject({ enabled: true, ttl_seconds: 120, excluded_models: ['openai/gpt-4o'] });
    await expectAccessibleEverywhere(page);

    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Clear the cache' }).click();
    await page.getByText(/answers? forgotten/).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
