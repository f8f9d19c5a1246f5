import type {
  Answer,
  AnswerChoice,
  AnswerHead,
  Door,
  GatewayError,
  ReasoningDetail,
  ToolCall,
} from '@sluice/contract';
import { renderErrorBody } from '../errors.ts';
import { amendChatBody } from './amend-body.ts';
import { createStreamRenderer } from './chat-stream.ts';
import { renderUsage } from './chat-usage.ts';
import { spliceReceipt } from './splice-receipt.ts';

/** OpenAI's chat completions toward the client. */
export const chatDoor: Door = {
  protocol: 'chat-completions',
  operation: 'chat',
  amend: amendChatBody,
  answerId: (request_id) => `chatcmpl-${request_id.slice(request_id.indexOf('_') + 1)}`,
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
    // `error` is no word of OpenAI's; any other would make a failure look like an answer.
    finish_reason: choice.finish_reason,
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

/** openai-node throws at any event with a truthy `error`, and stops: no `[DONE]` follows. */
function renderStreamError(error: GatewayError, request_id: string): string {
  return `data: ${renderErrorBody(error, request_id)}\n\n`;
}
