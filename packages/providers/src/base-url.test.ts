import { GatewayError, type Provider } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { resolveBaseUrl } from './base-url.ts';
import { openai } from './openai/index.ts';

const regional: Provider = {
  ...openai,
  base_url: 'https://{host}.example/v1/projects/{project}/{region}',
  fields: [
    { name: 'region', pattern: /[a-z]+-\d/, default: 'west-1', help: 'a region, as west-1' },
    { name: 'project', pattern: /^[a-z]{3,9}$/, help: 'the id of a project' },
  ],
  deriveFields: (values) => ({ host: `api-${values.region}` }),
};

const refusal = (work: () => unknown): GatewayError => {
  try {
    work();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('resolveBaseUrl', () => {
  it('fills in fields, the region of the connection and what follows from them', () => {
    expect(resolveBaseUrl(regional, { project: 'shop' }, 'east-2')).toBe(
      'https://api-east-2.example/v1/projects/shop/east-2',
    );
  });

  it('takes a default where nothing is said', () => {
    expect(resolveBaseUrl(regional, { project: 'shop' }, null)).toContain('/west-1');
  });

  it('leaves a URL without fields as it is', () => {
    expect(resolveBaseUrl(openai, {}, null)).toBe(openai.base_url);
  });

  it('refuses a missing field by its name', () => {
    const error = refusal(() => resolveBaseUrl(regional, {}, null));
    expect([error.code, error.param]).toEqual(['invalid_request', 'project']);
  });

  it.each(['x-1/../evil', 'x-1.evil.example#', 'x-1\n', 'evil@x-1', ''])(
    'refuses %j, which would leave its place in the host',
    (region) => {
      expect(refusal(() => resolveBaseUrl(regional, { project: 'shop' }, region)).param).toBe('region');
    },
  );

  it('never takes a member of Object for a setting', () => {
    const odd: Provider = { ...regional, fields: [{ name: 'constructor', pattern: /.*/s, help: 'none' }] };
    expect(refusal(() => resolveBaseUrl(odd, {}, null)).param).toBe('constructor');
  });

  it('asks for a base URL where the provider has none', () => {
    expect(refusal(() => resolveBaseUrl({ ...openai, base_url: '' }, {}, null)).param).toBe('base_url');
  });
});
