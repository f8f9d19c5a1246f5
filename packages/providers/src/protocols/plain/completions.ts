import type { MemberEdit } from '@sluice/contract';
import {
  COMPLETION_TOKENS_DEFAULT,
  type CompletionsRequest,
  GatewayError,
  type PassThrough,
  type Protocol,
  type RenderedRequest,
  type RenderOptions,
  textsWritten,
} from '@sluice/contract';
import { findFailure } from '../chat-completions/stream.ts';
import { findUsage, isRecord, parseFinishReason } from '../chat-completions/usage.ts';
import { renderJson } from './render-json.ts';
import { createScan, type Json, parseObject, readLine } from './scan.ts';
import { UNTRANSLATED } from './untranslated.ts';

const scan = createScan({ usageOf: findUsage, usageOfEvent: findUsage });

/** OpenAI's older text completion. @see https://platform.openai.com/docs/api-reference/completions (read 2026-11-21) */
export const completions: Protocol<CompletionsRequest> = {
  id: 'completions',
  operation: 'completions',
  renderRequest,
  ...UNTRANSLATED,
  pass_through: { ...scan, scanAnswer, scanHead, scanStream },
};

/** @throws GatewayError invalid_request when a short budget cannot be shared among so many texts. */
function renderRequest(asked: CompletionsRequest, options: RenderOptions): RenderedRequest {
  const edits = new Map<string, MemberEdit>();
  const texts = textsWritten(asked);
  const limit = asked.max_tokens ?? null;
  let sent = limit ?? (texts > 1 ? COMPLETION_TOKENS_DEFAULT : null);
  if (options.output_tokens_max !== null) {
    const each = Math.floor((options.output_tokens_max * (asked.n ?? 1)) / texts);
    if (each < 1)
      throw new GatewayError('invalid_request', 'The budget is too short for so many prompts. Send fewer.', {
        param: 'prompt',
      });
    sent = Math.min(sent ?? each, each);
  }
  if (sent !== limit) edits.set('max_tokens', { set: String(sent) });
  const wants_usage = options.stream && asked.stream_options?.include_usage !== true;
  if (wants_usage)
    edits.set('stream_options', { set: JSON.stringify({ ...asked.stream_options, include_usage: true }) });
  return { ...renderJson('/completions', asked, options, edits), usage_added: wants_usage };
}

const textOf = (choice: unknown): string =>
  isRecord(choice) && typeof choice['text'] === 'string' ? choice['text'] : '';

const finishOf = (choice: unknown): string | null =>
  isRecord(choice) && typeof choice['finish_reason'] === 'string' && choice['finish_reason'] !== ''
    ? choice['finish_reason']
    : null;

const choicesOf = (body: Json): unknown[] => (Array.isArray(body['choices']) ? body['choices'] : []);

function scanAnswer(text: string): ReturnType<PassThrough['scanAnswer']> {
  const scanned = scan.scanAnswer(text);
  const body = scanned.failure === null ? parseObject(text) : null;
  if (body !== null) readChoices(body, scanned);
  return scanned;
}

function readChoices(body: Json, scanned: ReturnType<PassThrough['scanAnswer']>): void {
  for (const choice of choicesOf(body)) {
    scanned.output_chars += textOf(choice).length;
    const native = finishOf(choice);
    if (native === null) continue;
    scanned.finish_reason ??= parseFinishReason(native, false);
    scanned.native_finish_reason ??= native;
  }
}

function scanHead(text: string): ReturnType<PassThrough['scanHead']> {
  for (let from = 0; ; ) {
    const end = text.indexOf('\n', from);
    if (end < 0) return { content: false, failure: null };
    const event = readLine(text.slice(from, end));
    from = end + 1;
    if (event === null) continue;
    const failure = findFailure(event);
    if (failure !== null) return { content: false, failure };
    if (choicesOf(event).some((choice) => textOf(choice) !== '' || finishOf(choice) !== null))
      return { content: true, failure: null };
  }
}

function scanStream(text: string): ReturnType<PassThrough['scanStream']> {
  const scanned = scan.scanStream('');
  for (const line of text.split('\n')) {
    const event = readLine(line);
    if (event === null) continue;
    scanned.failure ??= findFailure(event);
    scanned.usage = findUsage(event) ?? scanned.usage;
    if (typeof event['model'] === 'string') scanned.model ??= event['model'];
    readChoices(event, scanned);
  }
  scanned.complete = scanned.finish_reason !== null && scanned.failure === null;
  return scanned;
}
