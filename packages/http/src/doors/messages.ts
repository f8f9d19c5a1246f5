import type { Answer, AnswerChoice, AnswerHead, Door, ReasoningDetail, ToolCall } from '@sluice/contract';
import { amendMessagesBody } from './amend-body.ts';
import { renderMessagesError, renderMessagesStreamError } from './messages-errors.ts';
import { mayWait, type ReasoningBlock, renderReasoning } from './messages-reasoning.ts';
import { renderStop } from './messages-stop.ts';
import { createMessagesRenderer } from './messages-stream.ts';
import { renderMessagesUsage } from './messages-usage.ts';
import { resumeMessages } from './resume-messages.ts';
import { spliceReceipt } from './splice-receipt.ts';

/** Anthropic's Messages toward the client. */
export const messagesDoor: Door = {
  protocol: 'anthropic',
  tells_anthropic_limits: true,
  operation: 'chat',
  amend: amendMessagesBody,
  forwards: ['anthropic-version', 'anthropic-beta'],
  request_id_header: 'request-id',
  answerId: (request_id) => `msg_${request_id.slice(request_id.indexOf('_') + 1)}`,
  renderAnswer,
  spliceReceipt,
  createStreamRenderer: createMessagesRenderer,
  resumeStream: resumeMessages,
  renderError: renderMessagesError,
  renderStreamError: renderMessagesStreamError,
};

function renderAnswer(answer: Answer, head: AnswerHead, receipt: string | null): string {
  const choice = answer.choices[0];
  const usage: Record<string, unknown> =
    answer.usage === null
      ? { input_tokens: head.input_tokens, output_tokens: 0 }
      : renderMessagesUsage(answer.usage);
  if (answer.service_tier !== null) usage['service_tier'] = answer.service_tier;
  const text = JSON.stringify({
    id: answer.id ?? head.id,
    type: 'message',
    role: 'assistant',
    model: answer.model ?? head.model,
    content: choice === undefined ? [] : renderContent(choice),
    ...renderStop({
      finish_reason: choice?.finish_reason ?? 'stop',
      native_finish_reason: choice?.native_finish_reason ?? null,
      tool_calls: (choice?.tool_calls.length ?? 0) > 0,
      refusal: choice?.refusal ?? null,
    }),
    usage,
  });
  return receipt === null ? text : spliceReceipt(text, receipt);
}

type ContentBlock =
  | ReasoningBlock
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> };

/** Reasoning before what it led to: text, or the call that it names. */
function renderContent(choice: AnswerChoice): ContentBlock[] {
  const blocks: ContentBlock[] = [];
  const of_call = new Map<string, ReasoningDetail>();
  const after_text: ReasoningDetail[] = [];
  for (const detail of choice.reasoning) {
    if (detail.id && choice.tool_calls.some(({ id }) => id === detail.id)) of_call.set(detail.id, detail);
    else if (mayWait(detail)) after_text.push(detail);
    else blocks.push(renderReasoning(detail));
  }
  const said = choice.content ?? choice.refusal;
  if (said) blocks.push({ type: 'text', text: said });
  for (const detail of after_text) blocks.push(renderReasoning(detail));
  for (const call of choice.tool_calls) {
    const detail = of_call.get(call.id) ?? signatureOf(call);
    if (detail !== null) blocks.push(renderReasoning(detail));
    const { name, arguments: json } = call.function;
    blocks.push({ type: 'tool_use', id: call.id, name, input: parseInput(json) });
  }
  return blocks;
}

function signatureOf({ id, extra_content }: ToolCall): ReasoningDetail | null {
  const data = extra_content?.google?.thought_signature;
  return data ? { type: 'reasoning.encrypted', data, format: 'google-gemini-v1', id } : null;
}

/** Anthropic's input is an object; what a model wrote instead must not be lost. */
function parseInput(json: string): Record<string, unknown> {
  if (json.trim() === '') return {};
  try {
    const input: unknown = JSON.parse(json);
    if (typeof input === 'object' && input !== null && !Array.isArray(input))
      return input as Record<string, unknown>;
    return input === null ? {} : { value: input };
  } catch {
    return { invalid_json: json };
  }
}
