import type { Observed, Received } from './door.ts';
import { isLoose, type Loose, objectOf, parseJson, textOf } from './loose.ts';

/** What was seen of an answer before any of it is read. */
export const nothingObserved = ({ status, body_text, broken }: Received, streamed: boolean): Observed => ({
  status,
  streamed,
  body_text,
  id: null,
  model: null,
  choices: 0,
  text: '',
  reasoning: '',
  refusal: '',
  tool_calls: [],
  finish: null,
  tokens: null,
  usage_chunks: 0,
  signatures: [],
  annotations: 0,
  logprobs: false,
  error: null,
  grammar: [],
  broken,
});

export function addSignature(value: unknown, seen: Observed): void {
  const signature = textOf(value);
  if (signature === '' || seen.signatures.includes(signature)) return;
  seen.signatures.push(signature);
  seen.signatures.sort();
}

/** Reasoning of another provider travels in a wrapper of the gateway's own; what counts is what is inside. */
export function addWrapped(value: unknown, seen: Observed): void {
  const text = textOf(value);
  if (!text.startsWith('sluice-')) {
    addSignature(value, seen);
    return;
  }
  const inner = parseJson(text.slice(text.indexOf(':') + 1));
  for (const detail of Array.isArray(inner) ? inner : [inner]) {
    addSignature(objectOf(detail)['data'], seen);
    addSignature(objectOf(detail)['signature'], seen);
  }
}

/** OpenAI's envelope. */
export function readOpenAiError(body: Loose): Observed['error'] {
  const error = body['error'];
  if (!error) return null;
  if (!isLoose(error)) return { code: null, message: String(error), param: null };
  const code = error['code'] ?? null;
  return {
    code: code === null ? null : String(code),
    message: textOf(error['message']),
    param: textOf(error['param']) || null,
  };
}
