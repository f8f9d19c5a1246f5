import type { MemberEdit } from '@sluice/contract';
import {
  type Answer,
  type EmbeddingsRequest,
  GatewayError,
  type PassThrough,
  type Protocol,
  type ProviderFailure,
  type RenderedRequest,
  type RenderOptions,
  type ScannedAnswer,
  type Vector,
} from '@sluice/contract';
import { findFailure } from '../chat-completions/stream.ts';
import { findUsage, isRecord } from '../chat-completions/usage.ts';
import { renderJson } from '../plain/render-json.ts';
import { createScan, parseObject } from '../plain/scan.ts';
import { answerOf, UNTRANSLATED } from '../plain/untranslated.ts';
import { noVectors, requireTexts } from './inputs.ts';

/** Where a server that speaks OpenAI's embeddings differs from it. */
export interface EmbeddingsQuirks {
  /** It sends numbers only, whatever is asked for: then the gateway encodes them. */
  numbers_only: boolean;
  /** It takes texts only; the name is for the error. */
  texts_only: string | null;
  /** Its own name of `dimensions`. */
  dimensions: string;
}

const NO_QUIRKS: EmbeddingsQuirks = { numbers_only: false, texts_only: null, dimensions: 'dimensions' };

/**
 * OpenAI's embeddings, as OpenAI and everyone who imitates it speaks it.
 * @see https://platform.openai.com/docs/api-reference/embeddings (read 2026-11-21)
 */
export function embeddings(given: Partial<EmbeddingsQuirks> = {}): Protocol<EmbeddingsRequest> {
  const quirks: EmbeddingsQuirks = { ...NO_QUIRKS, ...given };
  return {
    ...UNTRANSLATED,
    id: 'embeddings',
    operation: 'embeddings',
    renderRequest: (asked, options) => renderRequest(asked, options, quirks),
    parseAnswer,
    ...(quirks.numbers_only ? {} : { pass_through }),
  };
}

/** Far more inputs than any server takes. */
const INPUTS_MAX = 2048;

function renderRequest(
  asked: EmbeddingsRequest,
  options: RenderOptions,
  quirks: EmbeddingsQuirks,
): RenderedRequest {
  if (quirks.texts_only !== null) requireTexts(asked, quirks.texts_only, INPUTS_MAX);
  const edits = new Map<string, MemberEdit>();
  if (quirks.numbers_only) {
    if (!['float', 'base64'].includes(asked.encoding_format ?? 'float'))
      throw new GatewayError('invalid_request', '`encoding_format` must be "float" or "base64".', {
        param: 'encoding_format',
      });
    edits.set('encoding_format', 'remove');
  }
  if (quirks.dimensions !== 'dimensions' && asked.dimensions !== undefined)
    edits.set('dimensions', asked.dimensions === null ? 'remove' : { rename: quirks.dimensions });
  return renderJson('/embeddings', asked, options, edits);
}

function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  if (!isRecord(body)) return noVectors();
  const failure = findFailure(body);
  if (failure !== null) return { failure };
  const vectors: Vector[] = [];
  for (const one of Array.isArray(body['data']) ? body['data'] : []) {
    const vector: unknown = isRecord(one) ? one['embedding'] : null;
    if (!isRecord(one) || (typeof vector !== 'string' && !Array.isArray(vector))) return noVectors();
    // Servers answer in order; where one says an index, that is what holds.
    vectors[typeof one['index'] === 'number' ? one['index'] : vectors.length] = vector as Vector;
  }
  if (vectors.length === 0 || Object.keys(vectors).length !== vectors.length) return noVectors();
  const model = typeof body['model'] === 'string' ? body['model'] : null;
  return { answer: answerOf(findUsage(body), { vectors, model }) };
}

const scan = createScan({ usageOf: findUsage });

const pass_through: PassThrough = { ...scan, scanAnswer };

/** An answer shorter than this may as well be read whole; an error always is. */
const SHORT_CHARS = 4096;

/** A batch of vectors has megabytes of numbers, and all that is wanted of it stands at its end. */
function scanAnswer(text: string): ScannedAnswer {
  const at = text.length < SHORT_CHARS ? -1 : text.lastIndexOf('"usage"');
  const tail = at < 0 ? null : parseObject(`{${text.slice(at)}`);
  if (tail === null) return scan.scanAnswer(text);
  const scanned = scan.scanAnswer('{}');
  scanned.usage = findUsage(tail);
  return scanned;
}
