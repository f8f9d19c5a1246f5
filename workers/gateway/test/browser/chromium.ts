import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of the browser; `SLUICE_CHROMIUM` wins. `null` = there is none here. */
const found = [process.env['SLUICE_CHROMIUM'] ?? '', ...PLACES].find((place) => existsSync(place)) ?? null;

if (found === null) {
  const message = 'no Chromium here: install it (Debian: apt-get install chromium) or set SLUICE_CHROMIUM';
  // A machine that decides about merges must not pass by seeing nothing.
  if (process.env['CI']) throw new Error(message);
  console.warn(`skipped: ${message}`);
}

export const noBrowser = found === null;

/** A browser with an empty profile of its own that calls nobody by itself. @param more flags of this one. */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  if (found === null) throw new Error('no Chromium here');
  return chromium.launch({
    executablePath: found,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A test must not depend on the machine's proxy.
      '--no-proxy-server',
      ...more,
    ],
  });
}

export interface Site {
  origin: string;
  close: () => Promise<void>;
}

/** An empty page on an origin of its own. */
export async function serveEmptyPage(): Promise<Site> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>shop</title><body></body></html>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}
