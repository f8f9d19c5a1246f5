import { pairOf } from '@sluice/core/caching/fingerprint';
import { expect, it } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

it('two questions are parted and joined again, by their words or their pair, and isolates are told', async () => {
  const { call, versions } = await createAdminFixture();
  const told = versions.length;
  const pair = await pairOf('The capital of France?', 'Capital of Germany');
  const made = await call('POST', '/cache/never-match', {
    first: 'capital of germany?',
    second: 'The capital of France',
  });
  expect([made.status, made.body]).toEqual([201, { pair }]);
  expect((await call('POST', '/cache/never-match', { pair })).status).toBe(201);
  expect((await call('GET', '/cache')).body.never_match).toEqual([pair]);
  expect(versions.length).toBe(told + 2);
  expect((await call('POST', '/cache/never-match', { request_id: 'req_nobody' })).status).toBe(404);
  expect((await call('DELETE', `/cache/never-match/${pair}`)).status).toBe(200);
  expect((await call('GET', '/cache')).body.never_match).toEqual([]);
  expect((await call('DELETE', `/cache/never-match/${pair}`)).status).toBe(404);
});
