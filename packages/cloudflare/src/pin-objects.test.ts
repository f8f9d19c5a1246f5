import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { Env } from './env.ts';
import { pinObjects } from './pin-objects.ts';

const namespace = (name: string) =>
  ({ jurisdiction: (place: string) => `${name} in ${place}` }) as unknown as DurableObjectNamespace;

it('every namespace that the deployment binds is in its jurisdiction, and nothing else is changed', () => {
  const real = env as unknown as Env;
  const names = Object.keys(real).filter((name) => {
    const bound: unknown = name.startsWith('__') ? null : Reflect.get(real, name);
    // By its class: a service says of any member that it has it.
    return bound?.constructor.name === 'DurableObjectNamespace';
  });
  expect(names).toContain('KEY_LEDGER');
  const bound = Object.fromEntries(names.map((name) => [name, namespace(name)]));
  const pinned = pinObjects({ ...bound, SLUICE_JURISDICTION: 'eu', SLUICE_DNS: 'off' } as Partial<Env>);
  for (const name of names) expect(Reflect.get(pinned, name)).toBe(`${name} in eu`);
  expect(pinned.SLUICE_DNS).toBe('off');
});

it('without a jurisdiction the bindings are those that were given', () => {
  const given = { KEY_LEDGER: namespace('KEY_LEDGER') };
  expect(pinObjects(given)).toBe(given);
});

it('a jurisdiction that does not exist stops the Worker, and puts nothing anywhere else', () => {
  expect(() => pinObjects({ SLUICE_JURISDICTION: 'europe' })).toThrow(/one of eu, us/);
});
