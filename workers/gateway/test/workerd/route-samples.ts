import { healthy, streamed, type Upstream } from './gateway-fixture.ts';

/** What a route is walked with: a body that works, and whether its answer can be a stream. */
export interface RouteSample {
  body: (stream: boolean) => Record<string, unknown> | FormData;
  streams: boolean;
  /** The answer is our own: no provider is asked. */
  alone?: boolean;
}

const MESSAGES = [{ role: 'user', content: 'Hello' }];

function form(fields: Record<string, string>, file: string): FormData {
  const filled = new FormData();
  for (const [name, value] of Object.entries(fields)) filled.set(name, value);
  filled.set(file, new File(['some bytes'], 'file.bin'));
  return filled;
}

const json = (body: Record<string, unknown>): RouteSample => ({ body: () => ({ ...body }), streams: false });

const streaming = (body: Record<string, unknown>): RouteSample => ({
  body: (stream) => ({ ...body, stream }),
  streams: true,
});

/** Connections that the samples need beside those of every fixture. */
export const SAMPLE_CONNECTIONS = [
  { id: 'small', provider: 'mistral', models: ['small-chat'] },
  { id: 'ranker', provider: 'openai-compatible', models: ['ranker'] },
];

/** By path without `/v1`. A route that is not here fails its test. */
export const ROUTE_SAMPLES: Record<string, RouteSample> = {
  '/chat/completions': streaming({ model: 'gpt-4o-mini', messages: MESSAGES }),
  '/responses': streaming({ model: 'small-chat', input: 'Hello' }),
  '/messages': streaming({ model: 'gpt-4o-mini', messages: MESSAGES, max_tokens: 50 }),
  '/messages/count_tokens': { ...json({ model: 'gpt-4o-mini', messages: MESSAGES }), alone: true },
  '/embeddings': json({ model: 'text-embedding-3-small', input: 'Hello' }),
  '/completions': streaming({ model: 'gpt-3.5-turbo-instruct', prompt: 'Hello' }),
  '/images/generations': streaming({ model: 'gpt-image-1', prompt: 'A cat' }),
  '/images/edits': {
    body: (stream) => form({ model: 'gpt-image-1', prompt: 'A hat', stream: String(stream) }, 'image'),
    streams: true,
  },
  '/audio/speech': json({ model: 'tts-1', input: 'Hello', voice: 'alloy' }),
  '/audio/transcriptions': {
    body: (stream) => form({ model: 'gpt-4o-transcribe', stream: String(stream) }, 'file'),
    streams: true,
  },
  '/audio/translations': { body: () => form({ model: 'whisper-1' }, 'file'), streams: false },
  '/moderations': json({ model: 'omni-moderation-latest', input: 'Hello' }),
  '/rerank': json({ model: 'ranker', query: 'Hello', documents: ['a', 'b'] }),
};

const event = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;
const TOKENS = { type: 'tokens', input_tokens: 5, output_tokens: 7 };

/** Answers every operation like a provider that is well. */
export const versatile: Upstream = (call) => {
  const { path, body } = call;
  const streams = body['stream'] === true || body['stream'] === 'true';
  if (path.endsWith('/chat/completions')) return healthy(call);
  if (path.endsWith('/embeddings'))
    return Response.json({ data: [{ index: 0, embedding: [0.5] }], usage: { prompt_tokens: 2 } });
  if (path.endsWith('/completions')) {
    const choice = { index: 0, text: 'Good day', finish_reason: 'stop' };
    const whole = {
      object: 'text_completion',
      choices: [choice],
      usage: { prompt_tokens: 2, completion_tokens: 3 },
    };
    return streams ? streamed([event(whole), 'data: [DONE]\n\n']) : Response.json(whole);
  }
  if (path.includes('/images/'))
    return streams
      ? streamed([event({ type: 'image_generation.completed', b64_json: 'AA==', usage: TOKENS })])
      : Response.json({ data: [{ b64_json: 'AA==' }], usage: TOKENS });
  if (path.endsWith('/speech')) return new Response('sound', { headers: { 'content-type': 'audio/mpeg' } });
  if (path.includes('/audio/'))
    return streams
      ? streamed([event({ type: 'transcript.text.done', text: 'Good day', usage: TOKENS })])
      : Response.json({ text: 'Good day', usage: { type: 'duration', seconds: 3 } });
  if (path.endsWith('/moderations')) return Response.json({ results: [{ flagged: false }] });
  if (path.endsWith('/rerank')) return Response.json({ results: [{ index: 0, relevance_score: 1 }] });
  throw new Error(`no sample answer for ${path}`);
};
