import { feedbackCreate } from '../give-feedback.ts';
import { tokenCreate } from '../mint-token.ts';
import { DOOR_BODIES } from './door-bodies.ts';
import { entriesOf, type RouteEntry } from './entry.ts';

const door = entriesOf('Models at work', '');
const own = entriesOf('Your key', '');
const gateway = entriesOf('The gateway', '');

interface DoorEntry {
  path: `/${string}`;
  id: keyof typeof DOOR_BODIES;
  summary: string;
  answer: string;
  /** Its path without the version is served, too. */
  bare: boolean;
  body_type?: string;
  answer_types?: string[];
}

const DOORS: readonly DoorEntry[] = [
  {
    path: '/chat/completions',
    id: 'createChatCompletion',
    summary: 'Chat, as OpenAI has it',
    answer: 'A chat completion, or its chunks with `stream: true`.',
    bare: true,
    answer_types: ['text/event-stream'],
  },
  {
    path: '/responses',
    id: 'createResponse',
    summary: 'Chat, as OpenAI’s Responses API has it',
    answer: 'A response, or its events with `stream: true`.',
    bare: true,
    answer_types: ['text/event-stream'],
  },
  {
    path: '/messages',
    id: 'createMessage',
    summary: 'Chat, as Anthropic has it',
    answer: 'A message, or its events with `stream: true`. Errors come in Anthropic’s envelope.',
    bare: false,
    answer_types: ['text/event-stream'],
  },
  {
    path: '/messages/count_tokens',
    id: 'countMessageTokens',
    summary: 'Count the tokens of a message',
    answer: 'The count; nothing is charged.',
    bare: false,
  },
  {
    path: '/embeddings',
    id: 'createEmbedding',
    summary: 'Embeddings',
    answer: 'Vectors.',
    bare: true,
  },
  {
    path: '/completions',
    id: 'createCompletion',
    summary: 'Completions of a bare prompt',
    answer: 'A completion, or its chunks with `stream: true`.',
    bare: true,
    answer_types: ['text/event-stream'],
  },
  {
    path: '/images/generations',
    id: 'createImage',
    summary: 'Make images',
    answer: 'Images.',
    bare: true,
  },
  {
    path: '/images/edits',
    id: 'editImage',
    summary: 'Change images',
    answer: 'Images.',
    bare: true,
    body_type: 'multipart/form-data',
  },
  {
    path: '/audio/speech',
    id: 'createSpeech',
    summary: 'Read a text aloud',
    answer: 'The sound itself.',
    bare: true,
    answer_types: ['audio/*'],
  },
  {
    path: '/audio/transcriptions',
    id: 'createTranscription',
    summary: 'Write down what is said',
    answer: 'The text.',
    bare: true,
    body_type: 'multipart/form-data',
    answer_types: ['text/plain'],
  },
  {
    path: '/audio/translations',
    id: 'createTranslation',
    summary: 'Write down in English what is said',
    answer: 'The text.',
    bare: true,
    body_type: 'multipart/form-data',
    answer_types: ['text/plain'],
  },
  {
    path: '/moderations',
    id: 'createModeration',
    summary: 'Judge a text',
    answer: 'Categories and scores.',
    bare: true,
  },
  {
    path: '/rerank',
    id: 'rerank',
    summary: 'Sort documents by a question',
    answer: 'Documents with their scores, best first.',
    bare: true,
  },
];

function doorEntries({
  path,
  id,
  summary,
  answer,
  bare,
  body_type,
  answer_types = [],
}: DoorEntry): RouteEntry[] {
  const more = {
    credential: 'key',
    roles: [],
    body_json: DOOR_BODIES[id],
    ...(body_type === undefined ? {} : { body_type }),
    answer,
    answer_types,
  } as const;
  const entry = door(`POST /v1${path}`, id, summary, more);
  return bare ? [entry, { ...entry, path, id: `${id}Unversioned`, hidden: true }] : [entry];
}

const KEYED = { credential: 'key', roles: [] } as const;
const OPEN = { credential: 'nobody_asked', roles: [] } as const;

/** What needs no administrator: the doors, what a key may know of itself, and the gateway's own pages. */
export const PUBLIC_ENTRIES: readonly RouteEntry[] = [
  ...DOORS.flatMap(doorEntries),
  own('GET /v1/models', 'listModels', 'Models that this key may use', {
    ...KEYED,
    answer: 'Models, as OpenAI lists them, with prices, windows and abilities.',
  }),
  own('GET /v1/models/*', 'getModel', 'One model', { ...KEYED, answer: 'The model.' }),
  own('GET /v1/key', 'getOwnKey', 'What this key may do, what it has used and what is left', {
    ...KEYED,
    answer: 'Limits and budgets of the key.',
  }),
  own('GET /v1/receipts/:id', 'getReceipt', 'Why that model answered, and what it cost', {
    ...KEYED,
    answer: 'The receipt.',
  }),
  own('GET /v1/streams/:id', 'continueStream', 'The rest of a stream after a lost connection', {
    ...KEYED,
    answer: 'The events after the one that the header `Last-Event-ID` names, from the request with this id.',
    answer_types: ['text/event-stream'],
  }),
  own('POST /v1/feedback', 'giveFeedback', 'Say how good an answer was', {
    ...KEYED,
    body: feedbackCreate,
    answer: 'What is kept; of one request the last word holds.',
  }),
  own('POST /v1/tokens', 'createToken', 'Make a short-lived, narrower stand-in for this key, for a page', {
    credential: 'key_only',
    roles: [],
    body: tokenCreate,
    status: 201,
    answer: 'The token, shown this once.',
  }),
  gateway(
    'GET /.well-known/sluice-receipt-keys.json',
    'getReceiptKeys',
    'Public keys that receipts are signed with',
    {
      ...OPEN,
      answer: 'A JSON Web Key Set.',
    },
  ),
  gateway('GET /healthz', 'getHealthz', 'Whether the gateway runs', {
    ...OPEN,
    answer: 'Its status and version.',
  }),
  gateway('GET /metrics', 'scrapeMetrics', 'Metrics for Prometheus', {
    credential: 'metrics',
    roles: [],
    answer:
      'Of all organizations for the metrics token, of your own for an admin key; 404 where metrics are off.',
    answer_types: ['text/plain', 'application/openmetrics-text'],
    no_json: true,
  }),
  gateway('GET /openapi.json', 'getDescription', 'This description', { ...OPEN, answer: 'OpenAPI 3.1.' }),
  gateway('GET /', 'getHomePage', 'What runs here', {
    ...OPEN,
    answer: 'A page.',
    answer_types: ['text/html'],
    hidden: true,
  }),
];
