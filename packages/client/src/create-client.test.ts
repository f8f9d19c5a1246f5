import { expect, it } from 'vitest';
import { createClient } from './create-client.ts';

/** Answers every call with what was sent. */
function recorded() {
  const sent: Request[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    sent.push(request);
    return Response.json({ data: [], next_cursor: null });
  };
  return { sent, fetch };
}

it('calls a route of the description with its key, path and query', async () => {
  const { sent, fetch } = recorded();
  const client = createClient({ base_url: 'http://gateway', key: 'slu_admin_x', fetch });
  const { data } = await client.GET('/admin/v1/webhooks/{id}/deliveries', {
    params: { path: { id: 'wh/1' }, query: { limit: 5 } },
  });
  expect(data?.next_cursor).toBeNull();
  expect(sent[0]?.url).toBe('http://gateway/admin/v1/webhooks/wh%2F1/deliveries?limit=5');
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer slu_admin_x');
});

it('refuses to compile what the gateway would refuse', async () => {
  const { fetch } = recorded();
  const client = createClient({ base_url: 'http://gateway', fetch });
  // @ts-expect-error: a key has a name
  await client.POST('/admin/v1/keys', { body: { environment: 'dev' } });
  // @ts-expect-error: there is no such environment
  await client.POST('/admin/v1/keys', { body: { name: 'a', environment: 'test' } });
  // @ts-expect-error: there is no such route
  await client.GET('/admin/v1/secrets', {});
  await client.POST('/admin/v1/keys', { body: { name: 'a', environment: 'dev' } });
});
