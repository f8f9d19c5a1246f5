import { inject } from 'vitest';
import { administer, base_url } from './console.ts';

export interface OwnOrganization {
  id: string;
  /** Of its owner. */
  key: string;
  administer: <T = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<T>;
  /** Stores a connection to the simulator. */
  connect: (name: string, path: string) => Promise<unknown>;
  close: () => Promise<unknown>;
}

/** An organization that nobody else looks at, with nothing in it. */
export async function createOwnOrganization(name: string): Promise<OwnOrganization> {
  const made = await administer<{ id: string; admin_key: { secret: string } }>('POST', 'organizations', {
    name,
  });
  const key = made.admin_key.secret;
  const own: OwnOrganization['administer'] = (method, path, body) => administer(method, path, body, key);
  const simulator_url = inject('simulator_url');
  return {
    id: made.id,
    key,
    administer: own,
    connect: (provider, path) =>
      own('POST', 'connections', {
        provider,
        name: `sim ${provider}`,
        base_url: `${simulator_url}${path}`,
        credential: 'simulator',
        private_allowed: true,
      }),
    close: () => administer('POST', `organizations/${made.id}/close`, {}),
  };
}

/** @returns the status. */
export async function chat(secret: string, model: string, user?: string): Promise<number> {
  const response = await fetch(`${base_url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'hello' }],
      ...(user === undefined ? {} : { user }),
    }),
  });
  await response.text();
  return response.status;
}

const XSS = '<img src=x onerror="document.title=\'taken\'">';

export interface Used extends OwnOrganization {
  secret: string;
  key_id: string;
  key_name: string;
}

/** With a key, a project, and requests that were answered by two providers, of which one failed at times. */
export async function createUsedOrganization(name: string): Promise<Used> {
  const own = await createOwnOrganization(name);
  await own.connect('openai', '/v1');
  await own.connect('anthropic', '');
  const project = await own.administer<{ id: string }>('POST', 'projects', { name: 'Shop' });
  const key_name = `Checkout ${XSS}`;
  const made = await own.administer<{ id: string; secret: string }>('POST', 'keys', {
    name: key_name,
    environment: 'dev',
    project: project.id,
  });
  for (const model of ['gpt-4o', 'gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'gpt-4o-mini-sim-400'])
    await chat(made.secret, model, 'ada');
  return { ...own, secret: made.secret, key_id: made.id, key_name };
}

/** Waits until all that was sent is in the sums. */
export async function waitForRequests(own: OwnOrganization, count: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { totals } = await own.administer<{ totals: { requests: number } }>('GET', 'usage?group_by=month');
    if (totals.requests >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The sums do not know ${count} requests.`);
}
