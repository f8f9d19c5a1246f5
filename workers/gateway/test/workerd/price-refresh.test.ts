import { reset } from 'cloudflare:test';
import { createOrganizationPort } from '@sluice/cloudflare/d1/organization-port';
import { createPriceChangeStore } from '@sluice/cloudflare/d1/price-changes';
import type { Env } from '@sluice/cloudflare/env';
import { PROVIDERS } from '@sluice/providers';
import { createCatalogue } from '@sluice/providers/catalogue/catalogue';
import { readPriceBook } from '@sluice/providers/catalogue/price-book';
import { beforeEach, describe, expect, test } from 'vitest';
import { toRevision } from '../../src/price-revision.ts';
import { type RefreshPorts, refreshPrices } from '../../src/refresh-prices.ts';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
let told: [string, number][];
let serial: number;

beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
  await admin.addOther();
  told = [];
  serial = 0;
});

const NIGHT_MS = Date.UTC(2026, 10, 22, 3, 23);

interface Model {
  id: string;
  match: unknown;
  context_tokens?: number;
  prices: unknown;
}

/** The public list as it was when the package was made, with some changes. */
function sourceWith(...changes: Model[]): unknown {
  const models: Model[] = [...(readPriceBook('openai', [])?.models ?? [])];
  for (const change of changes) {
    const at = models.findIndex(({ id }) => id === change.id);
    if (at === -1) models.push(change);
    else models[at] = { ...models[at], ...change };
  }
  // As the public list calls it.
  return [
    { id: 'openai', models: models.map((model) => ({ ...model, context_window: model.context_tokens })) },
  ];
}

const mini = (input_mtok: number, output_mtok = 0.6): Model => ({
  id: 'gpt-4o-mini',
  match: { equals: 'gpt-4o-mini' },
  prices: { input_mtok, cache_read_mtok: 0.075, output_mtok },
});

const refresh = (respond: () => Response | Promise<Response>, more: Partial<RefreshPorts> = {}, night = 0) =>
  refreshPrices(
    {
      store: createPriceChangeStore(admin.DB),
      fetch: async () => respond(),
      organizationChanged: async (id, version) => told.push([id, version]),
      newId: () => `price_${serial++}`,
      source: undefined,
      ...more,
    },
    NIGHT_MS + night * 86_400_000,
  );
const refreshWith = (data: unknown, night = 0) => refresh(() => Response.json(data), {}, night);

const inForce = async () => {
  const catalogue = createCatalogue(PROVIDERS, { now_ms: () => NIGHT_MS });
  catalogue.revise((await createPriceChangeStore(admin.DB).inForce()).map(toRevision));
  return catalogue;
};
const priceOf = async (model: string) => (await inForce()).find('openai', model)?.prices?.input ?? null;
const audited = async (key?: string) =>
  (await admin.call('GET', '/audit?limit=100', undefined, key === undefined ? {} : { key })).body.data;

