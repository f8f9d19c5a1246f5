import type { Answer, AnswerHead, ModelRequest, RequestBounds } from '@sluice/contract';
import { checkCount, checkModel, checkText, invalidField, refuseStream } from './body-fields.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { createPlainDoor } from './plain-door.ts';
import { spliceReceipt } from './splice-receipt.ts';

const DOCUMENTS_MAX = 10_000;
/** Documents that one search ranks, and characters that are surely one: Cohere cuts longer ones at 500 tokens. */
const DOCUMENTS_PER_SEARCH = 100;
const CHARS_PER_DOCUMENT = 500;

/**
 * The shape that Cohere began and Jina, Together, vLLM and others took over.
 * @see https://docs.cohere.com/reference/rerank (read 2026-11-21)
 */
export const rerankDoor = createPlainDoor({
  protocol: 'rerank',
  operation: 'rerank',
  bounds,
  renderAnswer,
});

function bounds(asked: ModelRequest, body_bytes: number): RequestBounds {
  const documents = asked['documents'] as unknown[];
  const pieces = documents.length + Math.floor(body_bytes / CHARS_PER_DOCUMENT);
  return {
    // The query is read again with each document.
    input_tokens: Math.ceil((body_bytes + String(asked['query']).length * 4 * documents.length) / 2),
    output_tokens: 0,
    units: Math.ceil(pieces / DOCUMENTS_PER_SEARCH),
  };
}

/** @throws GatewayError invalid_json, invalid_request */
export function parseRerank(body_text: string): ModelRequest {
  const body = parseJsonBody(body_text);
  checkModel(body, 'rerank-v3.5');
  refuseStream(body);
  checkText(body, 'query');
  checkCount(body, 'top_n', 1, DOCUMENTS_MAX);
  const { documents } = body;
  if (!Array.isArray(documents) || documents.length === 0 || documents.length > DOCUMENTS_MAX)
    throw invalidField('documents', `must be a list of 1 to ${DOCUMENTS_MAX} documents`);
  for (let at = 0; at < documents.length; at += 1) {
    const document: unknown = documents[at];
    if (typeof document !== 'string' && (typeof document !== 'object' || document === null))
      throw invalidField(`documents[${at}]`, 'must be a text or an object with one');
  }
  return body as unknown as ModelRequest;
}

function renderAnswer(answer: Answer, head: AnswerHead, receipt: string | null): string {
  const text = JSON.stringify({ id: head.id, model: head.model, results: answer.ranking ?? [] });
  return receipt === null ? text : spliceReceipt(text, receipt);
}
