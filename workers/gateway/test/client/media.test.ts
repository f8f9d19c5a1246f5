import { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import {
  attemptsOn,
  base_url,
  createVirtualKey,
  eventually,
  keyView,
  openaiFor,
  receiptOf,
  simulator_url,
} from './harness.ts';

/** So many seconds of silence: mono, 16 bits, 16 kHz. */
function wav(seconds: number): Buffer {
  const bytes = Buffer.alloc(44 + seconds * 32_000);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(seconds * 32_000, 40);
  return bytes;
}

const sound = (seconds = 3) => toFile(wav(seconds), 'words.wav', { type: 'audio/wav' });
const picture = () => toFile(Buffer.from('89504e470d0a1a0a', 'hex'), 'cat.png', { type: 'image/png' });

const call = (key: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${base_url}/v1/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
    },
    body: body instanceof FormData ? body : JSON.stringify(body),
  });

const idOf = (response: Response): string => response.headers.get('x-request-id') ?? '';

const costOf = async (key: string, id: string): Promise<number> =>
  Math.round(((await receiptOf(key, id)).cost.provider_cost_usd ?? Number.NaN) * 1e9);

describe('legacy completions', () => {
  const model = 'gpt-3.5-turbo-instruct';

  it('come whole, and cost what they say', async () => {
    const { secret } = await createVirtualKey();
    const { data, response } = await openaiFor(secret)
      .completions.create({ model, prompt: 'Once upon a time', max_tokens: 20 })
      .withResponse();
    expect(data.choices[0]?.text.length).toBeGreaterThan(10);
    const { prompt_tokens = 0, completion_tokens = 0 } = data.usage ?? {};
    expect(await costOf(secret, idOf(response))).toBe(prompt_tokens * 1500 + completion_tokens * 2000);
  });

  it('stream the same text, with usage only for who asked for it, and are billed in any case', async () => {
    const { secret } = await createVirtualKey();
    const client = openaiFor(secret);
    const body = { model, prompt: 'Tell me more', max_tokens: 20 };
    const whole = await client.completions.create(body);
    for (const include_usage of [false, true]) {
      const { data, response } = await client.completions
        .create({ ...body, stream: true, ...(include_usage ? { stream_options: { include_usage } } : {}) })
        .withResponse();
      let text = '';
      let usages = 0;
      for await (const chunk of data) {
        text += chunk.choices[0]?.text ?? '';
        if (chunk.usage) usages += 1;
      }
      expect(text).toBe(whole.choices[0]?.text);
      expect(usages).toBe(include_usage ? 1 : 0);
      expect(await costOf(secret, idOf(response))).toBe(
        (whole.usage?.prompt_tokens ?? 0) * 1500 + (whole.usage?.completion_tokens ?? 0) * 2000,
      );
    }
  });

  it('hold the whole of what several prompts can write', async () => {
    const { secret } = await createVirtualKey({
      budgets: [{ window: 'total', limit_usd: 0.001, hard: true }],
    });
    const prompt = Array.from({ length: 100 }, (_, at) => `Prompt ${at}`);
    const response = await call(secret, 'completions', { model, prompt, max_tokens: 100 });
    expect(response.status).toBe(402);
  });

  it('are refused without a prompt, by its name', async () => {
    const { secret } = await createVirtualKey();
    const response = await call(secret, 'completions', { model });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'prompt' } });
  });
});