describe('the nightly look at the public price list', () => {
  test('puts a changed price in force, tells every isolate, and shows the step in each audit log', async () => {
    expect(await priceOf('gpt-4o-mini')).toBe(150_000_000);
    expect(await refreshWith(sourceWith(mini(0.12)))).toMatchObject({
      result: 'read',
      applied: 1,
      pending: 0,
    });
    expect(await priceOf('gpt-4o-mini')).toBe(120_000_000);
    expect(told.map(([id]) => id).sort()).toEqual(['org_default', 'org_other']);
    for (const key of [admin.ours.text, admin.theirs.text]) {
      const [entry] = await audited(key);
      expect(entry).toMatchObject({
        actor: 'system',
        action: 'model.price_applied',
        target_type: 'model',
        target_id: 'openai/gpt-4o-mini',
        before: { prices: { input_mtok: 0.15 } },
        after: { entry: { prices: { input_mtok: 0.12 } }, doubt: null },
      });
    }
  });

  test('reaches whoever loads an organization, and only then', async () => {
    await refreshWith(sourceWith(mini(0.12)));
    const read: string[] = [];
    const port = createOrganizationPort({ DB: admin.DB } as unknown as Env, {
      providers: [],
      configVersion: () => 0,
      now_ms: () => NIGHT_MS,
      pricesRead: (changes) => read.push(...changes.map(({ model }) => model)),
    });
    const settings = await port.settings('org_default');
    expect(read).toEqual(['gpt-4o-mini']);
    expect(settings.config_version).toBe(told.find(([id]) => id === 'org_default')?.[1]);
    await port.settings('org_default');
    expect(read).toHaveLength(1);
  });

  test('changes nothing the night after, when the list says the same', async () => {
    const source = sourceWith(mini(0.12), mini(0.12));
    await refreshWith(source);
    expect(await refreshWith(source, 1)).toMatchObject({ applied: 0, pending: 0 });
    expect(await refreshWith(sourceWith(), 2)).toMatchObject({ applied: 1 });
    expect(await priceOf('gpt-4o-mini')).toBe(150_000_000);
    const { body } = await admin.call('GET', '/price-changes?state=replaced');
    expect(body.data).toHaveLength(1);
  });

  test.each([
    ['falls to 0', mini(0)],
    ['rises tenfold', mini(1.5)],
    ['falls tenfold', mini(0.15, 0.06)],
  ])('a price that %s is not put in force before a person accepts it', async (_what, change) => {
    expect(await refreshWith(sourceWith(change))).toMatchObject({ applied: 0, pending: 1 });
    expect(await priceOf('gpt-4o-mini')).toBe(150_000_000);
    expect(told).toEqual([]);
    const { body } = await admin.call('GET', '/price-changes?state=pending');
    expect(body.data).toMatchObject([{ model: 'gpt-4o-mini', state: 'pending', doubt: expect.any(String) }]);
    const { id } = body.data[0];

    expect((await admin.call('POST', `/price-changes/${id}/accept`, undefined)).body).toMatchObject({
      state: 'accepted',
      decided_by: expect.stringMatching(/^admin:/),
    });
    const accepted = (change.prices as { input_mtok: number }).input_mtok * 1e9;
    expect(await priceOf('gpt-4o-mini')).toBe(accepted);
    expect(admin.versions.map(([one]) => one).sort()).toEqual(['org_default', 'org_other']);
    expect((await admin.call('POST', `/price-changes/${id}/reject`)).status).toBe(409);
    expect((await audited()).map((entry: { action: string }) => entry.action).sort()).toEqual([
      'model.price_accepted',
      'model.price_pending',
    ]);
  });

  test('what was refused is not asked again each night, but another price is', async () => {
    await refreshWith(sourceWith(mini(0)));
    const { body } = await admin.call('GET', '/price-changes?state=pending');
    expect((await admin.call('POST', `/price-changes/${body.data[0].id}/reject`)).body.state).toBe(
      'rejected',
    );
    expect(await refreshWith(sourceWith(mini(0)), 1)).toMatchObject({ applied: 0, pending: 0 });
    expect(await refreshWith(sourceWith(mini(15)), 2)).toMatchObject({ applied: 0, pending: 1 });
    expect(await priceOf('gpt-4o-mini')).toBe(150_000_000);
  });

  test('what waits is asked once, and goes when the list comes to its senses', async () => {
    await refreshWith(sourceWith(mini(0)));
    expect(await refreshWith(sourceWith(mini(0)), 1)).toMatchObject({ pending: 0 });
    await refreshWith(sourceWith(mini(0.14)), 2);
    expect((await admin.call('GET', '/price-changes?state=pending')).body.data).toEqual([]);
    expect(await priceOf('gpt-4o-mini')).toBe(140_000_000);
  });

  test('prices a new model, but never at nothing', async () => {
    const news = (id: string, prices: unknown): Model => ({ id, match: { equals: id }, prices });
    await refreshWith(
      sourceWith(
        news('gpt-99', { input_mtok: 2, output_mtok: 8 }),
        news('gpt-98', { input_mtok: 0, output_mtok: 0 }),
        news('gpt-97', {}),
      ),
    );
    expect(await priceOf('gpt-99')).toBe(2_000_000_000);
    expect((await inForce()).find('openai', 'gpt-98')).toBeNull();
    expect((await inForce()).find('openai', 'gpt-97')).toBeNull();
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ['no network', () => Promise.reject(new TypeError('Network connection lost.'))],
    ['an error page', () => new Response('<h1>503</h1>', { status: 503 })],
    ['words that are not JSON', () => new Response('<!doctype html>')],
    ['half a file', () => new Response(JSON.stringify(sourceWith(mini(0.12))).slice(0, 5000))],
    ['JSON of another kind', () => Response.json({ message: 'rate limited' })],
    ['an empty list', () => Response.json([])],
  ])('with %s leaves all prices as they are', async (_what, respond) => {
    await refreshWith(sourceWith(mini(0.12)));
    told = [];
    expect(await refresh(respond, {}, 1)).toMatchObject({ result: 'unreadable' });
    expect(await priceOf('gpt-4o-mini')).toBe(120_000_000);
    expect(await priceOf('gpt-4o')).toBe(2_500_000_000);
    expect(told).toEqual([]);
  });

  test('with a part of the list keeps the prices of the rest', async () => {
    const part = [{ id: 'openai', models: [mini(0.12), { id: 'broken' }, 7] }, { id: 'groq' }];
    expect(await refreshWith(part)).toMatchObject({ applied: 1, unreadable: 2 });
    expect(await priceOf('gpt-4o')).toBe(2_500_000_000);
  });

  test('can be turned off, and pointed elsewhere', async () => {
    const asked: string[] = [];
    const fetch: RefreshPorts['fetch'] = async (url) => {
      asked.push(url);
      return Response.json(sourceWith());
    };
    expect(await refresh(() => new Response(), { source: 'off', fetch })).toEqual({ result: 'off' });
    expect(asked).toEqual([]);
    await refresh(() => new Response(), { source: 'https://prices.test/data.json', fetch });
    expect(asked).toEqual(['https://prices.test/data.json']);
  });

  test('is decided on by the deployment’s own organization alone', async () => {
    await refreshWith(sourceWith(mini(0)));
    const theirs = { key: admin.theirs.text };
    expect((await admin.call('GET', '/price-changes', undefined, theirs)).body.data).toHaveLength(1);
    expect((await admin.call('POST', '/price-changes/price_0/accept', undefined, theirs)).status).toBe(403);
    expect((await admin.call('POST', '/price-changes/price_9/accept')).status).toBe(404);
    expect(await priceOf('gpt-4o-mini')).toBe(150_000_000);
  });
});

