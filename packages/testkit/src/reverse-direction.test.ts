import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type AnyProtocol, GatewayError, type ModelAbilities } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { protocolFor } from '../../core/src/calling/protocol-for.ts';
import { MODEL_ROUTES } from '../../http/src/doors/model-routes.ts';
import { findProvider } from '../../providers/src/index.ts';

const CORPUS = path.resolve(import.meta.dirname, '../../../../shared/fixtures/open');
const present = existsSync(CORPUS);
if (!present) console.warn('skipped: the recorded exchanges are not beside this repository');

interface Recorded {
  id: string;
  provider: string;
  route: string;
  body: Record<string, unknown>;
}

/** Recorded request bodies of the formats that have a door. */
const ROUTES: Record<string, string> = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  responses: '/v1/responses',
  embeddings: '/v1/embeddings',
};
/** Who speaks a format of its own under the same name. */
const OWN_FORMAT = ['cohere', 'bedrock', 'gemini', 'vertex'];

function load(): Recorded[] {
  if (!present) return [];
  return readdirSync(CORPUS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'facts' && entry.name !== 'licences')
    .flatMap(({ name }) => readdirSync(path.join(CORPUS, name)).map((file) => `${name}/${file}`))
    .flatMap((file) => {
      const { api, provider, request, response } = JSON.parse(readFileSync(path.join(CORPUS, file), 'utf8'));
      const route = ROUTES[api];
      const body: unknown = request?.body;
      // What the provider refused, the door may refuse.
      if (response.status !== 200) return [];
      if (route === undefined || OWN_FORMAT.includes(provider)) return [];
      if (typeof body !== 'object' || body === null || !('model' in body)) return [];
      return [{ id: file.slice(0, -'.json'.length), provider, route, body: body as Recorded['body'] }];
    });
}

const ABILITIES: ModelAbilities = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/** The provider that the gateway would call it as. */
function protocolOf(one: Recorded, door: (typeof MODEL_ROUTES)[number]['door']): AnyProtocol {
  const id =
    one.route === '/v1/messages' ? 'anthropic' : one.route === '/v1/responses' ? 'openai' : one.provider;
  const provider = findProvider(id) ?? findProvider('openai-compatible');
  const protocol = provider === null ? null : protocolFor(provider, door, String(one.body['model']));
  if (protocol === null) throw new Error(`${one.id}: nobody to send it to`);
  return protocol;
}

const cases = load().map((one) => [one.id, one] as const);

describe.skipIf(!present)('a recorded request, read at our door and written for its own provider', () => {
  it('there are recorded requests of every door', () => {
    for (const route of Object.values(ROUTES))
      expect(cases.filter(([, one]) => one.route === route).length, route).toBeGreaterThan(2);
  });

  it.each(cases)('%s says the same', async (_, one) => {
    const route = MODEL_ROUTES.find(({ path: at }) => at === one.route);
    if (route === undefined) throw new Error(`there is no route ${one.route}`);
    const body_text = JSON.stringify(one.body);
    const request = new Request(`http://gateway${one.route}`, { method: 'POST', body: body_text });
    let asked: Awaited<ReturnType<typeof route.read>>['asked'];
    try {
      ({ asked } = await route.read(request));
    } catch (error) {
      throw new Error(error instanceof GatewayError ? `${error.code}: ${error.message}` : String(error));
    }
    const rendered = protocolOf(one, route.door).renderRequest(asked, {
      model: String(one.body['model']),
      stream: one.body['stream'] === true,
      output_tokens_max: null,
      abilities: ABILITIES,
      source: { protocol: route.door.protocol, body_text, headers: {} },
    });
    const sent = JSON.parse(rendered.body) as Record<string, unknown>;
    const expected: Record<string, unknown> = { ...one.body };
    // Usage is asked for in every stream, and taken out of the answer again where the client did not ask.
    if (rendered.usage_added) expected['stream_options'] = sent['stream_options'];
    // What the provider itself refuses is named, not lost.
    for (const name of rendered.dropped) delete expected[name.split('.')[0] ?? name];
    expect(sent).toEqual(expected);
  });
});
