import type { AnyProtocol, Provider } from '@sluice/contract';
import { expect, it } from 'vitest';
import { passesThrough, protocolFor } from './protocol-for.ts';

const wire = (id: string, operation: string, scans = false): AnyProtocol =>
  ({ id, operation, ...(scans ? { pass_through: {} } : {}) }) as unknown as AnyProtocol;

const provider = {
  protocol: wire('chat-completions', 'chat', true),
  protocols: [wire('responses', 'chat', true), wire('embeddings', 'embeddings'), wire('rerank', 'rerank')],
} as unknown as Provider;

const idFor = (one: Provider, protocol: string, operation: string, model = 'm'): string | undefined =>
  protocolFor(one, { protocol, operation } as Parameters<typeof protocolFor>[1], model)?.id;

it('takes the door’s own format where the provider speaks it, else the provider’s first of that operation', () => {
  expect(idFor(provider, 'chat-completions', 'chat')).toBe('chat-completions');
  expect(idFor(provider, 'responses', 'chat')).toBe('responses');
  expect(idFor(provider, 'anthropic', 'chat')).toBe('chat-completions');
  expect(idFor(provider, 'embeddings', 'embeddings')).toBe('embeddings');
  expect(idFor(provider, 'speech', 'speech')).toBeUndefined();
});

it('calls a model that answers in one format only in that one', () => {
  const picky = {
    ...provider,
    requiredProtocol: (model: string) => (model === 'pro' ? 'responses' : null),
  } as Provider;
  expect(idFor(picky, 'chat-completions', 'chat', 'pro')).toBe('responses');
  expect(idFor(picky, 'chat-completions', 'chat', 'm')).toBe('chat-completions');
  expect(idFor(picky, 'embeddings', 'embeddings', 'pro')).toBe('embeddings');
});

it('passes through only what has a scanner and is the door’s own', () => {
  expect(passesThrough(wire('responses', 'chat', true), { protocol: 'responses' })).toBe(true);
  expect(passesThrough(wire('responses', 'chat'), { protocol: 'responses' })).toBe(false);
  expect(passesThrough(wire('responses', 'chat', true), { protocol: 'anthropic' })).toBe(false);
});

it('never answers another operation with a model’s only chat format', () => {
  const picky = { ...provider, requiredProtocol: () => 'chat-completions' } as unknown as Provider;
  expect(idFor(picky, 'embeddings', 'embeddings')).toBe('embeddings');
  expect(idFor(picky, 'speech', 'speech')).toBeUndefined();
});
