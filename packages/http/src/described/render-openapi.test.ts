import { createConfig, lintFromString } from '@redocly/openapi-core';
import { ERRORS } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { ROUTE_TABLE } from '../admin/route-table.ts';
import { renderOpenapi } from './render-openapi.ts';

interface Operation {
  operationId: string;
  security: Record<string, unknown>[];
  'x-roles'?: string[];
  parameters?: { name?: string; in?: string; $ref?: string; required?: boolean }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, unknown>;
}

const description = renderOpenapi('1.2.3') as {
  paths: Record<string, Record<string, Operation>>;
  components: { responses: Record<string, { description: string }> };
};
const operations = Object.values(description.paths).flatMap((path) => Object.values(path));
const find = (id: string): Operation => {
  const found = operations.find((one) => one.operationId === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1, says a maintained validator', async () => {
    const config = await createConfig({ extends: ['spec'] });
    const problems = await lintFromString({ source: JSON.stringify(description), config });
    expect(problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)).toEqual([]);
  });

  it('is refused by that validator when it is wrong', async () => {
    const config = await createConfig({ extends: ['spec'] });
    const wrong = { ...description, components: {} };
    const problems = await lintFromString({ source: JSON.stringify(wrong), config });
    expect(problems.length).toBeGreaterThan(0);
  });

  it('has one operation for each route that is not another spelling', () => {
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
      ROUTE_TABLE.filter(({ hidden }) => !hidden)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('asks for a credential everywhere but for the health check, itself, public keys and what signs in', () => {
    const open = operations.filter(({ security }) => security.length === 0);
    expect(open.map(({ operationId }) => operationId).sort()).toEqual([
      'acceptInvitation',
      'getDescription',
      'getHealthz',
      'getReceiptKeys',
      'signIn',
    ]);
  });

  it('tells every error code with its status', () => {
    for (const [code, { status }] of Object.entries(ERRORS))
      expect(description.components.responses[`Error${status}`]?.description).toContain(`\`${code}\``);
  });

  it('describes bodies, queries, paths and etags by what the routes parse', () => {
    const schema = find('createKey').requestBody?.content['application/json']?.schema as {
      required: string[];
      additionalProperties: boolean;
      properties: Record<string, unknown>;
    };
    expect(schema.required).toEqual(['name']);
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties)).toContain('budgets');
    expect(find('rotateKey').requestBody?.required).toBe(false);
    expect(find('changeKey').parameters?.map(({ name }) => name)).toEqual(['id', 'if-match']);
    expect(find('changeModel').parameters?.map(({ name }) => name)).toEqual(['provider', 'model']);
    expect(find('listTraces').parameters?.map(({ name }) => name)).toContain('min_cost_usd');
    expect(find('createChatCompletion').parameters).toContainEqual({
      $ref: '#/components/parameters/x-routing-hints',
    });
  });
});
