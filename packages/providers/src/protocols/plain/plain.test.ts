import type { AnyProtocol, ModelRequest, RenderOptions } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { completions, imageEdits, images, moderations, rerank, speech, transcriptions } from './index.ts';

const optionsFor = (body_text: string, more: Partial<RenderOptions> = {}): RenderOptions => ({
  model: 'theirs',
  stream: false,
  output_tokens_max: null,
  abilities: {} as RenderOptions['abilities'],
  source: { protocol: 'completions', body_text, headers: {} },
  ...more,
});

function bodyOf(protocol: AnyProtocol, text: string, more: Partial<RenderOptions> = {}): string {
  return protocol.renderRequest(JSON.parse(text) as ModelRequest, optionsFor(text, more)).body;
}

const scanOf = (protocol: AnyProtocol, body: unknown) =>
  protocol.pass_through?.scanAnswer(typeof body === 'string' ? body : JSON.stringify(body));

describe('a body that is passed through', () => {
  it('keeps every byte but the model and what is meant for the gateway', () => {
    const text =
      '{ "model" : "ours",\n "prompt":"a\\u00e9", "seed": 12345678901234567890, "x-cache": {"enabled":true} }';
    expect(bodyOf(images, text)).toBe(
      '{ "model" : "theirs",\n "prompt":"a\\u00e9", "seed": 12345678901234567890 }',
    );
    const same = '{"input":"b" , "model":"theirs"}';
    expect(bodyOf(moderations, same)).toBe(same);
  });

  it('names the model where the client named none', () => {
    const asked = { model: 'omni', input: 'b' };
    expect(moderations.renderRequest(asked, optionsFor('{"input":"b"}')).body).toBe(
      '{"input":"b","model":"theirs"}',
    );
  });
});

