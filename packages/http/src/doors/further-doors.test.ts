import { GatewayError, type ModelRequest } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { MODEL_ROUTES } from './model-routes.ts';

const routeOf = (path: string) => {
  const route = MODEL_ROUTES.find((one) => one.path === path);
  if (route === undefined) throw new Error(`no route ${path}`);
  return route;
};

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

function formOf(fields: Record<string, string | Blob>): RequestInit {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return { method: 'POST', body: form };
}

const read = (path: string, init: RequestInit) =>
  routeOf(path).read(new Request(`http://gateway${path}`, init));

async function boundsOf(path: string, init: RequestInit) {
  const { asked, bytes } = await read(path, init);
  const bounds = routeOf(path).door.bounds?.(asked, bytes);
  if (bounds === undefined) throw new Error(`${path} has no bounds`);
  return { asked, bytes, ...bounds };
}

const FILE = new Blob([new Uint8Array(5_000)]);

describe('what is refused is named', () => {
  it.each<[string, RequestInit, string | null]>([
    ['/v1/embeddings', json('{'), null],
    ['/v1/embeddings', json({ model: 'm' }), 'input'],
    ['/v1/embeddings', json({ model: 'm', input: [[1], []] }), 'input[1]'],
    ['/v1/embeddings', json({ model: 'm', input: [1, 'a'] }), 'input'],
    ['/v1/embeddings', json({ model: 'm', input: new Array(2049).fill('a') }), 'input'],
    ['/v1/completions', json({ model: 'm', prompt: [] }), 'prompt'],
    ['/v1/completions', json({ model: 'm', prompt: 'a', best_of: 200 }), 'best_of'],
    ['/v1/completions', json({ model: 'm', prompt: 'a', max_completion_tokens: 5 }), 'max_completion_tokens'],
    ['/v1/images/generations', json({ model: 'm', prompt: 'a', n: 11 }), 'n'],
    ['/v1/images/generations', json({ model: 'm', prompt: '' }), 'prompt'],
    ['/v1/images/edits', json({ model: 'm', prompt: 'a' }), 'images'],
    ['/v1/images/edits', formOf({ model: 'm', prompt: 'a', image: FILE, n: '0' }), 'n'],
    ['/v1/images/edits', formOf({ model: 'm', prompt: 'a', image: 'no file' }), 'image'],
    ['/v1/audio/speech', json({ model: 'm' }), 'input'],
    ['/v1/audio/transcriptions', formOf({ model: 'm' }), 'file'],
    ['/v1/audio/transcriptions', formOf({ file: FILE }), 'model'],
    ['/v1/audio/transcriptions', formOf({ model: 'm', file: FILE, stream: 'maybe' }), 'stream'],
    ['/v1/moderations', json({ model: 'm', input: [] }), 'input'],
    ['/v1/moderations', json({ model: 'm', input: 'a', stream: true }), 'stream'],
    ['/v1/rerank', json({ model: 'm', query: 'a', documents: ['b', 3] }), 'documents[1]'],
    ['/v1/rerank', json({ model: 'm', documents: ['b'] }), 'query'],
  ])('%s %#', async (path, init, param) => {
    const refused = await read(path, init).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(GatewayError);
    expect(refused).toMatchObject({ status: 400, param });
  });

  it('a field of a form that is there twice, since two readers could take different ones', async () => {
    const form = new FormData();
    form.append('model', 'cheap');
    form.append('model', 'dear');
    form.append('file', FILE);
    const init = { method: 'POST', body: form };
    await expect(read('/v1/audio/transcriptions', init)).rejects.toMatchObject({ param: 'model' });
  });

  it('a form over the size limit, before it is read', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '99999999' };
    const request = new Request('http://gateway/', { method: 'POST', headers, body: 'x' });
    await expect(routeOf('/v1/images/edits').read(request)).rejects.toMatchObject({
      code: 'request_too_large',
    });
  });
});

