import type { Answer, AnswerChoice, ProviderFailure, ReasoningDetail, ToolCall } from '@sluice/contract';
import { parseErrorObject } from './error.ts';
import {
  inventToolCallId,
  readArguments,
  readParts,
  readReasoningDetails,
  readThoughtSignature,
} from './message.ts';
import { findUsage, isRecord, parseFinishReason } from './usage.ts';

/** A whole answer. A body with a truthy `error` is a failure that came with status 200; so is one without choices. */
export function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  if (!isRecord(body)) return { failure: malformed('The body is not a JSON object.') };
  if (body['error']) return { failure: parseErrorObject(body, null) };
  const raw_choices = body['choices'];
  if (!Array.isArray(raw_choices) || raw_choices.length === 0)
    return { failure: malformed('The body holds no choices.') };

  const id = text(body['id']);
  const choices: AnswerChoice[] = [];
  for (const [position, raw] of raw_choices.entries()) {
    if (!isRecord(raw)) return { failure: malformed(`choices[${position}] is not an object.`) };
    if (raw['error']) return { failure: parseErrorObject(raw, null) };
    choices.push(parseChoice(raw, position, id));
  }
  return {
    answer: {
      id,
      model: text(body['model']),
      created: typeof body['created'] === 'number' ? body['created'] : null,
      choices,
      usage: findUsage(body),
      service_tier: text(body['service_tier']),
      system_fingerprint: text(body['system_fingerprint']),
    },
  };
}

function parseChoice(raw: Record<string, unknown>, position: number, id: string | null): AnswerChoice {
  const message = isRecord(raw['message']) ? raw['message'] : {};
  const index = typeof raw['index'] === 'number' ? raw['index'] : position;
  const parts = readParts(message);
  const tool_calls = parseToolCalls(message, index, id);
  const native = text(raw['finish_reason']);
  const refusal = text(message['refusal']);
  const has_content = parts.text !== '' || (message['content'] === '' && tool_calls.length === 0);
  return {
    index,
    content: has_content && !(parts.text === '' && refusal !== null) ? parts.text : null,
    refusal,
    reasoning: parseReasoning(message, parts.reasoning),
    tool_calls,
    annotations: Array.isArray(message['annotations']) ? message['annotations'] : [],
    logprobs: raw['logprobs'] ?? null,
    // A whole answer without a reason has ended by itself: the server just did not say so.
    finish_reason: parseFinishReason(native ?? 'stop', tool_calls.length > 0),
    native_finish_reason: text(raw['native_finish_reason']) ?? native,
    images: parts.images,
  };
}

function parseToolCalls(message: Record<string, unknown>, choice: number, id: string | null): ToolCall[] {
  const calls: ToolCall[] = [];
  const raw_calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : [];
  const on_message = readThoughtSignature(message);
  for (const raw of raw_calls) {
    if (!isRecord(raw) || !isRecord(raw['function'])) continue;
    const call: ToolCall = {
      id: text(raw['id']) ?? inventToolCallId(id, choice, calls.length),
      type: 'function',
      function: {
        name: text(raw['function']['name']) ?? '',
        arguments: readArguments(raw['function']['arguments']) || '{}',
      },
    };
    // Of parallel calls only the first is signed; older answers carried that signature on the message.
    const signature = readThoughtSignature(raw) ?? (calls.length === 0 ? on_message : null);
    if (signature !== null) call.extra_content = { google: { thought_signature: signature } };
    calls.push(call);
  }
  const legacy = message['function_call'];
  if (calls.length === 0 && isRecord(legacy) && typeof legacy['name'] === 'string')
    calls.push({
      id: inventToolCallId(id, choice, 0),
      type: 'function',
      function: { name: legacy['name'], arguments: readArguments(legacy['arguments']) || '{}' },
    });
  return calls;
}

function parseReasoning(message: Record<string, unknown>, plain: string): ReasoningDetail[] {
  const details = readReasoningDetails(message['reasoning_details']);
  const told = details.some((detail) => detail.text || detail.summary);
  if (plain !== '' && !told)
    details.unshift({ type: 'reasoning.text', text: plain, format: 'unknown', index: 0 });
  return details;
}

export const malformed = (message: string): ProviderFailure => ({
  kind: 'malformed',
  status: null,
  message,
  code: null,
  param: null,
  retry_after_ms: null,
});

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
