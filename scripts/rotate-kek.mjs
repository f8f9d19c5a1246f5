// npm run rotate:kek: puts the data key of every stored credential under the current encryption key, page by page.
// It can be stopped and run again at any point. npm run rotate:kek -- --new prints a fresh key and does nothing else.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createEncryptionKey } from './encryption-key.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    new: { type: 'boolean', default: false },
  },
});

const DEV = path.resolve(import.meta.dirname, '..', '.sluice', 'dev.json');

/** The gateway that is named, else the one that `npm start` runs here. The admin key is never an argument: others could read it. */
function findGateway() {
  const dev = existsSync(DEV) ? JSON.parse(readFileSync(DEV, 'utf8')) : {};
  const base_url = values.url ?? process.env.SLUICE_URL ?? dev.base_url;
  const is_local = base_url !== undefined && base_url === dev.base_url;
  const admin_key = process.env.SLUICE_ADMIN_KEY ?? (is_local ? dev.admin_key : undefined);
  if (base_url === undefined || admin_key === undefined)
    throw new Error('Say which gateway: SLUICE_ADMIN_KEY=slu_admin_… npm run rotate:kek -- --url https://…');
  return { base_url: base_url.replace(/\/+$/, ''), admin_key };
}

async function rewrap({ base_url, admin_key }, cursor) {
  const response = await fetch(`${base_url}/admin/v1/connections/rewrap`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ limit: 100, ...(cursor === null ? {} : { cursor }) }),
    redirect: 'error',
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error?.message ?? `The gateway answered ${response.status}.`);
  return body;
}

async function main() {
  if (values.new) {
    console.log(createEncryptionKey());
    return;
  }
  const gateway = findGateway();
  let rewrapped = 0;
  let unreadable = 0;
  let page = null;
  do {
    page = await rewrap(gateway, page?.next_cursor ?? null);
    rewrapped += page.rewrapped;
    unreadable += page.unreadable;
    console.log(`${rewrapped} put under ${page.current_key_id}, ${page.remaining} to go`);
  } while (page.next_cursor !== null);
  if (page.remaining > 0) {
    console.error(
      unreadable > 0
        ? `\n${unreadable} could not be read; the gateway's log has their ids (connection_unreadable, webhook_unreadable). Give these connections their credential again and create these webhooks anew, or delete them. Until then keep every key.`
        : '\nSome were written meanwhile. Run it again.',
    );
    process.exitCode = 1;
    return;
  }
  console.log(`
Everything is under ${page.current_key_id}. The keys behind it are no longer needed. Take them away:

  npx wrangler secret put SLUICE_ENCRYPTION_KEYS         enter the new key alone
  npx wrangler secret delete SLUICE_ENCRYPTION_KEYS_NEXT  if that is where the new key was

On this machine: edit both lines in .dev.vars, then npm start.`);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
