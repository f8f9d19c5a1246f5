// npm run console:screenshots [-- --only overview,keys]: every page of the console, light and dark, at the size of a
// desk and of a phone, with made-up traffic, into docs/console.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { createKey } from '../../packages/core/src/key-format.ts';
import { launchBrowser } from '../../workers/gateway/test/browser/chromium.ts';
import { buildConsole } from '../build-console.mjs';
import { freePort, startGateway, startSimulator, stopAll } from '../dev-server.mjs';
import { writeHistory } from './history.ts';
import { listPictures, type Picture } from './pictures.ts';
import { type Administer, setScene } from './scene.ts';
import { sendTraffic } from './traffic.ts';

const OUT = path.resolve(import.meta.dirname, '../../docs/console');
const BYTES_MAX = 6_000_000;
const QUALITY = 72;
const SIZES = {
  wide: { width: 1280, height: 800, scale: 1.5 },
  phone: { width: 390, height: 844, scale: 2 },
} as const;
const THEMES = ['light', 'dark'] as const;

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',') ?? null;

// Ending takes the gateway and the simulator along.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
buildConsole();
const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-screenshots-'));
const admin_key = createKey('admin', (length) => new Uint8Array(randomBytes(length))).text;
const receiver = await startReceiver();
try {
  const simulator_url = await startSimulator();
  const { base_url } = await startGateway({
    port: await freePort(8900),
    admin_key,
    simulator_url,
    persist_to,
    wait_ms: 600_000,
    vars: {
      SLUICE_TRACE_FLUSH_MS: '100',
      SLUICE_ENCRYPTION_KEYS: `pictures:${'A'.repeat(43)}`,
      SLUICE_RECEIPT_KEYS: `pictures:${'A'.repeat(43)}`,
    },
  });
  const administer: Administer = async <T>(method: string, route: string, body?: unknown) => {
    const response = await fetch(`${base_url}/admin/v1/${route}`, {
      method,
      headers: {
        authorization: `Bearer ${admin_key}`,
        'content-type': 'application/json',
        // A connection that is kept may be closed by the other side while history is written.
        connection: 'close',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };

  console.log('Setting the scene …');
  const scene = await setScene(administer, simulator_url, receiver.url);
  const count = await writeHistory(persist_to, scene, Date.now());
  console.log(`Wrote ${count} requests of ninety days. Sending today’s …`);
  const sent = await sendTraffic(base_url, scene, (retain_content) =>
    administer('PATCH', 'organization', { retain_content }),
  );
  await waitForTrace(administer, sent.rescued);
  await administer('POST', 'recommendations/run').catch(console.warn);
  const pictures = listPictures(scene, sent).filter(({ name }) => only?.includes(name) ?? true);
  mkdirSync(OUT, { recursive: true });
  const browser = await launchBrowser();
  try {
    for (const theme of THEMES)
      for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[])
        await photograph(browser, administer, base_url, pictures, theme, size);
  } finally {
    await browser.close();
  }
  const bytes = readdirSync(OUT).reduce((sum, file) => sum + statSync(path.join(OUT, file)).size, 0);
  console.log(`${readdirSync(OUT).length} pictures, ${(bytes / 1e6).toFixed(1)} MB in docs/console`);
  if (bytes > BYTES_MAX) throw new Error(`more than ${BYTES_MAX / 1e6} MB: lower the quality`);
} finally {
  await stopAll();
  receiver.close();
  rmSync(persist_to, { recursive: true, force: true });
}

/** Takes every page once, as a signed-in owner in Berlin. */
async function photograph(
  browser: Browser,
  administer: Administer,
  base_url: string,
  pictures: readonly Picture[],
  theme: (typeof THEMES)[number],
  size: keyof typeof SIZES,
): Promise<void> {
  const { width, height, scale } = SIZES[size];
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  const page = await context.newPage();
  const { url } = await administer<{ url: string }>('POST', 'session/links', {});
  await page.goto(url);
  await page.locator('#content').waitFor();
  const camera = await context.newCDPSession(page);
  for (const { name, at, act } of pictures) {
    await page.goto(`${base_url}${at}`, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await act?.(page);
    await settle(page);
    const { data } = await camera.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    writeFileSync(path.join(OUT, `${name}-${theme}-${size}.webp`), Buffer.from(data, 'base64'));
    console.log(`${name}-${theme}-${size}`);
  }
  await context.close();
}

/** Nothing that says "busy" is left, and the fonts are there. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction('document.querySelector("#content [aria-busy=true]") === null').catch(() => {
    console.warn(`still busy: ${page.url()}`);
  });
  await page.evaluate('document.fonts.ready.then(() => true)');
}

async function waitForTrace(administer: Administer, id: string): Promise<void> {
  for (let turn = 0; turn < 60; turn++) {
    if (await administer('GET', `traces/${id}`).then(Boolean, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`the trace of ${id} did not come`);
}

/** Where webhooks of the scene lead; one path takes nothing. */
async function startReceiver(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(request.url === '/refused' ? 503 : 204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.closeAllConnections() ?? server.close(),
  };
}
