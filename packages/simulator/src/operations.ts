import { embed, renderEmbeddings } from './embed.ts';
import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Failure } from './protocol.ts';
import { opaqueOf } from './text.ts';
import { countTokens, splitTokens } from './tokens.ts';

/** What an operation beside chat answers, in the pieces in which it leaves. */
export interface Performed {
  content_type: string;
  pieces: (string | Uint8Array)[];
  input_tokens: number;
  output_tokens: number;
  /** Images, characters, seconds, searches. */
  units: number;
}

type Perform = (body: JsonObject, model: string, serial: string) => Performed | Failure;

const CREATED = 1_763_700_000;
/** Mono, 16 bits, 16 kHz: what a sound file is taken for here. */
const BYTES_PER_SECOND = 32_000;

const json = (body: unknown, billed: Partial<Performed> = {}): Performed => ({
  content_type: 'application/json',
  pieces: [JSON.stringify(body)],
  input_tokens: 0,
  output_tokens: 0,
  units: 0,
  ...billed,
});

const missing = (param: string): Failure => ({
  kind: 'invalid',
  message: `Missing required parameter: '${param}'.`,
  param,
  code: 'missing_required_parameter',
});

const event = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;

function performEmbeddings(body: JsonObject, model: string): Performed | Failure {
  if (body['input'] === undefined) return missing('input');
  const { body: answer, tokens } = renderEmbeddings(body, model);
  return json(answer, { input_tokens: tokens });
}

function performGeminiEmbeddings(body: JsonObject): Performed {
  const requests = listOf(body['requests']).map(objectOf);
  const texts = requests.map((one) => textOf(objectOf(listOf(objectOf(one['content'])['parts'])[0])['text']));
  const size = numberOf(requests[0]?.['outputDimensionality']) ?? 256;
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return json(
    { embeddings: texts.map((text) => ({ values: [...embed(text, size)] })) },
    { input_tokens: tokens },
  );
}

function performCompletions(body: JsonObject, model: string, serial: string): Performed | Failure {
  if (body['prompt'] === undefined) return missing('prompt');
  const prompts = Array.isArray(body['prompt']) ? body['prompt'] : [body['prompt']];
  const limit = numberOf(body['max_tokens']) ?? 16;
  const n = numberOf(body['n']) ?? 1;
  const written = Math.max(n, numberOf(body['best_of']) ?? 1);
  const texts = prompts.map((prompt) =>
    splitTokens(`You said: ${String(prompt)}. `.repeat(8)).slice(0, limit),
  );
  const input_tokens = prompts.reduce((sum: number, prompt) => sum + countTokens(String(prompt)), 0);
  const output_tokens = texts.reduce((sum, text) => sum + text.length * written, 0);
  const usage = {
    prompt_tokens: input_tokens,
    completion_tokens: output_tokens,
    total_tokens: input_tokens + output_tokens,
  };
  const head = { id: `cmpl-${opaqueOf(serial, 29)}`, object: 'text_completion', created: CREATED, model };
  const choice = (index: number, text: string, finish_reason: string | null): JsonObject => ({
    text,
    index,
    logprobs: null,
    finish_reason,
  });
  const billed = { input_tokens, output_tokens };
  const answers = texts.flatMap((text) => Array.from({ length: n }, () => text));
  if (body['stream'] !== true)
    return json(
      { ...head, choices: answers.map((text, at) => choice(at, text.join(''), 'length')), usage },
      billed,
    );
  const with_usage = objectOf(body['stream_options'])['include_usage'] === true;
  const pieces = answers.flatMap((text, at) => [
    ...text.map((token) => event({ ...head, choices: [choice(at, token, null)] })),
    event({ ...head, choices: [choice(at, '', 'length')] }),
  ]);
  if (with_usage) pieces.push(event({ ...head, choices: [], usage }));
  return {
    ...json(null, billed),
    content_type: 'text/event-stream',
    pieces: [...pieces, 'data: [DONE]\n\n'],
  };
}

/** One grey pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const TOKENS_PER_IMAGE = 272;

function performImages(body: JsonObject, model: string): Performed | Failure {
  if (textOf(body['prompt']) === '') return missing('prompt');
  const n = Number(body['n'] ?? 1);
  const by_token = model.includes('gpt-image');
  const files = [body['image'], body['image[]'], body['images']].flat().filter((one) => one !== undefined);
  const text_tokens = countTokens(textOf(body['prompt']));
  const image_tokens = files.length * 194;
  const input_tokens = by_token ? text_tokens + image_tokens : 0;
  const output_tokens = by_token ? n * TOKENS_PER_IMAGE : 0;
  const usage = {
    total_tokens: input_tokens + output_tokens,
    input_tokens,
    output_tokens,
    input_tokens_details: { text_tokens, image_tokens },
  };
  const billed = { input_tokens, output_tokens, units: n };
  if (body['stream'] === true || body['stream'] === 'true') {
    const kind = files.length > 0 ? 'image_edit' : 'image_generation';
    const pieces = [
      event({ type: `${kind}.partial_image`, b64_json: PNG, partial_image_index: 0 }),
      event({ type: `${kind}.completed`, b64_json: PNG, usage }),
    ];
    return { ...json(null, billed), content_type: 'text/event-stream', pieces };
  }
  const data = Array.from({ length: n }, () => ({ b64_json: PNG }));
  return json({ created: CREATED, data, ...(by_token ? { usage } : {}) }, billed);
}

const SOUND_PIECE_BYTES = 256;

/** Three bytes for each character, in three pieces and more: enough to see that they come as they are. */
function performSpeech(body: JsonObject): Performed | Failure {
  const input = textOf(body['input']);
  if (input === '') return missing('input');
  const sound = Uint8Array.from({ length: input.length * 3 }, (_, at) => (at * 7) % 256);
  const size = Math.min(input.length, SOUND_PIECE_BYTES);
  const pieces = Array.from({ length: Math.ceil(sound.length / size) }, (_, at) =>
    sound.slice(at * size, (at + 1) * size),
  );
  return { ...json(null, { units: input.length }), content_type: 'audio/mpeg', pieces };
}

