import { type AnyProtocol, GatewayError, type ModelAbilities } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { generatedBounds } from '../../core/src/token-estimate.ts';
import { MODEL_ROUTES } from '../../http/src/doors/model-routes.ts';
import { readHints } from '../../http/src/read-hints.ts';
import { PROVIDERS } from '../../providers/src/index.ts';
import { createRandom, mutateBody } from './mutate-body.ts';
import { SAMPLE_BODIES } from './sample-bodies.ts';

/** Bodies for each door. */
const BODIES = 20_000;

const ABILITIES: ModelAbilities = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/** Every format that any provider is called in for this operation, each once. */
const protocolsOf = (operation: string): AnyProtocol[] => {
  const all = PROVIDERS.flatMap((one) => [one.protocol as AnyProtocol, ...(one.protocols ?? [])]);
  const by_id = new Map(
    all
      // What answers alone renders nothing.
      .filter((one) => one.operation === operation && one.answerAlone === undefined)
      .map((one) => [one.id, one]),
  );
  return [...by_id.values()];
};

const routes = MODEL_ROUTES.filter(({ path }) => path.startsWith('/v1/')).map(
  (route) => [route.path, route] as const,
);
/** Doors that take files are fuzzed by their own tests. */
const FORMS = ['/v1/audio/transcriptions', '/v1/audio/translations'];

it('every door has a body to break', () => {
  const missing = routes.filter(
    ([path]) => SAMPLE_BODIES[path.slice('/v1'.length)] === undefined && !FORMS.includes(path),
  );
  expect(missing.map(([path]) => path)).toEqual([]);
});

describe.each(routes.filter(([path]) => !FORMS.includes(path)))('%s', (path, { door, read }) => {
  it(`takes or refuses ${BODIES} broken bodies, and so does every format that they are rendered in`, {
    timeout: 240_000,
  }, async () => {
    const sample = SAMPLE_BODIES[path.slice('/v1'.length)] ?? {};
    const random = createRandom(20_261_121);
    const protocols = protocolsOf(door.operation);
    expect(protocols.length).toBeGreaterThan(0);
    let read_well = 0;
    let rendered = 0;
    /** Each fault of ours once, with the first body that showed it. */
    const faults = new Map<string, string>();
    for (let at = 0; at < BODIES; at += 1) {
      const body_text = JSON.stringify(at === 0 ? sample : mutateBody(sample, random));
      try {
        const request = new Request(`http://gateway${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: body_text,
        });
        const { asked, bytes } = await read(request);
        readHints(asked, () => null);
        void (door.bounds?.(asked, bytes) ?? generatedBounds(asked));
        read_well += 1;
        const protocol = protocols[at % protocols.length];
        protocol?.renderRequest(asked, {
          model: asked.model,
          stream: asked.stream === true,
          output_tokens_max: null,
          abilities: ABILITIES,
          source: { protocol: door.protocol, body_text, headers: {} },
        });
        rendered += 1;
      } catch (error) {
        // Refusals are of the caller's making, never ours.
        if (error instanceof GatewayError && error.status < 500 && error.message !== '') continue;
        const stack = error instanceof Error ? (error.stack ?? '') : '';
        const where = stack
          .split('\n')
          .slice(0, 2)
          .join(' ')
          .replace(/\(?\/\S*\/(?=packages\/)/, '(');
        if (!faults.has(where)) faults.set(where, body_text);
      }
    }
    expect([...faults]).toEqual([]);
    // Else it would only show that the door refuses.
    expect(read_well).toBeGreaterThan(BODIES / 10);
    expect(rendered).toBeGreaterThan(BODIES / 20);
  });
});
