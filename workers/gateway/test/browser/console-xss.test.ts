import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, openConsole } from './console.ts';
import { XSS_PAYLOADS } from './xss-payloads.ts';

interface Key {
  id: string;
  secret: string;
}
interface Listed {
  data: { request_id: string; user_id: string }[];
}

/** In headers as it is in names: letters that a header may carry. */
const MARK = 'suite-xss';

describe.skipIf(noBrowser)('what users wrote, in the console', { timeout: 120_000 }, () => {
  let browser: Browser;
  const keys: Key[] = [];
  const found = new Map<string, string>();
  let every: string;

  /** @returns the request's id. */
  async function ask(key: Key, payload: string, contents: readonly string[]): Promise<string> {
    const response = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key.secret}`,
        'content-type': 'application/json',
        'x-user-id': payload,
        'x-session-id': payload,
        'x-metadata': JSON.stringify({ suite: MARK, written: payload }),
      },
      body: JSON.stringify({
        model: contents.length > 1 ? 'gpt-4o-mini' : payload,
        messages: contents.map((content) => ({ role: 'user', content })),
        tools: [{ type: 'function', function: { name: 'find', description: payload } }],
      }),
    });
    await response.text();
    return String(response.headers.get('x-request-id'));
  }

  beforeAll(async () => {
    browser = await launchBrowser();
    await administer('PATCH', 'organization', { retain_content: true });
    for (const payload of XSS_PAYLOADS) keys.push(await administer<Key>('POST', 'keys', { name: payload }));
    await Promise.all(
      XSS_PAYLOADS.map(async (payload, at) =>
        found.set(payload, await ask(keys[at] as Key, payload, [payload])),
      ),
    );
    every = await ask(keys[0] as Key, 'all', XSS_PAYLOADS);
    await vi.waitFor(
      async () => {
        const { data } = await administer<Listed>('GET', `traces?limit=100&metadata=suite:${MARK}`);
        if (data.length <= XSS_PAYLOADS.length) throw new Error(`${data.length} are stored`);
      },
      { timeout: 60_000, interval: 200 },
    );
  }, 180_000);
  afterAll(async () => {
    await administer('PATCH', 'organization', { retain_content: false });
    for (const { id } of keys) await administer('POST', `keys/${id}/revoke`);
    await browser?.close();
  }, 120_000);

  async function watched(at: string) {
    const opened = await openConsole(browser, { at, height: 1_400 });
    const dialogs: string[] = [];
    opened.page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    return { ...opened, dialogs };
  }

  /** Everything that a payload would have made, had it been taken for markup or an address. */
  const made = (page: Page) =>
    page.evaluate(`[
      ...document.querySelectorAll('#root :is(script, iframe, object, embed, base, meta, link, style, form[action], template, marquee, video, audio, math, img:not([src="/icon.svg"]))'),
      ...document.querySelectorAll('[onerror], [onload], [onfocus], [onbegin], [ontoggle], [onstart]'),
      ...[...document.querySelectorAll('a[href], [src]')].filter((e) => /^\\s*(javascript|data):/i.test(e.getAttribute('href') ?? e.getAttribute('src'))),
    ].map((e) => e.outerHTML)`);

  it('is text in the list: as model, user and name of a key, forty payloads in each', async () => {
    const { page, complaints, dialogs } = await watched(`/requests?metadata=suite:${MARK}`);
    const box = page.getByRole('region', { name: 'Requests' });
    await page.locator('tbody tr[data-row]').first().waitFor();
    const seen = new Set<string>();
    for (const top of [0, 700, 1_400]) {
      await box.evaluate((element, to) => element.scrollTo({ top: to }), top);
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      for (const text of await page.locator('tbody td').allTextContents()) seen.add(text);
      for (const text of await page.locator('tbody td span[title]').allTextContents()) seen.add(text);
      expect(await made(page)).toEqual([]);
    }
    for (const payload of XSS_PAYLOADS) expect([payload, seen.has(payload)]).toEqual([payload, true]);
    expect([complaints, dialogs]).toEqual([[], []]);
    await page.context().close();
  });

  it('is text on the page of a request: as prompts, all of them', async () => {
    const { page, complaints, dialogs } = await watched(`/requests/${every}?tab=messages`);
    await page.getByRole('article', { name: 'User' }).nth(39).waitFor();
    const said = await page.getByRole('article', { name: 'User' }).allTextContents();
    expect(said.map((text) => text.replace(/^User/, ''))).toEqual(XSS_PAYLOADS);
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByRole('region', { name: 'trace' }).waitFor();
    expect(await made(page)).toEqual([]);
    expect([complaints, dialogs]).toEqual([[], []]);
    await page.context().close();
  });

  it('is text on the page of a request: as model, key, user, session and metadata, whatever was refused', async () => {
    const { page, complaints, dialogs } = await watched('/requests');
    for (const payload of XSS_PAYLOADS) {
      // Within the page, as a click would: forty loads are not what is looked at here.
      await page.evaluate(
        `history.pushState({}, '', '/requests/${found.get(payload)}'); dispatchEvent(new PopStateEvent('popstate'))`,
      );
      await page
        .getByText(String(found.get(payload)))
        .first()
        .waitFor();
      const facts = page.locator('dd');
      await expect
        .poll(async () => (await facts.allTextContents()).filter((text) => text === payload).length)
        .toBeGreaterThanOrEqual(4);
      expect(await facts.getByText(`written: ${payload}`, { exact: true }).count()).toBe(1);
      expect(await made(page)).toEqual([]);
    }
    expect([complaints, dialogs]).toEqual([[], []]);
    await page.context().close();
  });
});
