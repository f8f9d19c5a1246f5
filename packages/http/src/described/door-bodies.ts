import type { JsonSchema } from './entry.ts';

/**
 * Bodies of the doors. They are read by hand, not with a schema, and pass on what they do not know: so these name
 * what the gateway itself looks at, and everything else of the vendor's API is allowed.
 */
const open = (required: string[], properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  required,
  properties,
  additionalProperties: true,
});

const MODEL: JsonSchema = {
  type: 'string',
  description:
    '`auto`, `provider/model`, a model or alias, `chain/NAME`, `assistant/NAME`, `split/NAME` or `pool/NAME`.',
};
const STREAM: JsonSchema = { type: 'boolean', default: false };
const TEXT: JsonSchema = { type: 'string' };
const TEXTS: JsonSchema = { anyOf: [TEXT, { type: 'array', items: {} }] };
const TURNS: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['role'],
    properties: { role: TEXT, content: {} },
    additionalProperties: true,
  },
};
const FILE: JsonSchema = { type: 'string', contentMediaType: 'application/octet-stream' };

const positive = (description: string): JsonSchema => ({ type: 'integer', minimum: 1, description });

/** Hints in the body; each is also a header of the same name. */
const HINTS: Record<string, JsonSchema> = {
  'x-routing-hints': {
    type: 'object',
    properties: {
      priority: { type: 'string', enum: ['cost', 'latency', 'quality', 'balanced'] },
      max_latency_ms: positive('Models that are slower than this are left out.'),
      prefer_providers: { type: 'array', items: TEXT },
      exclude_providers: { type: 'array', items: TEXT },
      min_quality_score: { type: 'number', minimum: 0, maximum: 1 },
    },
  },
  'x-fallback-chain': { type: 'array', items: TEXT, maxItems: 8 },
  'x-cache': {
    type: 'object',
    properties: {
      enabled: { type: 'boolean' },
      similarity_threshold: { type: 'number', minimum: 0, maximum: 1 },
      ttl_seconds: positive('How long an answer may be used again.'),
      namespace: TEXT,
    },
  },
  'x-metadata': { type: 'object', additionalProperties: TEXT, maxProperties: 16 },
  'x-timeout': {
    type: 'object',
    properties: {
      first_byte_ms: positive('Until the first byte of the answer.'),
      idle_ms: positive('Between two pieces of a stream.'),
      total_ms: positive('In all.'),
    },
  },
  'x-stream-failover': { type: 'string', enum: ['stop', 'restart_if_unseen', 'continue'] },
};

const CHAT = { model: MODEL, messages: TURNS, stream: STREAM, max_tokens: positive('Of the answer.') };

export const DOOR_BODIES = {
  createChatCompletion: open(['model', 'messages'], { ...CHAT, ...HINTS }),
  createResponse: open(['model'], {
    model: MODEL,
    input: TEXTS,
    instructions: { type: ['string', 'null'] },
    stream: STREAM,
    max_output_tokens: positive('Of the answer.'),
    ...HINTS,
  }),
  createMessage: open(['model', 'messages', 'max_tokens'], { ...CHAT, system: TEXTS, ...HINTS }),
  countMessageTokens: open(['model', 'messages'], { model: MODEL, messages: TURNS, system: TEXTS }),
  createEmbedding: open(['model', 'input'], {
    model: MODEL,
    input: TEXTS,
    dimensions: positive('Of each vector.'),
    encoding_format: { type: 'string', enum: ['float', 'base64'] },
  }),
  createCompletion: open(['model', 'prompt'], { model: MODEL, prompt: TEXTS, stream: STREAM }),
  createImage: open(['model', 'prompt'], {
    model: MODEL,
    prompt: TEXT,
    n: positive('How many.'),
    size: TEXT,
  }),
  editImage: open(['model', 'image', 'prompt'], { model: MODEL, image: FILE, prompt: TEXT }),
  createSpeech: open(['model', 'input', 'voice'], { model: MODEL, input: TEXT, voice: {} }),
  createTranscription: open(['model', 'file'], { model: MODEL, file: FILE }),
  createTranslation: open(['model', 'file'], { model: MODEL, file: FILE }),
  createModeration: open(['input'], { model: MODEL, input: TEXTS }),
  rerank: open(['model', 'query', 'documents'], {
    model: MODEL,
    query: TEXT,
    documents: { type: 'array', items: {} },
    top_n: positive('How many of the best.'),
  }),
} as const satisfies Record<string, JsonSchema>;