const TRANSCRIPT = 'The quick brown fox jumps over the lazy dog.';

function performSound(body: JsonObject, model: string): Performed | Failure {
  const size = numberOf(objectOf(body['file'])['size']);
  if (size === null) return missing('file');
  const seconds = Math.max(1, Math.ceil((size - 44) / BYTES_PER_SECOND));
  const by_token = model.includes('transcribe');
  const output_tokens = by_token ? countTokens(TRANSCRIPT) : 0;
  const input_tokens = by_token ? seconds * 10 : 0;
  const usage = by_token
    ? {
        type: 'tokens',
        input_tokens,
        output_tokens,
        total_tokens: input_tokens + output_tokens,
        input_token_details: { text_tokens: 0, audio_tokens: input_tokens },
      }
    : { type: 'duration', seconds };
  const billed = { input_tokens, output_tokens, units: by_token ? 0 : seconds };
  const plain = (text: string): Performed => ({
    ...json(null, billed),
    content_type: 'text/plain; charset=utf-8',
    pieces: [text],
  });
  const end = `00:00:${String(Math.min(59, seconds - 1)).padStart(2, '0')}`;
  // The older models take no notice of it.
  if (by_token && body['stream'] === 'true') {
    const pieces = splitTokens(TRANSCRIPT).map((delta) => event({ type: 'transcript.text.delta', delta }));
    pieces.push(event({ type: 'transcript.text.done', text: TRANSCRIPT, usage }));
    return { ...json(null, billed), content_type: 'text/event-stream', pieces };
  }
  switch (textOf(body['response_format'])) {
    case 'text':
      return plain(`${TRANSCRIPT}\n`);
    case 'srt':
      return plain(`1\n00:00:00,000 --> ${end},000\n${TRANSCRIPT}\n\n`);
    case 'vtt':
      return plain(`WEBVTT\n\n00:00:00.000 --> ${end}.000\n${TRANSCRIPT}\n\n`);
    case 'verbose_json':
      return json(
        { task: 'transcribe', language: 'english', duration: seconds, text: TRANSCRIPT, segments: [], usage },
        billed,
      );
    default:
      return json({ text: TRANSCRIPT, usage }, billed);
  }
}

function performModerations(body: JsonObject, model: string, serial: string): Performed | Failure {
  if (body['input'] === undefined) return missing('input');
  const inputs = Array.isArray(body['input']) ? body['input'] : [body['input']];
  const results = inputs.map((input) => {
    const violence = /kill|attack/i.test(typeof input === 'string' ? input : JSON.stringify(input));
    return {
      flagged: violence,
      categories: { violence },
      category_scores: { violence: violence ? 0.98 : 0.001 },
    };
  });
  return json({ id: `modr-${opaqueOf(serial, 29)}`, model: model || 'omni-moderation-latest', results });
}

function performRerank(body: JsonObject, _model: string, serial: string): Performed | Failure {
  const query = textOf(body['query']);
  if (query === '') return missing('query');
  const words = new Set(query.toLowerCase().split(/\W+/));
  const documents = listOf(body['documents']).map((one) => textOf(one) || textOf(objectOf(one)['text']));
  const scored = documents.map((text, index) => ({
    index,
    relevance_score:
      text
        .toLowerCase()
        .split(/\W+/)
        .filter((word) => words.has(word)).length / words.size,
  }));
  scored.sort((a, b) => b.relevance_score - a.relevance_score);
  const search_units = Math.ceil(documents.length / 100);
  return json(
    {
      id: opaqueOf(serial, 24),
      results: scored.slice(0, numberOf(body['top_n']) ?? scored.length),
      meta: { api_version: { version: '2' }, billed_units: { search_units } },
    },
    { units: search_units },
  );
}

const OPERATIONS: readonly [end: RegExp, perform: Perform][] = [
  [/:batchEmbedContents$/, performGeminiEmbeddings],
  [/\/embeddings$/, performEmbeddings],
  [/(?<!\/chat)\/completions$/, performCompletions],
  [/\/images\/(?:generations|edits)$/, performImages],
  [/\/audio\/speech$/, performSpeech],
  [/\/audio\/(?:transcriptions|translations)$/, performSound],
  [/\/moderations$/, performModerations],
  [/\/rerank$/, performRerank],
];

/** The operation beside chat that a path names; `null` = none. */
export const findOperation = (path: string): Perform | null =>
  OPERATIONS.find(([end]) => end.test(path))?.[1] ?? null;