describe('what an organization says of a model itself', () => {
  const path = '/models/openai/gpt-4o-mini';

  test('is kept member by member, shown with the catalogue’s words, and goes again', async () => {
    await admin.call('PUT', path, { quality: 0.9, aliases: ['small'] });
    await admin.call('PUT', path, { abilities: { vision: false, output_tokens_max: 100 }, enabled: false });
    const [own] = (await admin.call('GET', '/models')).body.data;
    expect(own).toMatchObject({
      prices: null,
      quality: 0.9,
      aliases: ['small'],
      enabled: false,
      abilities: { vision: false, output_tokens_max: 100 },
    });
    const listed = (await admin.call('GET', '/models?provider=openai')).body.data;
    expect(listed.find(({ model }: { model: string }) => model === 'gpt-4o-mini')).toMatchObject({
      quality: 0.9,
      quality_source: 'organization',
      enabled: false,
      abilities: { vision: false, tools: true },
      prices: { input_usd_per_mtok: 0.15 },
      retires_on: '2027-01-14',
    });
    expect((await admin.call('DELETE', path)).body.enabled).toBe(true);
    expect((await admin.call('GET', '/models')).body.data).toEqual([]);
    expect(await audited()).toContainEqual(expect.objectContaining({ action: 'model.reset', after: null }));
  });

  test('reaches requests: aliases, abilities and what is off, and is nobody else’s', async () => {
    await admin.call('PUT', path, { aliases: ['small'], enabled: false });
    const port = createOrganizationPort({ DB: admin.DB } as unknown as Env, {
      providers: [],
      configVersion: () => 0,
      now_ms: () => NIGHT_MS,
    });
    const settings = await port.settings('org_default');
    expect(settings.aliases).toEqual({ small: 'openai/gpt-4o-mini' });
    expect(settings.model_overrides?.['openai/gpt-4o-mini']).toMatchObject({ enabled: false, prices: null });
    expect(settings.price_overrides).toEqual({});
    expect((await port.settings('org_other')).model_overrides).toEqual({});
  });

  test.each([
    [{ quality: 1.5 }],
    [{ abilities: { flies: true } }],
    [{ aliases: ['auto'] }],
    [{ prices: { input_usd_per_mtok: -1 } }],
  ])('is refused when it makes no sense: %j', async (body) => {
    expect((await admin.call('PUT', path, body)).status).toBe(400);
  });
});
