import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the gateway is and a key to it: SLUICE_BASE_URL and SLUICE_KEY, else what `npm start` wrote down. */
function readGateway(): { base_url: string; virtual_key: string } {
  const { SLUICE_BASE_URL, SLUICE_KEY } = process.env;
  if (SLUICE_BASE_URL && SLUICE_KEY) return { base_url: SLUICE_BASE_URL, virtual_key: SLUICE_KEY };
  const file = path.resolve(import.meta.dirname, '../.sluice/dev.json');
  if (!existsSync(file)) throw new Error('No gateway: run npm start, or set SLUICE_BASE_URL and SLUICE_KEY.');
  return JSON.parse(readFileSync(file, 'utf8')) as { base_url: string; virtual_key: string };
}

/** Without `/v1`: Anthropic's client adds it by itself, all others want it at the end of their base URL. */
export const { base_url, virtual_key } = readGateway();
