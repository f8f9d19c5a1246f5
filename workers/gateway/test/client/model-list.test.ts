import { expect, it } from 'vitest';
import { admin, base_url, createVirtualKey, openaiFor } from './harness.ts';

interface Listed {
  id: string;
  owned_by: string;
  context_window: number | null;
  max_output_tokens: number | null;
  abilities: Record<string, boolean | null> | null;
  prices: { input_usd_per_mtok: number | null; output_usd_per_mtok: number | null } | null;
  quality: number | null;
  quality_source: string | null;
  released_on: string | null;
  retires_on: string | null;
}

async function modelsOf(settings: Record<string, unknown>): Promise<Listed[]> {
  const { secret } = await createVirtualKey(settings);
  const response = await fetch(`${base_url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
  return ((await response.json()) as { data: Listed[] }).data;
}
const idsOf = async (settings: Record<string, unknown>): Promise<string[]> =>
  (await modelsOf(settings)).map(({ id }) => id);
/** Other tests store assistants, chains and splits in the same organization. */
const isModel = (id: string): boolean => id !== 'auto' && !/^(?:assistant|chain|split)\//.test(id);

it('a key without limits sees models with all that is known of them, each number with its source', async () => {
  const models = await modelsOf({});
  expect(models.find(({ id }) => id === 'openai/gpt-4o-mini')).toMatchObject({
    owned_by: 'openai',
    context_window: 128_000,
    max_output_tokens: 16_384,
    abilities: { tools: true, vision: true, json_schema: true, reasoning: false, prefill: false },
    prices: { input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6 },
    quality_source: expect.stringContaining('arena.ai'),
    retires_on: '2027-01-14',
  });
  expect(models[0]?.id).toBe('auto');
});

it('a key sees nothing that its model allow list leaves out', async () => {
  const ids = await idsOf({ model_allowlist: ['gpt-4o', 'anthropic/*'] });
  const models = ids.filter(isModel);
  expect(models).toContain('gpt-4o');
  expect(models).not.toContain('gpt-4o-mini');
  expect(models.filter((id) => !/gpt-4o$|claude/.test(id))).toEqual([]);
  expect(ids).toContain('auto');
});

it('a key sees nothing of providers that it may not use', async () => {
  const models = await modelsOf({ provider_allowlist: ['openai'] });
  expect(new Set(models.filter(({ id }) => isModel(id)).map(({ owned_by }) => owned_by))).toEqual(
    new Set(['openai']),
  );
});

it('a key that may use nothing sees nothing: no auto, no alias', async () => {
  expect(await idsOf({ model_allowlist: ['no-such-model'] })).toEqual([]);
});

it('an alias is listed for keys that may use what it stands for, and for no other', async () => {
  await admin('PATCH', 'organization', { aliases: { 'house-model': 'openai/gpt-4o' } });
  try {
    expect(await idsOf({ model_allowlist: ['gpt-4o'] })).toContain('house-model');
    expect(await idsOf({ model_allowlist: ['anthropic/*'] })).not.toContain('house-model');
    const { secret } = await createVirtualKey({ model_allowlist: ['gpt-4o'] });
    expect((await openaiFor(secret).models.retrieve('house-model')).id).toBe('house-model');
  } finally {
    await admin('PATCH', 'organization', { aliases: {} });
  }
});

it('a model that the organization turned off is not listed, not served and not chosen, until it is on again', async () => {
  const path = 'models/openai/gpt-4.1';
  await admin('PUT', path, { enabled: false });
  try {
    expect(await idsOf({})).not.toContain('openai/gpt-4.1');
    const { secret } = await createVirtualKey();
    const refused = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'openai/gpt-4.1', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(refused.status).toBe(400);
  } finally {
    await admin('DELETE', path);
  }
  expect(await idsOf({})).toContain('openai/gpt-4.1');
});

it('an organization’s own abilities, quality and names of a model are what its keys see', async () => {
  const path = 'models/openai/gpt-4.1-mini';
  await admin('PUT', path, { quality: 0.99, aliases: ['workhorse'], abilities: { output_tokens_max: 1000 } });
  try {
    const models = await modelsOf({});
    expect(models.find(({ id }) => id === 'gpt-4.1-mini')).toMatchObject({
      quality: 0.99,
      quality_source: 'organization',
      max_output_tokens: 1000,
    });
    expect(models.find(({ id }) => id === 'workhorse')).toMatchObject({ quality: 0.99 });
  } finally {
    await admin('DELETE', path);
  }
});