describe('completions', () => {
  it('are lowered to what the budget pays for, shared among all texts', () => {
    const text = '{"model":"m","prompt":["a","b"],"n":2,"best_of":4,"max_tokens":100}';
    // 80 for each of 2 choices: 160 among 8 texts.
    const lowered = JSON.parse(
      bodyOf(completions as AnyProtocol, text, { output_tokens_max: 80 }),
    ) as unknown;
    expect(lowered).toMatchObject({ max_tokens: 20 });
    expect(() => bodyOf(completions as AnyProtocol, text, { output_tokens_max: 3 })).toThrow('budget');
    expect(bodyOf(completions as AnyProtocol, text)).toContain('"max_tokens":100');
  });

  it('say the default limit where several prompts would multiply it, and leave one prompt as it is', () => {
    expect(bodyOf(completions as AnyProtocol, '{"model":"m","prompt":["a","b"]}')).toContain(
      '"max_tokens":16',
    );
    expect(bodyOf(completions as AnyProtocol, '{"model":"m","prompt":"a"}')).not.toContain('max_tokens');
  });

  it('of a stream are complete only with a finish reason, and never with an error', () => {
    const chunk = (choice: unknown) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`;
    const scan = (completions as AnyProtocol).pass_through;
    const text = chunk({ text: 'Good', finish_reason: null });
    expect(scan?.scanHead(text)).toMatchObject({ content: true });
    expect(scan?.scanHead(chunk({ text: '', finish_reason: null }))).toMatchObject({ content: false });
    expect(scan?.scanStream(text)).toMatchObject({ complete: false, output_chars: 4 });
    expect(scan?.scanStream(text + chunk({ text: '', finish_reason: 'length' }))).toMatchObject({
      complete: true,
      finish_reason: 'length',
    });
    const broken = `${text}data: {"error":{"message":"gone","type":"server_error"}}\n\n`;
    expect(scan?.scanStream(broken)).toMatchObject({ complete: false, failure: { kind: 'overloaded' } });
    expect(
      scan?.scanHead('data: {"error":{"message":"no","type":"server_error"}}\n\n').failure,
    ).not.toBeNull();
  });
});

describe('a form that is sent on', () => {
  it('keeps its fields, their order and its files, with the name of the model and without what is ours', () => {
    const form = new FormData();
    form.append('prompt', 'A hat');
    form.append('model', 'ours');
    form.append('x-fallback-chain', 'b');
    form.append('image[]', new File(['a'], 'a.png', { type: 'image/png' }));
    form.append('image[]', new File(['bc'], 'b.png', { type: 'image/png' }));
    const sent = imageEdits.renderRequest({ model: 'ours', form }, optionsFor('')).form;
    expect([...(sent ?? [])].map(([name]) => name)).toEqual(['model', 'prompt', 'image[]', 'image[]']);
    expect(sent?.get('model')).toBe('theirs');
    const files = (sent?.getAll('image[]') ?? []) as unknown as File[];
    expect(files.map(({ name, size, type }) => [name, size, type])).toEqual([
      ['a.png', 1, 'image/png'],
      ['b.png', 2, 'image/png'],
    ]);
  });
});

describe('what an answer is billed by', () => {
  it('images: tokens with those of images apart, and pieces', () => {
    const usage = {
      input_tokens: 300,
      output_tokens: 1000,
      input_tokens_details: { text_tokens: 50, image_tokens: 250 },
    };
    expect(scanOf(images, { data: [{}, {}], usage })?.usage).toMatchObject({
      input_tokens: 50,
      input_image_tokens: 250,
      output_tokens: 1000,
      units: 2,
    });
    expect(scanOf(images, { data: [{}, {}] })?.usage).toMatchObject({ output_tokens: 0, units: 2 });
  });

  it('sound: tokens, seconds rounded up, the end of subtitles, and nothing known of plain text', () => {
    const sound = transcriptions() as AnyProtocol;
    const tokens = {
      type: 'tokens',
      input_tokens: 14,
      output_tokens: 4,
      input_token_details: { audio_tokens: 10 },
    };
    expect(scanOf(sound, { text: 'a', usage: tokens })?.usage).toMatchObject({
      input_tokens: 4,
      input_audio_tokens: 10,
      output_tokens: 4,
    });
    expect(scanOf(sound, { text: 'a', usage: { type: 'duration', seconds: 9.2 } })?.usage?.units).toBe(10);
    expect(scanOf(sound, { text: 'a', duration: '8.47' })?.usage?.units).toBe(9);
    const vtt = 'WEBVTT\n\n00:01.000 --> 01:02.500\nHi\n';
    expect(scanOf(sound, vtt)?.usage).toMatchObject({ units: 63, estimated: true });
    expect(scanOf(sound, '1\n00:00:00,000 --> 01:00:01,000\nHi\n')?.usage?.units).toBe(3602);
    expect(scanOf(sound, 'It ended at 00:01:00.000')).toMatchObject({ usage: null, complete: true });
  });

  it('sound at a provider that bills ten seconds at least', () => {
    const sound = transcriptions({ seconds_least: 10 }) as AnyProtocol;
    expect(scanOf(sound, { text: 'a', duration: 3 })?.usage?.units).toBe(10);
    expect(sound.usageOf?.({ model: 'm', sound_seconds: 4 })).toMatchObject({ units: 10, estimated: true });
  });

  it('speech: its characters, known before a byte is there', () => {
    expect(speech.usageOf?.({ model: 'm', input: 'Hello' })).toMatchObject({ units: 5, estimated: false });
  });

  it('rerank: searches, or tokens, or the searches that it must have been', () => {
    expect(scanOf(rerank(), { results: [], meta: { billed_units: { search_units: 2 } } })?.usage?.units).toBe(
      2,
    );
    expect(scanOf(rerank(), { results: [], usage: { total_tokens: 31 } })?.usage).toMatchObject({
      input_tokens: 31,
    });
    expect(scanOf(rerank(), { results: [] })?.usage).toBeNull();
    expect(rerank().usageOf?.({ model: 'm', documents: new Array(101) })).toMatchObject({
      units: 2,
      estimated: true,
    });
  });

  it('moderations: nothing, unless the provider counts', () => {
    expect(scanOf(moderations, { results: [] })?.usage).toMatchObject({ input_tokens: 0, estimated: false });
    expect(scanOf(moderations, { results: [], usage: { prompt_tokens: 7 } })?.usage).toMatchObject({
      input_tokens: 7,
    });
  });
});

describe('an answer that is a failure', () => {
  it.each([images, moderations, rerank(), transcriptions() as AnyProtocol, completions as AnyProtocol])(
    'with status 200 is seen as one ($id)',
    (protocol) => {
      const body = { error: { message: 'The model is overloaded', type: 'server_error' } };
      expect(scanOf(protocol, body)?.failure).toMatchObject({ kind: 'overloaded' });
      expect(protocol.parseAnswer(body)).toMatchObject({ failure: { kind: 'overloaded' } });
    },
  );

  it('is an answer that is no JSON where only JSON can be', () => {
    expect(scanOf(images, '<html>')?.failure).toMatchObject({ kind: 'malformed' });
  });
});
