import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptsOn, base_url, createVirtualKey } from '../client/harness.ts';
import { launchBrowser, noBrowser, type Site, serveEmptyPage } from './chromium.ts';

const MODEL = 'gpt-4o-mini';
const READABLE = [
  'x-llm-gateway',
  'x-request-id',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-budget-remaining-usd',
];

interface Call {
  url: string;
  key: string;
  model: string;
  stream: boolean;
  credentials: 'omit' | 'include';
}

interface Seen {
  /** `null` = the browser withheld the answer. */
  status: number | null;
  headers: Record<string, string>;
  pieces: string[];
}

/** Runs inside the page. */
async function callFromPage(call: Call): Promise<Seen> {
  try {
    const response = await fetch(call.url, {
      method: 'POST',
      credentials: call.credentials,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${call.key}` },
      body: JSON.stringify({
        model: call.model,
        messages: [{ role: 'user', content: 'Say hello' }],
        stream: call.stream,
      }),
    } as RequestInit);
    const pieces: string[] = [];
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      pieces.push(next.value);
    return { status: response.status, headers: Object.fromEntries(response.headers), pieces };
  } catch {
    return { status: null, headers: {}, pieces: [] };
  }
}

describe.skipIf(noBrowser)('a page of another origin', () => {
  let browser: Browser;
  let shop: Site;
  let stranger: Site;
  let key: string;
  beforeAll(async () => {
    [browser, shop, stranger] = await Promise.all([launchBrowser(), serveEmptyPage(), serveEmptyPage()]);
    const created = await createVirtualKey({
      origins: [shop.origin],
      rate_limit: 100,
      budget_monthly_usd: 1,
    });
    key = created.secret;
  });
  afterAll(() => Promise.all([browser?.close(), shop?.close(), stranger?.close()]));

  /** A fresh page, so that no preflight is remembered from the test before. */
  async function openPage(site: Site): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.goto(site.origin);
    return page;
  }

  async function call(site: Site, options: Partial<Call> = {}): Promise<Seen> {
    const page = await openPage(site);
    const url = `${base_url}/v1/chat/completions`;
    const seen = await page.evaluate(callFromPage, {
      url,
      key,
      model: MODEL,
      stream: false,
      credentials: 'omit' as const,
      ...options,
    });
    await page.context().close();
    return seen;
  }

  it('gets a whole answer and reads the receipt, the request id and the limits', async () => {
    const seen = await call(shop);
    expect(seen.status).toBe(200);
    const body = JSON.parse(seen.pieces.join('')) as { choices: { message: { content: string } }[] };
    expect(body.choices[0]?.message.content.length).toBeGreaterThan(5);
    for (const name of READABLE) expect(seen.headers, name).toHaveProperty(name);
    const compact = JSON.parse(seen.headers['x-llm-gateway'] ?? '') as Record<string, unknown>;
    expect(compact['request_id']).toBe(seen.headers['x-request-id']);
  });

  it('reads a stream event by event to its end', async () => {
    const seen = await call(shop, { stream: true });
    expect(seen.status).toBe(200);
    expect(seen.headers['content-type']).toContain('text/event-stream');
    for (const name of READABLE) expect(seen.headers, name).toHaveProperty(name);
    const events = seen.pieces.join('').trim().split('\n\n');
    expect(events.at(-1)).toBe('data: [DONE]');
    const text = events
      .slice(0, -1)
      .map(
        (event) => JSON.parse(event.slice('data: '.length)) as { choices: { delta: { content?: string } }[] },
      )
      .map((chunk) => chunk.choices[0]?.delta.content ?? '');
    expect(text.join('').length).toBeGreaterThan(5);
  });

  it('can read why it is refused, when the key does not exist', async () => {
    const seen = await call(shop, { key: 'slu_dev_nothing' });
    expect(seen.status).toBe(401);
    expect(seen.pieces.join('')).toContain('invalid_api_key');
  });

  it('gets a refusal and no content where the key does not allow its origin', async () => {
    const before = (await attemptsOn(MODEL)).length;
    for (const stream of [false, true]) {
      const seen = await call(stranger, { stream });
      expect([403, null]).toContain(seen.status);
      expect(seen.pieces.join('')).not.toContain('choices');
      // What the key has left is nobody else's business.
      expect(Object.keys(seen.headers).filter((name) => /^x-(ratelimit|budget)/.test(name))).toEqual([]);
    }
    expect((await attemptsOn(MODEL)).length).toBe(before);
    await call(shop);
    expect((await attemptsOn(MODEL)).length).toBe(before + 1);
  });

  it('is kept by the browser from the answer where the key names no origins', async () => {
    const anywhere = (await createVirtualKey()).secret;
    const seen = await call(stranger, { key: anywhere });
    expect(seen).toEqual({ status: null, headers: {}, pieces: [] });
  });

  it('cannot send cookies along: no answer ever allows credentials', async () => {
    expect((await call(shop, { credentials: 'include' })).status).toBe(null);
    const url = `${base_url}/v1/chat/completions`;
    const ask = (init: RequestInit): Promise<Response> => fetch(url, init);
    for (const origin of [shop.origin, stranger.origin, 'null']) {
      const preflight = await ask({
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type',
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
      const answer = await ask({
        method: 'POST',
        headers: { origin, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Say hello' }] }),
      });
      await answer.text();
      expect(answer.status).toBe(origin === shop.origin ? 200 : 403);
      for (const response of [preflight, answer]) {
        expect(response.headers.get('access-control-allow-credentials')).toBeNull();
        expect(response.headers.get('access-control-allow-origin')).not.toBe('*');
        expect(response.headers.get('vary')).toContain('origin');
      }
    }
  });
});
