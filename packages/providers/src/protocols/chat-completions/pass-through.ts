import { nothingScanned, type PassThrough, type ScannedAnswer } from '@sluice/contract';
import { scanWholeAnswer } from '../scan-answer.ts';
import { createFilter } from './filter.ts';
import { readParts } from './message.ts';
import { malformed, parseAnswer } from './response.ts';
import { findFailure } from './stream.ts';
import { findUsage, isRecord, parseFinishReason } from './usage.ts';

const scanAnswer: PassThrough['scanAnswer'] = (body_text) =>
  scanWholeAnswer(body_text, parseAnswer, malformed);

/** Reads an answer beside a client that gets the provider's bytes as they are. */
export const passThrough: PassThrough = { scanAnswer, scanHead, scanStream, createFilter };

function scanHead(text: string): ReturnType<PassThrough['scanHead']> {
  let from = 0;
  for (;;) {
    const end = text.indexOf('\n', from);
    if (end < 0) return { content: false, failure: null };
    const chunk = readLine(text.slice(from, end));
    from = end + 1;
    if (chunk === null) continue;
    const failure = findFailure(chunk);
    if (failure !== null) return { content: false, failure };
    const choices = chunk['choices'];
    if (Array.isArray(choices) && choices.some(isVisible)) return { content: true, failure: null };
  }
}

/** A client can see something of it: text, reasoning, a tool call, a finish. A role alone is nothing. */
function isVisible(choice: unknown): boolean {
  if (!isRecord(choice)) return false;
  if (typeof choice['finish_reason'] === 'string' && choice['finish_reason'] !== '') return true;
  const delta = isRecord(choice['delta']) ? choice['delta'] : choice['message'];
  return isRecord(delta) && countChars(delta) > 0;
}

function countChars(delta: Record<string, unknown>): number {
  const parts = readParts(delta);
  let chars = parts.text.length + parts.reasoning.length + parts.images.length;
  if (typeof delta['refusal'] === 'string') chars += delta['refusal'].length;
  const calls = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : [];
  for (const call of [...calls, { function: delta['function_call'] }]) {
    if (!isRecord(call) || !isRecord(call['function'])) continue;
    const { name, arguments: text } = call['function'];
    chars += (typeof name === 'string' ? name.length : 0) + (typeof text === 'string' ? text.length : 0);
  }
  if (chars === 0 && isRecord(delta['audio'])) chars = 1;
  return chars;
}

/**
 * Backwards from the end, because what matters stands there: a usual stream costs two or three parsed lines. Only
 * where usage is missing, or an error may hide earlier, is every line read.
 */
function scanStream(text: string): ScannedAnswer {
  const scanned = nothingScanned();
  const may_hold_error = text.includes('"error"') || text.includes('\nerror:');
  let end = text.length;
  let chars = 0;
  while (end > 0) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const chunk = readLine(text.slice(start, end));
    end = start - 1;
    if (chunk === null) continue;
    chars += readBackwards(chunk, scanned);
    if (scanned.usage !== null && scanned.finish_reason !== null && !may_hold_error) break;
  }
  scanned.output_chars = chars;
  scanned.complete = scanned.finish_reason !== null && scanned.failure === null;
  return scanned;
}

function readBackwards(chunk: Record<string, unknown>, scanned: ScannedAnswer): number {
  const failure = findFailure(chunk);
  if (failure !== null) scanned.failure = failure;
  if (scanned.usage === null) scanned.usage = findUsage(chunk);
  if (scanned.model === null && typeof chunk['model'] === 'string' && chunk['model'] !== '')
    scanned.model = chunk['model'];
  let chars = 0;
  const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
  for (const choice of choices) {
    if (!isRecord(choice)) continue;
    const native = choice['finish_reason'];
    if (scanned.finish_reason === null && typeof native === 'string' && native !== '') {
      // What the client saw stays as it was: OpenAI itself says `stop` after a forced tool call.
      scanned.finish_reason = parseFinishReason(native, false);
      const own = choice['native_finish_reason'];
      scanned.native_finish_reason = typeof own === 'string' && own !== '' ? own : native;
    }
    if (isRecord(choice['delta'])) chars += countChars(choice['delta']);
  }
  return chars;
}

/** The JSON object of a `data:` line, or of the `error:` line that gpustack writes; `null` for any other line. */
function readLine(line: string): Record<string, unknown> | null {
  const data = line.startsWith('data:') ? line.slice(5) : line.startsWith('error:') ? line.slice(6) : '';
  if (!data.includes('{')) return null;
  try {
    const parsed: unknown = JSON.parse(data);
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
