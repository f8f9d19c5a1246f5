// Which gateway a script talks to, and how.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const DEV = path.resolve(import.meta.dirname, '..', '.sluice', 'dev.json');

/**
 * The gateway that is named, else the one that `npm start` runs here. The admin key comes from the environment, since
 * other users of the machine can read arguments.
 * @param {string | undefined} url
 * @param {string} command for the message, e.g. `npm run doctor`
 * @returns {{base_url: string, admin_key: string}}
 */
export function findGateway(url, command) {
  const dev = existsSync(DEV) ? JSON.parse(readFileSync(DEV, 'utf8')) : {};
  const base_url = (url ?? process.env.SLUICE_URL ?? dev.base_url)?.replace(/\/+$/, '');
  const is_local = base_url !== undefined && base_url === dev.base_url;
  const admin_key = process.env.SLUICE_ADMIN_KEY ?? (is_local ? dev.admin_key : undefined);
  if (base_url === undefined || admin_key === undefined)
    throw new Error(`Say which gateway: SLUICE_ADMIN_KEY=slu_admin_… ${command} -- --url https://…`);
  return { base_url, admin_key };
}

/**
 * One call of the administration.
 * @returns {Promise<any>}
 * @throws {Error} with the gateway's own message; follows no redirect, which would take the key along.
 */
export async function callAdmin({ base_url, admin_key }, method, route, body) {
  let response;
  try {
    response = await fetch(`${base_url}/admin/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${admin_key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
    });
  } catch (error) {
    throw new Error(`${base_url} cannot be reached: ${error.cause?.message ?? error.message}`);
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(
      `${method} ${route}: ${base_url} answered ${response.status}, and no JSON. Is it a gateway?`,
    );
  }
  if (!response.ok)
    throw new Error(`${method} ${route}: ${answer.error?.message ?? `answered ${response.status}`}`);
  return answer;
}
