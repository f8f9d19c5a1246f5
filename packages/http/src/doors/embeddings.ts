import type {
  Answer,
  AnswerHead,
  EmbeddingsRequest,
  ModelRequest,
  RequestBounds,
  Vector,
} from '@sluice/contract';
import { inputTokens } from '@sluice/core/money';
import { checkCount, checkModel, invalidField, refuseStream } from './body-fields.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { createPlainDoor } from './plain-door.ts';
import { spliceReceipt } from './splice-receipt.ts';

const INPUTS_MAX = 2048;

/** OpenAI's embeddings. @see https://platform.openai.com/docs/api-reference/embeddings (read 2026-11-21) */
export const embeddingsDoor = createPlainDoor({
  protocol: 'embeddings',
  operation: 'embeddings',
  bounds: inputBounds,
  renderAnswer,
});

/** For what only reads: one token for every two bytes, nothing written. A window holds for each input, not for all. */
export function inputBounds(_asked: ModelRequest, body_bytes: number): RequestBounds {
  return { input_tokens: Math.ceil(body_bytes / 2), output_tokens: 0, units: 0 };
}

/** @throws GatewayError invalid_json, invalid_request */
export function parseEmbeddings(body_text: string): EmbeddingsRequest {
  const body = parseJsonBody(body_text);
  checkModel(body, 'text-embedding-3-small');
  refuseStream(body);
  checkCount(body, 'dimensions', 1, 100_000);
  const format = body['encoding_format'];
  if (format !== undefined && format !== null && typeof format !== 'string')
    throw invalidField('encoding_format', 'must be "float" or "base64"');
  checkInput(body['input']);
  return body as unknown as EmbeddingsRequest;
}

function checkInput(input: unknown): void {
  if (typeof input === 'string') return;
  const must = 'must be a text, a list of texts, a list of token ids, or a list of such lists';
  if (!Array.isArray(input) || input.length === 0) throw invalidField('input', must);
  const [first] = input as unknown[];
  if (typeof first === 'number') {
    if (!input.every(isTokenId)) throw invalidField('input', must);
    return;
  }
  if (input.length > INPUTS_MAX) throw invalidField('input', `may hold at most ${INPUTS_MAX} inputs`);
  for (let at = 0; at < input.length; at += 1) {
    const one: unknown = input[at];
    const fits = typeof first === 'string' ? typeof one === 'string' : isTokens(one);
    if (!fits) throw invalidField(`input[${at}]`, 'must be of the same kind as the input before it');
  }
}

const isTokenId = (value: unknown): boolean => Number.isInteger(value);
const isTokens = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isTokenId);

function renderAnswer(answer: Answer, head: AnswerHead, receipt: string | null): string {
  const base64 = head.asked?.['encoding_format'] === 'base64';
  const prompt_tokens = answer.usage === null ? head.input_tokens : inputTokens(answer.usage);
  const text = JSON.stringify({
    object: 'list',
    data: (answer.vectors ?? []).map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: base64 ? toBase64(vector) : toNumbers(vector),
    })),
    model: head.model,
    usage: { prompt_tokens, total_tokens: prompt_tokens },
  });
  return receipt === null ? text : spliceReceipt(text, receipt);
}

/** Little-endian 32-bit floats, whatever the machine. */
function toBase64(vector: Vector): string {
  if (typeof vector === 'string') return vector;
  const bytes = new Uint8Array(vector.length * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < vector.length; at += 1) view.setFloat32(at * 4, vector[at] ?? 0, true);
  let text = '';
  // `apply` takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function toNumbers(vector: Vector): number[] {
  if (typeof vector !== 'string') return vector;
  const text = atob(vector);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length >> 2 }, (_, at) => view.getFloat32(at * 4, true));
}
