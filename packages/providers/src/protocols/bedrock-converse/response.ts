import { type Answer, type AnswerChoice, emptyChoice, type ProviderFailure } from '@sluice/contract';
import { JSON_TOOL } from '../anthropic/json-output.ts';
import { findString, isObject, type Json } from '../anthropic/wire.ts';
import { parseCitation } from './citations.ts';
import { failureOf, findMessage, malformed } from './error.ts';
import { parseFinishReason } from './finish-reason.ts';
import { CONVERSE_FORMAT } from './messages.ts';
import { parseUsage } from './usage.ts';

/**
 * A whole answer. Blocks that we do not know are passed over, and so is work of the service's own tools.
 * @returns a failure of kind `malformed` for what is no message, or the provider's own error inside a 200
 */
export function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  if (!isObject(body)) return { failure: malformed('the answer is not a JSON object') };
  const message = isObject(body.output) && isObject(body.output.message) ? body.output.message : null;
  if (message === null || !Array.isArray(message.content)) {
    const words = findMessage(body);
    if (words !== '' || typeof body.__type === 'string')
      return { failure: failureOf(200, findString(body.__type), words) };
    return { failure: malformed('the answer has no message') };
  }
  const stop_reason = findString(body.stopReason);
  if (stop_reason === null) return { failure: malformed('the answer has no stopReason') };
  const choice = parseContent(message.content);
  choice.native_finish_reason = stop_reason;
  choice.finish_reason = parseFinishReason(stop_reason, choice.tool_calls.length > 0);
  return {
    answer: {
      id: null,
      model: null,
      created: null,
      choices: [choice],
      usage: parseUsage(body.usage),
      service_tier: isObject(body.serviceTier) ? findString(body.serviceTier.type) : null,
      system_fingerprint: null,
    },
  };
}

/** The service ran it by itself and shows its result: nothing for the client to call. */
export const isServerTool = (tool: Json): boolean => tool.type === 'server_tool_use';

/** An id for a call that has none; constant for the answer. */
export const callIdOf = (index: number): string => `tooluse_call_${index}`;

export const imageUrl = (format: unknown, bytes: string): string =>
  `data:image/${findString(format) ?? 'png'};base64,${bytes}`;

function parseContent(content: readonly unknown[]): AnswerChoice {
  const choice: AnswerChoice = emptyChoice();
  for (const block of content) {
    if (!isObject(block)) continue;
    if (typeof block.text === 'string') choice.content = (choice.content ?? '') + block.text;
    else if (isObject(block.toolUse)) addTool(choice, block.toolUse);
    else if (isObject(block.reasoningContent)) addReasoning(choice, block.reasoningContent);
    else if (isObject(block.citationsContent)) addCitations(choice, block.citationsContent);
    else if (isObject(block.image)) {
      const bytes = isObject(block.image.source) ? findString(block.image.source.bytes) : null;
      if (bytes !== null) choice.images.push(imageUrl(block.image.format, bytes));
    }
  }
  return choice;
}

function addTool(choice: AnswerChoice, tool: Json): void {
  if (isServerTool(tool)) return;
  const json = JSON.stringify(tool.input ?? {});
  if (tool.name === JSON_TOOL) {
    choice.content = (choice.content ?? '') + json;
    return;
  }
  choice.tool_calls.push({
    id: findString(tool.toolUseId) || callIdOf(choice.tool_calls.length),
    type: 'function',
    function: { name: findString(tool.name) ?? '', arguments: json },
  });
}

function addReasoning(choice: AnswerChoice, reasoning: Json): void {
  const index = choice.reasoning.length;
  const redacted = findString(reasoning.redactedContent);
  if (redacted !== null) {
    choice.reasoning.push({
      type: 'reasoning.encrypted',
      data: redacted,
      format: CONVERSE_FORMAT,
      index,
    });
    return;
  }
  if (!isObject(reasoning.reasoningText)) return;
  const { text, signature } = reasoning.reasoningText;
  choice.reasoning.push({
    type: 'reasoning.text',
    text: findString(text) ?? '',
    signature: findString(signature),
    format: CONVERSE_FORMAT,
    index,
  });
}

function addCitations(choice: AnswerChoice, { content, citations }: Json): void {
  const start = choice.content?.length ?? 0;
  for (const part of Array.isArray(content) ? content : []) {
    const text = isObject(part) ? findString(part.text) : null;
    if (text !== null) choice.content = (choice.content ?? '') + text;
  }
  const end = choice.content?.length ?? 0;
  for (const citation of Array.isArray(citations) ? citations : []) {
    const annotation = parseCitation(citation, start, end);
    if (annotation !== null) choice.annotations.push(annotation);
  }
}