describe('images', () => {
  it('priced by tokens cost what the answer counts, images that were read included', async () => {
    const { secret } = await createVirtualKey();
    const client = openaiFor(secret);
    const made = await client.images
      .generate({ model: 'gpt-image-1', prompt: 'A cat', n: 2, size: '1024x1024' })
      .withResponse();
    expect(made.data.data).toHaveLength(2);
    expect(made.data.data?.[0]?.b64_json?.length).toBeGreaterThan(50);
    const { usage } = made.data;
    expect(await costOf(secret, idOf(made.response))).toBe(
      (usage?.input_tokens ?? 0) * 5_000 + (usage?.output_tokens ?? 0) * 40_000,
    );
    const edited = await client.images
      .edit({ model: 'gpt-image-1', image: [await picture(), await picture()], prompt: 'A hat on it' })
      .withResponse();
    const details = edited.data.usage?.input_tokens_details;
    expect(details?.image_tokens).toBe(388);
    expect(await costOf(secret, idOf(edited.response))).toBe(
      (details?.text_tokens ?? 0) * 5_000 + 388 * 10_000 + (edited.data.usage?.output_tokens ?? 0) * 40_000,
    );
  });

  it('priced by the piece cost so many pieces', async () => {
    const { secret } = await createVirtualKey();
    const { response } = await openaiFor(secret)
      .images.generate({ model: 'dall-e-2', prompt: 'A dog', n: 3 })
      .withResponse();
    expect(await costOf(secret, idOf(response))).toBe(3 * 20_000_000);
  });

  it('stream with their parts, and are billed at the end', async () => {
    const { secret } = await createVirtualKey();
    const { data, response } = await openaiFor(secret)
      .images.generate({ model: 'gpt-image-1', prompt: 'A bird', stream: true, partial_images: 1 })
      .withResponse();
    const types: string[] = [];
    for await (const event of data) types.push(event.type);
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    expect(await costOf(secret, idOf(response))).toBeGreaterThan(272 * 40_000);
  });

  it('never overspend a hard budget with many requests at once', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 1, hard: true }] });
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const body = { model: 'dall-e-3', prompt: 'A budget' };
        return (await call(key.secret, 'images/generations', body)).status;
      }),
    );
    const view = await eventually(
      () => keyView(key.secret),
      ({ budgets }) => budgets[0]?.held_usd === 0,
    );
    // Eight at twelve cents; a ninth would be too much.
    expect(statuses.filter((status) => status === 200)).toHaveLength(8);
    expect(view.budgets[0]?.spent_usd).toBe(0.96);
  });

  it('that a short budget cannot pay for are refused, not made smaller', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 0.05, hard: true }] });
    const body = { model: 'gpt-image-1', prompt: 'A poor cat', size: '1024x1024' };
    expect((await call(key.secret, 'images/generations', body)).status).toBe(402);
  });

  it('of a model without a price are refused to a key with a budget', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 5, hard: true }] });
    const response = await call(key.secret, 'images/generations', { model: 'openai/new-brush', prompt: 'x' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'model_unpriced' } });
  });

  it('to edit are refused without a file, by its name', async () => {
    const { secret } = await createVirtualKey();
    const form = new FormData();
    form.set('model', 'gpt-image-1');
    form.set('prompt', 'A hat');
    const response = await call(secret, 'images/edits', form);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'image' } });
  });
});

describe('speech', () => {
  it('comes as the bytes that the provider sends, priced by characters', async () => {
    const { secret } = await createVirtualKey();
    const input = 'Good morning, everybody.';
    const { data } = await openaiFor(secret)
      .audio.speech.create({ model: 'tts-1', voice: 'alloy', input })
      .withResponse();
    expect(data.headers.get('content-type')).toBe('audio/mpeg');
    const bytes = new Uint8Array(await data.arrayBuffer());
    expect([...bytes]).toEqual(Array.from({ length: input.length * 3 }, (_, at) => (at * 7) % 256));
    expect(await costOf(secret, idOf(data))).toBe(input.length * 15_000);
  });

  it('falls back before its first byte, and says so', async () => {
    const { secret } = await createVirtualKey();
    const response = await call(secret, 'audio/speech', {
      model: 'openai/voice-sim-500',
      voice: 'alloy',
      input: 'Hello',
      'x-fallback-chain': ['tts-1'],
    });
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBe(15);
    const receipt = await receiptOf(secret, idOf(response));
    expect(receipt.fallback.used).toBe(true);
    expect(receipt.execution).toMatchObject({ model: 'tts-1' });
  });

  it('that breaks off breaks off at the client, and is billed', async () => {
    const { secret } = await createVirtualKey();
    const model = 'openai/tts-1-sim-cut-rst';
    const response = await call(secret, 'audio/speech', { model, voice: 'alloy', input: 'Hello there' });
    await expect(response.arrayBuffer()).rejects.toThrow();
    const receipt = await receiptOf(secret, idOf(response));
    expect(receipt).toMatchObject({ ending: 'truncated' });
  });

  it('that the client leaves is told to the provider, and billed', async () => {
    const { secret } = await createVirtualKey();
    const leaving = new AbortController();
    const response = await fetch(`${base_url}/v1/audio/speech`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'openai/tts-1-sim-delay-50',
        voice: 'alloy',
        input: 'Hello '.repeat(5_000),
      }),
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    leaving.abort();
    const seen = await eventually(
      () => attemptsOn('tts-1-sim-delay-50'),
      (attempts) => attempts.at(-1)?.client_closed === true,
    );
    expect(seen.at(-1)?.client_closed).toBe(true);
    const receipt = await receiptOf(secret, idOf(response));
    expect(receipt).toMatchObject({ ending: 'aborted' });
  });
});

