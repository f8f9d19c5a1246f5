import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKey } from '../../packages/core/src/key-format.ts';
import { findProvider } from '../../packages/providers/src/index.ts';
import { createSimulator } from '../../packages/simulator/src/simulator.ts';
import { admin, freePort, startGateway, stopAll } from '../dev-server.mjs';
import type { Receipt } from './compare.ts';
import type { Case, Recording } from './corpus.ts';
import type { Received, Tokens } from './door.ts';
import { objectOf } from './loose.ts';
import type { Mode } from './modes.ts';

/** One delivery of one case, under a model name that only this delivery has. */
export interface Delivery {
  one: Case;
  mode: Mode;
  model: string;
}

export interface RunningGateway {
  post(path: string, body: string, bare: boolean): Promise<{ received: Received; request_id: string | null }>;
  /** `null` when there is none. */
  receipt(request_id: string): Promise<Receipt | null>;
  stop(): Promise<void>;
}

/** The kernel takes 128 kB in one argument, and the connections travel in one. */
const UPSTREAMS_BYTES_MAX = 110_000;
/** OpenAI's models of this name answer in one format only, so that other doors must be translated to it. */
const RESPONSES_ONLY = 'codex-';
const REQUEST_MS_MAX = 60_000;

/** The provider that a recorded exchange is played as. */
export function providerOf(one: Case, door: string): string {
  if (one.api === 'messages') return 'anthropic';
  if (one.api === 'generateContent') return 'gemini';
  if (one.api === 'converse') return 'bedrock';
  if (one.api === 'cohere') return 'cohere';
  if (one.api === 'responses') return 'openai';
  // Who speaks the door's format is called in it: the recording is of the other one.
  const provider = findProvider(one.provider);
  const speaks_both = provider?.protocols?.some(({ id }) => id === door) ?? false;
  return provider === null || speaks_both ? 'openai-compatible' : provider.id;
}

export interface Upstream {
  id: string;
  provider: string;
  base_url: string;
  credential: string;
  models: string[];
  region?: string;
  settings?: Record<string, string>;
}

/**
 * A connection of its own for each case, so that a rejected credential or a rate limit of one does not cool another.
 * The model's name is the replay's address, so that one connection serves all modes of its case.
 */
export function planBatches(planned: { one: Case; modes: Mode[] }[]): Delivery[][] {
  const batches: Delivery[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, { one, modes }] of planned.entries()) {
    const deliveries = modes.map((mode) => ({
      one,
      mode,
      model: `${one.api === 'responses' ? RESPONSES_ONLY : ''}c${index}${mode.replay && `@${mode.replay}`}`,
    }));
    const size = JSON.stringify(upstreamsOf(deliveries, 'http://127.0.0.1:00000', '')).length;
    if (bytes + size > UPSTREAMS_BYTES_MAX) {
      batches.push([]);
      bytes = 0;
    }
    bytes += size;
    batches.at(-1)?.push(...deliveries);
  }
  return batches;
}

function upstreamsOf(deliveries: Delivery[], replay_url: string, door: string): Upstream[] {
  const by_key = new Map<string, Upstream>();
  for (const { one, model } of deliveries) {
    const key = keyOf(model);
    const known = by_key.get(key);
    if (known !== undefined) known.models.push(model);
    else
      by_key.set(key, {
        id: key,
        provider: providerOf(one, door),
        base_url: replay_url,
        credential: 'recorded',
        models: [model],
      });
  }
  return [...by_key.values()];
}

const keyOf = (model: string): string => model.split('@')[0] ?? model;

/** Starts a replay server and the gateway in front of it, on free ports and with a database of their own. */
export const startReplay = (deliveries: Delivery[], door: string): Promise<RunningGateway> =>
  startReplayOf(new Map(deliveries.map(({ one, model }) => [keyOf(model), one.recording])), (replay_url) =>
    upstreamsOf(deliveries, replay_url, door),
  );

/** The same for recordings of any kind. */
export async function startReplayOf(
  recordings: ReadonlyMap<string, Recording>,
  upstreams: (replay_url: string) => Upstream[],
): Promise<RunningGateway> {
  const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-conformance-'));
  const simulator = await createSimulator();
  for (const [key, recording] of recordings) simulator.addReplay(key, recording);
  const stop = async (): Promise<void> => {
    await Promise.all([stopAll(), simulator.close()]);
    rmSync(persist_to, { recursive: true, force: true });
  };
  try {
    const admin_key = createKey('admin', (length) => crypto.getRandomValues(new Uint8Array(length))).text;
    const { base_url } = await startGateway({
      port: await freePort(20_787),
      admin_key,
      upstreams: JSON.stringify(upstreams(simulator.url)),
      persist_to,
    });
    const key = (await admin(base_url, admin_key, 'POST', 'keys', {
      name: 'conformance',
      environment: 'dev',
    })) as { secret: string };
    const authorization = `Bearer ${key.secret}`;
    return {
      stop,
      post: (route, body, bare) => post(base_url + route, authorization, body, bare),
      receipt: (request_id) => readReceipt(`${base_url}/v1/receipts/${request_id}`, authorization),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function post(
  url: string,
  authorization: string,
  body: string,
  bare: boolean,
): Promise<{ received: Received; request_id: string | null }> {
  const headers: Record<string, string> = { authorization, 'content-type': 'application/json' };
  if (bare) headers['x-llm-gateway-body'] = 'off';
  const signal = AbortSignal.timeout(REQUEST_MS_MAX);
  const response = await fetch(url, { method: 'POST', headers, body, signal });
  const received: Received = {
    status: response.status,
    content_type: response.headers.get('content-type') ?? '',
    body_text: '',
    broken: false,
  };
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? [])
      received.body_text += decoder.decode(chunk as Uint8Array, { stream: true });
    received.body_text += decoder.decode();
  } catch {
    received.broken = true;
  }
  return { received, request_id: response.headers.get('x-request-id') };
}

async function readReceipt(url: string, authorization: string): Promise<Receipt | null> {
  const response = await fetch(url, { headers: { authorization } });
  const body = objectOf(await response.json());
  if (!response.ok) return null;
  return {
    tokens: (objectOf(body['execution'])['tokens'] ?? null) as Tokens | null,
    estimated: objectOf(body['cost'])['estimated'] === true,
  };
}
