import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, expectAccessible, openConsole } from './console.ts';

interface Key {
  id: string;
  secret: string;
}

/** @returns the request's id. */
async function ask(key: Key, body: Record<string, unknown>, headers: Record<string, string> = {}) {
  const response = await fetch(`${base_url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Where is my parcel?' }], ...body }),
  });
  await response.text();
  return String(response.headers.get('x-request-id'));
}

/** Waits until so many requests are found by a search. */
const stored = (query: string, count: number) =>
  vi.waitFor(
    async () => {
      const { data } = await administer<{ data: unknown[] }>('GET', `traces?limit=100&${query}`);
      if (data.length !== count) throw new Error(`${data.length} of ${count} are stored`);
    },
    { timeout: 30_000, interval: 200 },
  );

describe.skipIf(noBrowser)('the pages of requests', { timeout: 120_000 }, () => {
  let browser: Browser;
  let key: Key;
  let answered: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    await administer('PATCH', 'organization', { retain_content: true });
    key = await administer<Key>('POST', 'keys', {
      name: 'Requests page',
      fallback_chain: ['gpt-4o-mini'],
      cache: { enabled: true },
    });
    const who = { 'x-user-id': 'ada', 'x-metadata': '{"team":"checkout"}' };
    answered = await ask(key, { model: 'auto' }, who);
    await ask(key, { model: 'claude-sonnet-4-5', temperature: 0 }, who);
    await ask(key, { model: 'claude-sonnet-4-5', temperature: 0 });
    await ask(key, { model: 'gpt-4o-sim-500' });
    await fetch(`${base_url}/v1/feedback`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ request_id: answered, score: 0.75, comment: 'Right to the point' }),
    });
    await stored(`key=${key.id}`, 4);
  });
  afterAll(async () => {
    await administer('PATCH', 'organization', { retain_content: false });
    await administer('POST', `keys/${key.id}/revoke`);
    await browser?.close();
  });

  const rows = (page: Page) => page.locator('tbody tr[data-row]');

  it('narrows by what stands in the address, saves it as a view, and takes the removal of a view back', async () => {
    const { page, complaints } = await openConsole(browser, { at: `/requests?key_id=${key.id}` });
    await rows(page).nth(3).waitFor();
    expect(await rows(page).count()).toBe(4);
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel('User', { exact: true }).fill('ada');
    await page.getByRole('button', { name: 'Show requests' }).click();
    await expect.poll(() => rows(page).count()).toBe(2);
    expect(new URL(page.url()).searchParams.get('user')).toBe('ada');
    await page.getByRole('searchbox').fill('parcel');
    await page.waitForURL(/q=parcel/);
    await expect.poll(() => rows(page).count()).toBe(2);

    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Save this search' }).click();
    await page.getByLabel('Name').fill('Parcels of Ada');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Parcels of Ada' }).waitFor();
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.getByRole('button', { name: 'Parcels of Ada (edited)' }).click();
    await page.getByRole('menuitem', { name: 'Parcels of Ada' }).click();
    await expect.poll(() => rows(page).count()).toBe(2);
    expect(await page.getByRole('searchbox').inputValue()).toBe('parcel');

    await page.getByRole('button', { name: 'Parcels of Ada' }).click();
    await page.getByRole('menuitem', { name: 'Remove the open view' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Parcels of Ada' }).waitFor();
    const views = await administer<{ data: { id: string; name: string; query: unknown }[] }>(
      'GET',
      'saved-filters',
    );
    expect(views.data.map(({ name, query }) => [name, query])).toEqual([
      ['Parcels of Ada', { key: key.id, user: 'ada', q: 'parcel' }],
    ]);
    for (const { id } of views.data) await administer('DELETE', `saved-filters/${id}`);

    await rows(page).first().click();
    await page.getByRole('heading', { level: 1, name: 'Request', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Requests', exact: true }).last().waitFor();
    await page.locator('#content').getByRole('link', { name: 'Requests', exact: true }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('user')).toBe('ada');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says so where nothing matches, and where a filter is none', async () => {
    const { page } = await openConsole(browser, { at: `/requests?key_id=nobody` });
    await page.getByText('No request matches').waitFor();
    await page.getByRole('button', { name: 'Remove filter Key' }).click();
    await rows(page).first().waitFor();
    await page.goto(`${base_url}/requests?status=abc`);
    await page.getByRole('alert').getByText('a status as 429').waitFor();
    await page.context().close();
  });

  it('draws the receipt: candidates, attempts, cost, what was said, and that the signature holds', async () => {
    const { page, complaints } = await openConsole(browser, { at: `/requests/${answered}` });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByText('Verified in this browser').waitFor();
    const text = async () => String(await page.locator('#content').textContent());
    expect(await text()).toContain('Why this model');
    expect(await page.getByRole('row').count()).toBeGreaterThan(3);
    expect(await page.getByRole('list', { name: 'Attempts' }).getByText('Answered · 200').count()).toBe(1);
    expect(await text()).toMatch(/Fresh input\d+/);
    expect(await text()).toContain('Right to the point');
    expect(await text()).toContain('75%');
    const candidates = await page.getByRole('row').count();
    await page.getByRole('button', { name: /Show all \d+ candidates/ }).click();
    expect(await page.getByRole('row').count()).toBeGreaterThan(candidates);

    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('Copied as curl').waitFor();
    const curl = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(curl).toContain(`curl '${base_url}/v1/chat/completions'`);
    expect(curl).toContain('Where is my parcel?');
    expect(curl).not.toContain(key.secret);

    await page.getByRole('tab', { name: 'Messages' }).click();
    await page.getByRole('article', { name: 'User' }).getByText('Where is my parcel?').waitFor();
    await page.getByRole('article', { name: 'Answer' }).waitFor();
    await page.reload();
    await page.getByRole('article', { name: 'User' }).waitFor();
    expect(await page.getByRole('link', { name: 'Replay' }).getAttribute('href')).toBe(
      `/playground?replay=${answered}`,
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('a receipt that says something else than what was signed is called out', async () => {
    const { page } = await openConsole(browser);
    await page.route('**/admin/v1/traces/*/receipt', async (route) => {
      const response = await route.fetch();
      const receipt = (await response.json()) as { cost: { total_usd: number } };
      receipt.cost.total_usd = 0;
      await route.fulfill({ response, json: receipt });
    });
    await page.goto(`${base_url}/requests/${answered}`);
    await page.getByRole('alert').getByText('changed after it was signed').waitFor();
    await page.context().close();
  });

  it('a request that was just made appears on its page by itself', async () => {
    const { page } = await openConsole(browser);
    const fresh = await ask(key, { model: 'gpt-4o-mini' });
    await page.goto(`${base_url}/requests/${fresh}`);
    await page.getByText('What was tried').waitFor({ timeout: 30_000 });
    await page.context().close();
  });

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)('is readable for everyone in %s colours, %i pixels wide', async (theme, width) => {
    const { page, complaints } = await openConsole(browser, {
      at: `/requests?key_id=${key.id}&user=ada`,
      theme,
      width,
    });
    await rows(page).first().waitFor();
    const check = async () => {
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    };
    await check();
    await page.goto(`${base_url}/requests/${answered}`);
    await page.getByText('Verified in this browser').waitFor();
    await check();
    if (width === 390) {
      await page.getByRole('tab', { name: 'Messages' }).click();
      await page.getByRole('article', { name: 'User' }).waitFor();
      await check();
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
