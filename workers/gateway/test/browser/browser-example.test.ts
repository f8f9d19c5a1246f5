import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base_url, createVirtualKey } from '../client/harness.ts';
import { launchBrowser, noBrowser } from './chromium.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe.skipIf(noBrowser)('the browser example', () => {
  let browser: Browser;
  let backend: ChildProcess;
  let origin: string;
  let key: string;
  beforeAll(async () => {
    const port = await findPort();
    origin = `http://127.0.0.1:${port}`;
    key = (await createVirtualKey({ budget_monthly_usd: 1 })).secret;
    backend = spawn(process.execPath, [path.join(ROOT, 'examples/browser/server.ts')], {
      cwd: ROOT,
      env: { ...process.env, SLUICE_BASE_URL: base_url, SLUICE_KEY: key, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => backend.stdout?.once('data', resolve));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    backend?.kill();
    await browser?.close();
  });

  async function openPage(): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.goto(origin);
    return page;
  }

  it('streams an answer with a token that its backend made, and never sees the key', async () => {
    const page = await openPage();
    const sent: string[] = [];
    page.on('request', (request) =>
      sent.push(JSON.stringify([request.url(), request.headers(), request.postData()])),
    );
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.waitForSelector('output[data-state="done"]');
    expect((await page.textContent('output'))?.length).toBeGreaterThan(5);
    expect(sent.join()).toContain('slu_tok_');
    expect(sent.join()).not.toContain(key);
    await page.context().close();
  });

  it('a page of another origin can do nothing with its token', async () => {
    const page = await openPage();
    const token = await page.evaluate(async () => {
      const response = await fetch('/token', { method: 'POST' });
      return ((await response.json()) as { token: string }).token;
    });
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(`${base_url}/healthz`);
    const status = await stranger.evaluate(
      async ([url, shown]) => {
        const response = await fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${shown}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Say hello' }] }),
        });
        return response.status;
      },
      [base_url, token],
    );
    expect(status).toBe(403);
    await Promise.all([page.context().close(), stranger.context().close()]);
  });
});
