import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-config-'));
const before = path.join(folder, 'before.yaml');
const file = path.join(folder, 'sluice.yaml');
const SECRET = 'credential-of-config-test';

const config = (...args: string[]): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      SLUICE_ADMIN_KEY: inject('admin_key'),
      SLUICE_CREDENTIAL_CONFIG_TEST: SECRET,
      SLUICE_WEBHOOK_CONFIG_HOOK: 'https://93.184.216.34/services/config-secret-path',
    };
    const node = path.join(ROOT, 'node_modules/.bin/node');
    const asked = ['scripts/config/run.ts', ...args, '--url', inject('base_url')];
    execFile(node, asked, { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout + stderr }),
    );
  });

afterAll(async () => {
  await config('apply', before, '--yes', '--prune');
  rmSync(folder, { recursive: true });
});

it('what is exported is applied without a change, twice the same, and holds no secret', async () => {
  expect(await config('export', before)).toEqual({ code: 0, out: '' });
  const first = readFileSync(before, 'utf8');
  await config('export', file);
  expect(readFileSync(file, 'utf8')).toBe(first);
  expect((await config('diff', file)).code).toBe(0);
  expect(first).not.toContain(inject('admin_key'));
});

it('a file is shown as a difference, applied once, and is then as the gateway is', async () => {
  const wanted = parse(readFileSync(before, 'utf8')) as Record<string, unknown[]>;
  const organization = wanted['organization'] as unknown as Record<string, unknown>;
  organization['trace_retention_days'] = 17;
  wanted['connections']?.push({
    name: 'config-test',
    provider: 'vllm',
    base_url: 'http://127.0.0.1:9/v1',
    private_allowed: true,
    models: ['config-model'],
  });
  wanted['chains']?.push({
    name: 'config-chain',
    links: [{ model: 'gpt-4o', timeouts: {}, on: null }],
  });
  wanted['splits']?.push({
    name: 'config-split',
    enabled: true,
    sticky_by: 'user',
    arms: [
      { id: 'a', model: 'gpt-4o-mini', percent: 50 },
      // Comes later in the file.
      { id: 'b', model: 'assistant/config-assistant', percent: 50 },
    ],
  });
  wanted['assistants']?.push({ name: 'config-assistant', model: 'gpt-4o', system_prompt: 'Be brief.' });
  wanted['pools']?.push({
    name: 'config-pool',
    model: 'config-model',
    connections: ['config-test'],
    usd_per_hour: 2,
  });
  wanted['models']?.push({ provider: 'openai', model: 'gpt-4o', aliases: ['config-alias'] });
  wanted['budgets']?.push({ scope: 'user', subject: 'config-user', window: 'daily', limit_eur: 3 });
  wanted['guards']?.push({
    name: 'config-guard',
    enabled: false,
    rule: { kind: 'injection' },
    action: 'flag',
  });
  wanted['webhooks']?.push({ name: 'config-hook', events: ['budget.exceeded'] });
  wanted['projects']?.push({ name: 'config-project' });
  writeFileSync(file, stringify(wanted));

  const shown = await config('diff', file);
  expect(shown.out).toContain('trace_retention_days: 30 -> 17');
  expect(shown.out).toContain('+ connections config-test');
  expect(shown.code).toBe(2);

  const refused = await config('apply', file);
  expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('--yes') });

  const applied = await config('apply', file, '--yes');
  expect(applied.out).not.toContain('Not all');
  expect(applied.code).toBe(0);
  expect(applied.out).not.toContain(SECRET);
  const again = await config('apply', file, '--yes');
  expect(again).toEqual({ code: 0, out: `${inject('base_url')} is as ${file} says.\n` });
  const now = await config('export');
  expect(now.out).not.toContain(SECRET);
  expect(now.out).not.toContain('config-secret-path');
});

it('what is not in the file stays, unless it is to be pruned', async () => {
  const kept = await config('apply', before, '--yes');
  expect(kept.out).toContain('? connections config-test');
  expect((await config('export')).out).toContain('config-guard');
  const pruned = await config('apply', before, '--yes', '--prune');
  expect(pruned.out).toContain('- connections config-test');
  // A project cannot be removed by anybody.
  const now = (await config('export')).out.replaceAll(/config-project/g, '');
  expect(now).not.toContain('config-');
});

it('a secret that is not set stops it before anything is changed', async () => {
  writeFileSync(
    file,
    'connections: [{name: other, provider: openai}]\nchains: [{name: unwritten, links: [{model: gpt-4o}]}]',
  );
  const stopped = await config('apply', file, '--yes');
  expect(stopped).toMatchObject({ code: 1, out: expect.stringContaining('SLUICE_CREDENTIAL_OTHER') });
  expect((await config('export')).out).not.toContain('unwritten');
});
