import type {
  Answer,
  AnswerChoice,
  AnswerHead,
  Door,
  GatewayError,
  ReasoningDetail,
  ToolCall,
  Usage,
} from '@sluice/contract';
import { renderErrorBody } from '../errors.ts';
import { createStreamRenderer } from './chat-stream.ts';

/** OpenAI's chat completions toward the client. */
export const chatDoor: Door = {
  protocol: 'chat-completions',
  renderAnswer,
  spliceReceipt,
  createStreamRenderer,
  renderError: renderErrorBody,
  renderStreamError,
};

function renderAnswer(answer: Answer, head: AnswerHead, receipt: string | null): string {
  const body: Record<string, unknown> = {
    id: answer.id ?? head.id,
    object: 'chat.completion',
    created: answer.created ?? head.created,
    model: answer.model ?? head.model,
    choices: answer.choices.map(renderChoice),
    usage: answer.usage === null ? null : renderUsage(answer.usage),
  };
  if (answer.service_tier !== null) body['service_tier'] = answer.service_tier;
  body['system_fingerprint'] = answer.system_fingerprint;
  const text = JSON.stringify(body);
  return receipt === null ? text : spliceReceipt(text, receipt);
}

function renderChoice(choice: AnswerChoice): Record<string, unknown> {
  const message: Record<string, unknown> = {
    role: 'assistant',
    content: choice.content,
    refusal: choice.refusal,
    annotations: choice.annotations,
  };
  if (choice.reasoning.length > 0) {
    const text = reasoningText(choice.reasoning);
    if (text !== '') message['reasoning_content'] = text;
    message['reasoning_details'] = choice.reasoning;
  }
  if (choice.images.length > 0)
    message['images'] = choice.images.map((url) => ({ type: 'image_url', image_url: { url } }));
  if (choice.tool_calls.length > 0) message['tool_calls'] = choice.tool_calls.map(renderToolCall);
  return {
    index: choice.index,
    message,
    logprobs: choice.logprobs ?? null,
    finish_reason: choice.finish_reason === 'error' ? 'stop' : choice.finish_reason,
  };
}

function renderToolCall(call: ToolCall): Record<string, unknown> {
  const { id, type, extra_content } = call;
  const rendered: Record<string, unknown> = {
    id,
    type,
    function: { name: call.function.name, arguments: call.function.arguments },
  };
  if (extra_content) rendered['extra_content'] = extra_content;
  return rendered;
}

const reasoningText = (details: ReasoningDetail[]): string => {
  let text = '';
  for (const detail of details) text += detail.text ?? detail.summary ?? '';
  return text;
};

/** Disjoint buckets as OpenAI counts them: cached and audio tokens inside the prompt, reasoning inside the completion. */
export function renderUsage(usage: Usage): Record<string, unknown> {
  const cache_write_tokens = usage.cache_write_tokens + usage.cache_write_1h_tokens;
  const prompt_tokens =
    usage.input_tokens + usage.cache_read_tokens + cache_write_tokens + usage.input_audio_tokens;
  const completion_tokens = usage.output_tokens + usage.reasoning_tokens + usage.output_audio_tokens;
  const prompt_tokens_details: Record<string, number> = {
    cached_tokens: usage.cache_read_tokens,
    audio_tokens: usage.input_audio_tokens,
  };
  if (cache_write_tokens > 0) prompt_tokens_details['cache_write_tokens'] = cache_write_tokens;
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details,
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning_tokens,
      audio_tokens: usage.output_audio_tokens,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function spliceReceipt(body_text: string, receipt: string): string {
  const end = body_text.lastIndexOf('}');
  if (end < 0) return body_text;
  const comma = /\{\s*$/.test(body_text.slice(Math.max(0, end - 64), end)) ? '' : ',';
  return `${body_text.slice(0, end)}${comma}"x-llm-gateway":${receipt}${body_text.slice(end)}`;
}

/** openai-node throws at any event with a truthy `error`, and stops: no `[DONE]` follows. */
function renderStreamError(error: GatewayError, request_id: string): string {
  return `data: ${renderErrorBody(error, request_id)}\n\n`;
}
