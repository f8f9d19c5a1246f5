import type { Answer, AnswerChoice, ProviderFailure, ToolCall } from '@sluice/contract';
import { inventToolCallId, readArguments } from '../chat-completions/message.ts';
import { malformed } from '../chat-completions/response.ts';
import { asList, asRecord, asText, type Loose } from '../gemini/lenient.ts';
import { parseCitation } from './citations.ts';
import { parseErrorBody } from './error.ts';
import { parseLogprobs } from './logprobs.ts';
import { parseFinishReason, parseUsage } from './usage.ts';

/** A whole answer. Cohere names neither the model nor the time. */
export function parseAnswer(raw: unknown): { answer: Answer } | { failure: ProviderFailure } {
  const body = asRecord(raw);
  if (body === null) return { failure: malformed('The body is not a JSON object.') };
  const message = asRecord(body['message']);
  if (message === null) {
    return { failure: asText(body['message']) === null ? noMessage() : parseErrorBody(body, null) };
  }
  const id = asText(body['id']);
  const choice = parseChoice(body, message, id);
  if (choice.finish_reason === 'error' && choice.content === null && choice.tool_calls.length === 0)
    return { failure: failedTurn(choice.native_finish_reason ?? 'ERROR', asText(body['error'])) };
  return {
    answer: {
      id,
      model: null,
      created: null,
      choices: [choice],
      usage: parseUsage(body['usage']),
      service_tier: null,
      system_fingerprint: null,
    },
  };
}

const noMessage = (): ProviderFailure => malformed('The body holds no message.');

/** A turn that Cohere gave up, inside a 200. */
export const failedTurn = (finish: string, message: string | null): ProviderFailure => ({
  kind: finish === 'TIMEOUT' ? 'timeout' : 'overloaded',
  status: null,
  message: message ?? `The provider ended the answer with ${finish}.`,
  code: finish,
  param: null,
  retry_after_ms: null,
});

function parseChoice(body: Loose, message: Loose, id: string | null): AnswerChoice {
  const tool_calls = parseToolCalls(message, id);
  const { text, reasoning, offsets } = readContent(message);
  const native = asText(body['finish_reason']);
  const has_text = text !== '' || (tool_calls.length === 0 && message['content'] !== undefined);
  return {
    index: 0,
    content: has_text ? text : null,
    refusal: null,
    reasoning:
      reasoning === '' ? [] : [{ type: 'reasoning.text', text: reasoning, format: 'unknown', index: 0 }],
    tool_calls,
    annotations: asList(message['citations']).flatMap((citation) => {
      const index = asRecord(citation)?.['content_index'];
      return parseCitation(citation, typeof index === 'number' ? (offsets[index] ?? 0) : 0);
    }),
    logprobs: parseLogprobs(body['logprobs']),
    finish_reason: parseFinishReason(native ?? 'COMPLETE', tool_calls.length > 0),
    native_finish_reason: native,
    images: [],
  };
}

/** The plan before tool calls is what the model says to the user: text, as other models write it. */
function readContent(message: Loose): { text: string; reasoning: string; offsets: number[] } {
  let text = asText(message['tool_plan']) ?? '';
  let reasoning = '';
  const offsets: number[] = [];
  const content = message['content'];
  if (typeof content === 'string') text += content;
  for (const raw of asList(content)) {
    const item = asRecord(raw);
    offsets.push(text.length);
    if (item?.['type'] === 'thinking') reasoning += asText(item['thinking']) ?? '';
    else text += asText(item?.['text']) ?? '';
  }
  return { text, reasoning, offsets };
}

function parseToolCalls(message: Loose, id: string | null): ToolCall[] {
  return asList(message['tool_calls']).flatMap((raw, index): ToolCall[] => {
    const call = asRecord(raw);
    const inner = asRecord(call?.['function']);
    if (call === null || inner === null) return [];
    return [
      {
        id: asText(call['id']) || inventToolCallId(id, 0, index),
        type: 'function',
        function: {
          name: asText(inner['name']) ?? '',
          arguments: completeArguments(readArguments(inner['arguments'])),
        },
      },
    ];
  });
}

/** A tool without arguments is called with nothing, or with `null`. */
export const completeArguments = (text: string): string => {
  const trimmed = text.trim();
  return trimmed === '' || trimmed === 'null' ? '{}' : text;
};
