import type { ReasoningDetail } from '@sluice/contract';
import { isRecord } from './usage.ts';

const FORMATS = [
  'anthropic-claude-v1',
  'bedrock-converse-v1',
  'vertex-claude-v1',
  'google-gemini-v1',
  'openai-responses-v1',
] as const;

/** The parts of a message or delta that servers write in different ways, brought to one. */
export interface MessageParts {
  text: string;
  /** Visible reasoning. */
  reasoning: string;
  images: string[];
}

/**
 * Text and reasoning of a message or a delta. `content` is a string, or an array as Mistral sends it, with
 * `thinking` chunks inside; reasoning is `reasoning_content` (DeepSeek, xAI, llama.cpp) or `reasoning` (Groq,
 * OpenRouter, Ollama, newer vLLM). A server that sends both sends the same text twice: one is read.
 */
export function readParts(message: Record<string, unknown>): MessageParts {
  const parts: MessageParts = { text: '', reasoning: '', images: [] };
  const content = message['content'];
  if (typeof content === 'string') parts.text = content;
  else if (Array.isArray(content)) for (const part of content) readPart(part, parts);
  const reasoning = message['reasoning_content'] || message['reasoning'];
  if (typeof reasoning === 'string') parts.reasoning += reasoning;
  const images = message['images'];
  if (Array.isArray(images)) for (const image of images) readPart(image, parts);
  return parts;
}

function readPart(part: unknown, parts: MessageParts): void {
  if (typeof part === 'string') parts.text += part;
  if (!isRecord(part)) return;
  if (part['type'] === 'text' && typeof part['text'] === 'string') parts.text += part['text'];
  else if (part['type'] === 'thinking') parts.reasoning += thinkingText(part['thinking']);
  else if (part['type'] === 'image_url' && isRecord(part['image_url'])) {
    const url = part['image_url']['url'];
    if (typeof url === 'string') parts.images.push(url);
  }
}

function thinkingText(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  let text = '';
  for (const piece of thinking)
    if (isRecord(piece) && typeof piece['text'] === 'string') text += piece['text'];
  return text;
}

/** The structured reasoning that gateways in front of signing models send. Unknown kinds are left out. */
export function readReasoningDetails(raw: unknown): ReasoningDetail[] {
  if (!Array.isArray(raw)) return [];
  const details: ReasoningDetail[] = [];
  for (const item of raw) {
    if (!isRecord(item)) continue;
    const type = item['type'];
    if (type !== 'reasoning.text' && type !== 'reasoning.summary' && type !== 'reasoning.encrypted') continue;
    const detail: ReasoningDetail = {
      type,
      format: FORMATS.find((format) => format === item['format']) ?? 'unknown',
    };
    if (typeof item['text'] === 'string') detail.text = item['text'];
    if (typeof item['summary'] === 'string') detail.summary = item['summary'];
    if (typeof item['data'] === 'string') detail.data = item['data'];
    if (typeof item['signature'] === 'string') detail.signature = item['signature'];
    if (typeof item['id'] === 'string') detail.id = item['id'];
    if (typeof item['index'] === 'number') detail.index = item['index'];
    details.push(detail);
  }
  return details;
}

/** Google's signature on a tool call or on a message, at its OpenAI-compatible endpoint; `null` when absent. */
export function readThoughtSignature(carrier: Record<string, unknown>): string | null {
  const extra = carrier['extra_content'];
  const google = isRecord(extra) ? extra['google'] : null;
  const signature = isRecord(google) ? google['thought_signature'] : null;
  return typeof signature === 'string' && signature !== '' ? signature : null;
}

/** Arguments as text: servers of open models send an object now and then. */
export function readArguments(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  return raw === undefined || raw === null ? '' : JSON.stringify(raw);
}

/**
 * An id for a tool call whose server gave none (Gemini's OpenAI endpoint sends `""`). Made of the answer's own id,
 * so that it stays unique over the turns of a conversation and the same however the stream was cut.
 */
export const inventToolCallId = (answer_id: string | null, choice: number, index: number): string =>
  `call_${(answer_id ?? '').replace(/[^A-Za-z0-9]/g, '').slice(-24)}_${choice}_${index}`;
