import type { Connection, OrganizationSettings } from '@sluice/contract';
import { expect, it } from 'vitest';
import { narrowSettings } from './narrow-settings.ts';
import { allOutside } from './residency.ts';

const connection = (id: string, region: string | null) =>
  ({ id, provider: 'bedrock', base_url: 'https://x.example', region }) as Connection;
const settings = (residency: 'eu' | 'us' | null, connections: Connection[]) =>
  ({ organization_id: 'org', residency, connections }) as unknown as OrganizationSettings;
const EU = connection('eu', 'eu-central-1');
const US = connection('us', 'us-east-1');
const NOWHERE = connection('nowhere', null);

it('a key of its own residency narrows what its organization allows', () => {
  const all = settings(null, [EU, US, NOWHERE]);
  const own = narrowSettings(all, { residency: 'eu' });
  expect(own).toMatchObject({
    connections: [EU],
    connections_outside: 2,
    residency: 'eu',
    residency_of: 'key',
  });
  expect(all.connections).toHaveLength(3);
});

it('and never widens it: where both say something else nobody is left to call', () => {
  const own = narrowSettings(settings('us', [US]), { residency: 'eu' });
  expect(own.connections).toEqual([]);
  expect(allOutside(own)?.message).toContain('Requests of this key must stay in "eu"');
});

it('a key that says nothing, or the same, is served by the very same settings, and any other always by one object', () => {
  const all = settings('eu', [EU]);
  expect(narrowSettings(all, {})).toBe(all);
  expect(narrowSettings(all, { residency: null })).toBe(all);
  expect(narrowSettings(all, { residency: 'eu' })).toBe(all);
  expect(narrowSettings(all, { residency: 'us' })).toBe(narrowSettings(all, { residency: 'us' }));
});
