import { type Answer, type AnswerChoice, emptyChoice, type ProviderFailure } from '@sluice/contract';
import { parseCitation } from './citations.ts';
import { parseErrorObject } from './error.ts';
import { parseFinishReason } from './finish-reason.ts';
import { JSON_TOOL } from './json-output.ts';
import { REASONING_FORMAT, type SignedFormat } from './reasoning-details.ts';
import { parseUsage } from './usage.ts';
import { findString, isObject, type Json } from './wire.ts';

/**
 * A whole answer. Blocks that we do not know, server tools and their results among them, are passed over.
 * @returns a failure of kind `malformed` for what is no message, or the provider's own error inside a 200
 */
export function parseAnswer(
  body: unknown,
  format: SignedFormat = REASONING_FORMAT,
): { answer: Answer } | { failure: ProviderFailure } {
  if (!isObject(body)) return { failure: malformed('the answer is not a JSON object') };
  if (body.type === 'error' || isObject(body.error)) return { failure: parseErrorObject(200, body) };
  if (!Array.isArray(body.content)) return { failure: malformed('the answer has no content') };
  const id = findString(body.id);
  const choice = parseContent(body.content, id, format);
  const stop_reason = findString(body.stop_reason);
  if (stop_reason === null) return { failure: malformed('the answer has no stop_reason') };
  choice.native_finish_reason = stop_reason;
  choice.finish_reason = parseFinishReason(stop_reason, choice.tool_calls.length > 0);
  if (stop_reason === 'refusal') choice.refusal = parseRefusal(body.stop_details);
  return {
    answer: {
      id,
      model: findString(body.model),
      created: null,
      choices: [choice],
      usage: parseUsage(body.usage),
      service_tier: isObject(body.usage) ? findString(body.usage.service_tier) : null,
      system_fingerprint: null,
    },
  };
}

/** The provider's words about a refusal, or `null` where it gives none. */
export function parseRefusal(stop_details: unknown): string | null {
  return isObject(stop_details) ? findString(stop_details.explanation) : null;
}

/** An id for a call whose server gave none; constant for the answer. */
export const callIdOf = (message_id: string | null, index: number): string =>
  `toolu_${message_id ?? 'call'}_${index}`;

export function malformed(message: string): ProviderFailure {
  return { kind: 'malformed', status: 200, message, code: null, param: null, retry_after_ms: null };
}

function parseContent(
  content: readonly unknown[],
  message_id: string | null,
  format: SignedFormat,
): AnswerChoice {
  const choice: AnswerChoice = emptyChoice();
  for (const block of content) {
    if (!isObject(block)) continue;
    switch (block.type) {
      case 'text':
        addText(choice, block);
        break;
      case 'thinking':
        choice.reasoning.push({
          type: 'reasoning.text',
          text: findString(block.thinking) ?? '',
          signature: findString(block.signature),
          format,
          index: choice.reasoning.length,
        });
        break;
      case 'redacted_thinking':
        choice.reasoning.push({
          type: 'reasoning.encrypted',
          data: findString(block.data) ?? '',
          format,
          index: choice.reasoning.length,
        });
        break;
      case 'tool_use':
        if (block.name === JSON_TOOL) {
          choice.content = (choice.content ?? '') + JSON.stringify(block.input ?? {});
          break;
        }
        choice.tool_calls.push({
          id: findString(block.id) || callIdOf(message_id, choice.tool_calls.length),
          type: 'function',
          function: { name: findString(block.name) ?? '', arguments: JSON.stringify(block.input ?? {}) },
        });
        break;
    }
  }
  return choice;
}

function addText(choice: AnswerChoice, block: Json): void {
  const start = choice.content?.length ?? 0;
  choice.content = (choice.content ?? '') + (findString(block.text) ?? '');
  if (!Array.isArray(block.citations)) return;
  for (const citation of block.citations) {
    const annotation = parseCitation(citation, start, choice.content.length);
    if (annotation !== null) choice.annotations.push(annotation);
  }
}
