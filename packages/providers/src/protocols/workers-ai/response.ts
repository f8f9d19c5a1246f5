import type { Answer, ProviderFailure } from '@sluice/contract';
import { malformed, parseAnswer as parseOpenai } from '../chat-completions/response.ts';
import { asRecord, asText, type Loose } from '../gemini/lenient.ts';
import { parseErrorBody } from './error.ts';
import { isNative, nativeCalls, nativeText, unwrap, withoutEmptyUsage } from './native.ts';

/** A whole answer of either shape, in the REST API's envelope or without it. */
export function parseAnswer(raw: unknown): { answer: Answer } | { failure: ProviderFailure } {
  const envelope = asRecord(raw);
  if (envelope === null) return { failure: malformed('The body is not a JSON object.') };
  const failure = parseErrorBody(envelope, null);
  if (failure !== null) return { failure };
  const body = unwrap(envelope);
  return parseOpenai(withoutEmptyUsage(isNative(body) ? toOpenai(body) : body));
}

function toOpenai(body: Loose): Loose {
  const tool_calls = (Array.isArray(body['tool_calls']) ? body['tool_calls'] : []).flatMap((call, seen) =>
    nativeCalls([call], seen),
  );
  const content = nativeText(body['response']);
  return {
    id: body['id'],
    model: body['model'],
    usage: body['usage'],
    choices: [
      {
        index: 0,
        message: { content: content === '' && tool_calls.length > 0 ? null : content, tool_calls },
        finish_reason: asText(body['finish_reason']),
      },
    ],
  };
}