describe('transcriptions', () => {
  it.each(['json', 'verbose_json', 'text', 'srt', 'vtt'] as const)(
    'as %s come as they are',
    async (format) => {
      const { secret } = await createVirtualKey();
      const { data, response } = await openaiFor(secret)
        .audio.transcriptions.create({ model: 'whisper-1', file: await sound(30), response_format: format })
        .withResponse();
      const text = typeof data === 'string' ? data : (data as { text: string }).text;
      expect(text).toContain('The quick brown fox');
      if (format === 'vtt') expect(text.startsWith('WEBVTT')).toBe(true);
      const type = response.headers.get('content-type');
      expect(type).toContain(format.endsWith('json') ? 'application/json' : 'text/plain');
      const expected = format === 'text' ? 31 : 30;
      expect(await costOf(secret, idOf(response))).toBe(expected * 100_000);
    },
  );

  it('of a model priced by tokens cost its sound and its text', async () => {
    const { secret } = await createVirtualKey();
    const { response } = await openaiFor(secret)
      .audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await sound(4) })
      .withResponse();
    expect(await costOf(secret, idOf(response))).toBe(40 * 6_000 + 11 * 10_000);
  });

  it('stream, and are billed at the end', async () => {
    const { secret } = await createVirtualKey();
    const { data, response } = await openaiFor(secret)
      .audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await sound(4), stream: true })
      .withResponse();
    let text = '';
    for await (const event of data) if (event.type === 'transcript.text.delta') text += event.delta;
    expect(text).toContain('lazy dog');
    expect(await costOf(secret, idOf(response))).toBe(40 * 6_000 + 11 * 10_000);
  });

  it('that were to stream come whole from a model that cannot, as its provider does it', async () => {
    const { secret } = await createVirtualKey();
    const form = new FormData();
    for (const [name, value] of [
      ['model', 'whisper-1'],
      ['stream', 'true'],
    ] as const)
      form.set(name, value);
    form.set('file', new Blob([new Uint8Array(wav(3))]), 'a.wav');
    const response = await call(secret, 'audio/transcriptions', form);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ text: expect.stringContaining('fox') });
    expect(await costOf(secret, idOf(response))).toBe(300_000);
  });

  it('and translations reach the provider with every field and the file, the model by its own name', async () => {
    const { secret } = await createVirtualKey();
    await openaiFor(secret).audio.transcriptions.create({
      model: 'openai/whisper-of-fields',
      file: await sound(),
      language: 'en',
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    });
    const seen = (await attemptsOn('whisper-of-fields')).at(-1)?.request_body;
    expect(seen).toMatchObject({
      model: 'whisper-of-fields',
      language: 'en',
      'timestamp_granularities[]': ['word', 'segment'],
      file: { file: 'words.wav', type: 'audio/wav', size: 96_044 },
    });
    const translated = await openaiFor(secret).audio.translations.create({
      model: 'whisper-1',
      file: await sound(),
    });
    expect(translated.text).toContain('fox');
  });

  it('fall back with the whole form', async () => {
    const { secret } = await createVirtualKey();
    const form = new FormData();
    form.set('model', 'openai/ear-sim-500');
    form.set('file', new Blob([new Uint8Array(wav(2))]), 'a.wav');
    form.set('x-fallback-chain', 'whisper-1');
    const response = await call(secret, 'audio/transcriptions', form);
    expect(response.status).toBe(200);
    const receipt = await receiptOf(secret, idOf(response));
    expect(receipt.fallback.attempts.map(({ model }) => model).at(-1)).toBe('whisper-1');
  });

  it('never overspend a hard budget with many requests at once', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 0.02, hard: true }] });
    const file = new Blob([new Uint8Array(wav(20))]);
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const form = new FormData();
        form.set('model', 'whisper-1');
        form.set('file', file, 'a.wav');
        return (await call(key.secret, 'audio/transcriptions', form)).status;
      }),
    );
    const view = await eventually(
      () => keyView(key.secret),
      ({ budgets }) => budgets[0]?.held_usd === 0,
    );
    const served = statuses.filter((status) => status === 200).length;
    expect(served).toBeGreaterThan(0);
    expect(view.budgets[0]?.spent_usd).toBeCloseTo(served * 0.002, 9);
    expect(view.budgets[0]?.spent_usd).toBeLessThanOrEqual(0.02);
  });

  it.each([
    ['no form', JSON.stringify({ model: 'whisper-1' }), 'application/json', null],
    ['no boundary', 'x', 'multipart/form-data', null],
    [
      'no file',
      '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b--\r\n',
      'multipart/form-data; boundary=b',
      'file',
    ],
    [
      'no model',
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nx\r\n--b--\r\n',
      'multipart/form-data; boundary=b',
      'model',
    ],
  ])('with %s are refused', async (_, body, type, param) => {
    const { secret } = await createVirtualKey();
    const response = await fetch(`${base_url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': type },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', param } });
  });
});

describe('moderations', () => {
  it('are free, not unknown: a key with a spent budget may still ask', async () => {
    const { secret } = await createVirtualKey({
      budgets: [{ window: 'total', limit_usd: 0.0000001, hard: true }],
    });
    const { data, response } = await openaiFor(secret)
      .moderations.create({ input: ['I will attack', 'I like cats'] })
      .withResponse();
    expect(data.results.map(({ flagged }) => flagged)).toEqual([true, false]);
    expect(await costOf(secret, idOf(response))).toBe(0);
  });
});

describe('rerank', () => {
  it('ranks documents, priced by searches', async () => {
    const { secret } = await createVirtualKey();
    const response = await call(secret, 'rerank', {
      model: 'rerank-v3.5',
      query: 'capital of france',
      documents: ['Berlin is in Germany', 'Paris is the capital of France', 'Cats sleep'],
      top_n: 2,
    });
    expect(response.status).toBe(200);
    const body = (await response.json()) as { results: { index: number }[]; 'x-llm-gateway': unknown };
    expect(body.results.map(({ index }) => index)[0]).toBe(1);
    expect(body.results).toHaveLength(2);
    expect(body['x-llm-gateway']).toMatchObject({ cost_usd: 0.002, provider: 'cohere' });
    expect(await costOf(secret, idOf(response))).toBe(2_000_000);
  });

  it('is refused without documents, by their name', async () => {
    const { secret } = await createVirtualKey();
    const response = await call(secret, 'rerank', { model: 'rerank-v3.5', query: 'a', documents: [] });
    expect(await response.json()).toMatchObject({ error: { param: 'documents' } });
  });
});

it('equals the bill of the provider, summed over all that is priced by units', async () => {
  const { secret } = await createVirtualKey();
  await fetch(`${simulator_url}/__sim/prices`, {
    method: 'PUT',
    body: JSON.stringify({ 'tts-1-hd': { input: 0, output: 0, per_unit: 30_000 } }),
  });
  const before = await lineOf('tts-1-hd');
  const input = 'Said in high definition';
  const response = await call(secret, 'audio/speech', { model: 'tts-1-hd', voice: 'alloy', input });
  await response.arrayBuffer();
  expect((await lineOf('tts-1-hd')) - before).toBe(await costOf(secret, idOf(response)));
});

async function lineOf(model: string): Promise<number> {
  const response = await fetch(`${simulator_url}/__sim/ledger`);
  const { models } = (await response.json()) as { models: Record<string, { usd_nanos: number | null }> };
  return models[model]?.usd_nanos ?? 0;
}