describe('bounds hold whatever the request can come to', () => {
  it('for embeddings: every token id of the body, and no output', async () => {
    const input = Array.from({ length: 500 }, (_, at) => at % 10);
    const { input_tokens, output_tokens } = await boundsOf('/v1/embeddings', json({ model: 'm', input }));
    expect(input_tokens).toBeGreaterThanOrEqual(500);
    expect(output_tokens).toBe(0);
  });

  it('for completions: each prompt, as often as it is written', async () => {
    const body = { model: 'm', prompt: ['a', 'b', 'c'], n: 2, best_of: 5, max_tokens: 100 };
    const { output_tokens } = await boundsOf('/v1/completions', json(body));
    expect((output_tokens ?? 0) * 2).toBe(3 * 5 * 100);
    const one = await boundsOf('/v1/completions', json({ model: 'm', prompt: [1, 2, 3] }));
    expect(one.output_tokens).toBeNull();
    const several = await boundsOf('/v1/completions', json({ model: 'm', prompt: [[1], [2]] }));
    expect(several.output_tokens).toBe(32);
  });

  it('for images: all of them at their size, never fewer tokens than that', async () => {
    const body = { model: 'm', prompt: 'a', n: 3, size: '1536x1024', partial_images: 2 };
    const bounds = await boundsOf('/v1/images/generations', json(body));
    expect(bounds.units).toBe(3);
    expect(bounds.output_tokens).toBeGreaterThan(6_240 + 200);
    expect(bounds.output_tokens_floor).toBe((bounds.output_tokens ?? 0) * 3);
  });

  it('for images to edit: each that is read, in a form or as JSON', async () => {
    const form = await boundsOf(
      '/v1/images/edits',
      formOf({ model: 'm', prompt: 'a', image: FILE, mask: FILE }),
    );
    expect(form.input_tokens).toBeGreaterThan(2 * 8_000);
    const images = [{ image_url: 'https://a.test/a.png' }, { file_id: 'f' }];
    const told = await boundsOf('/v1/images/edits', json({ model: 'm', prompt: 'a', images }));
    expect(told.input_tokens).toBeGreaterThan(2 * 8_000);
  });

  it('for sound: its longest, and for speech: each character', async () => {
    const sound = await boundsOf('/v1/audio/transcriptions', formOf({ model: 'm', file: FILE }));
    expect(sound.units).toBe(10);
    expect(sound.input_tokens).toBeGreaterThanOrEqual(100);
    const speech = await boundsOf('/v1/audio/speech', json({ model: 'm', input: 'Hello' }));
    expect(speech.units).toBe(5);
  });

  it('for rerank: a search for each hundred pieces, long documents cut', async () => {
    const few = { model: 'm', query: 'q', documents: ['a', 'b'] };
    expect((await boundsOf('/v1/rerank', json(few))).units).toBe(1);
    const many = { model: 'm', query: 'q', documents: new Array(250).fill('a') };
    expect((await boundsOf('/v1/rerank', json(many))).units).toBe(3);
    const long = { model: 'm', query: 'q', documents: ['word '.repeat(20_000)] };
    expect((await boundsOf('/v1/rerank', json(long))).units).toBeGreaterThanOrEqual(2);
  });
});

describe('a form', () => {
  it('is read as the request model: its stream and its count as what they mean, its hints as hints', async () => {
    const init = formOf({
      model: 'm',
      prompt: 'a',
      image: FILE,
      n: '2',
      stream: 'true',
      'x-metadata': '{"a":"b"}',
    });
    const { asked, text } = await read('/v1/images/edits', init);
    expect(asked).toMatchObject({ model: 'm', n: 2, stream: true, 'x-metadata': '{"a":"b"}' });
    expect(text).toBe('');
  });

  it('cannot reach what only the gateway sets', async () => {
    const init = formOf({
      model: 'm',
      file: FILE,
      sound_seconds: '0',
      form: 'x',
      metadata: 'x',
      __proto__x: 'y',
    });
    const { asked } = (await read('/v1/audio/transcriptions', init)) as { asked: ModelRequest };
    expect(asked['sound_seconds']).toBe(10);
    expect(asked['form']).toBeInstanceOf(FormData);
    expect(asked.metadata).toBeUndefined();
  });
});

it('moderations name OpenAI’s own default where the client names none', async () => {
  const { asked } = await read('/v1/moderations', json({ input: 'a' }));
  expect(asked.model).toBe('omni-moderation-latest');
});
