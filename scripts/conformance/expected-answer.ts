import type { Case, Facts } from './corpus.ts';
import type { Tokens } from './door.ts';
import { isLoose, type Loose, numberOf, objectOf, parseJson, textOf } from './loose.ts';
import { readSignatures } from './signatures.ts';

/** Native facts in the words of a door. */
export interface ExpectedAnswer {
  id: string | null;
  model: string | null;
  choices: number;
  text: string;
  reasoning: string;
  refusal: string;
  /** The call came in OpenAI's older form, which the facts do not hold. */
  legacy_call: boolean;
  /** `id` `null` = the provider gave none; `arguments` `undefined` = the facts do not hold them. */
  tool_calls: { id: string | null; name: string; arguments: unknown }[];
  finish: string | null;
  /** What the client is told; `null` = the provider told nothing. */
  tokens: Tokens | null;
  /** What the gateway must bill: the same, where the provider's own counts do not contradict each other. */
  billed: Tokens | null;
  signatures: string[];
  annotated: boolean;
  logprobs: boolean;
}

/** @param passed the answer reaches the client as it is, so that the provider's own words are expected. */
export function expectAnswer(one: Case, facts: Facts, passed: boolean): ExpectedAnswer {
  const tool_calls = expectToolCalls(one, facts);
  const billed = facts.usage === null ? null : countTokens(one, facts.usage);
  const noted = (...notes: string[]): boolean => notes.some((note) => facts.notes.includes(note));
  return {
    id: facts.id || null,
    model: facts.model || null,
    choices: facts.choices,
    text: facts.text + toolPlan(one),
    reasoning: facts.reasoning,
    refusal: facts.refusal ?? '',
    legacy_call: noted('legacy_function_call'),
    // A door without tools of free text has them as functions of one argument.
    tool_calls: passed || !noted('custom_tool') ? tool_calls : tool_calls.map(asFunction),
    finish: passed ? facts.finish : mapFinish(one, facts.finish, tool_calls.length > 0),
    tokens: passed && one.api === 'chat' && facts.usage !== null ? nativeTokens(facts.usage) : billed,
    billed,
    signatures: readSignatures(one),
    annotated: noted('citations') || (noted('grounding') && hasAddressedSource(one)),
    logprobs: noted('logprobs'),
  };
}

const asFunction = (call: ExpectedAnswer['tool_calls'][number]): ExpectedAnswer['tool_calls'][number] =>
  typeof call.arguments === 'string' ? { ...call, arguments: { input: call.arguments } } : call;

/** OpenAI's one annotation needs a URL; a source in a file-search store has none. */
const hasAddressedSource = (one: Case): boolean =>
  /"grounding(?:Chunks|Supports)"[\s\S]*?"uri":/.test(one.body_text);

/** What Cohere says before its calls is what other models say in their text. */
function toolPlan(one: Case): string {
  if (one.api !== 'cohere') return '';
  const bodies = one.streamed
    ? one.events.map(({ body }) => objectOf(objectOf(body?.['delta'])['message']))
    : [objectOf(objectOf(parseJson(one.body_text))['message'])];
  return bodies.map((message) => textOf(message['tool_plan'])).join('');
}

/** Calls that AWS answers by itself: none of them is for the client. */
function serverCalls(one: Case): string[] {
  if (one.api !== 'converse') return [];
  const bodies = one.streamed ? one.events.map(({ body }) => body) : [parseJson(one.body_text)];
  return bodies.flatMap(findServerCalls);
}

function findServerCalls(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(findServerCalls);
  if (!isLoose(value)) return [];
  if (value['type'] === 'server_tool_use') return [String(value['toolUseId'])];
  return Object.values(value).flatMap(findServerCalls);
}

function expectToolCalls(one: Case, facts: Facts): ExpectedAnswer['tool_calls'] {
  const own = serverCalls(one);
  const begun = facts.tool_calls.filter((call) => call.name !== null && !own.includes(call.id ?? ''));
  const fragmented = facts.tool_calls.some((call) => call.name === null);
  return begun.map((call) => ({
    id: call.id || null,
    name: call.name ?? '',
    arguments: fragmented ? undefined : parseArguments(call.arguments),
  }));
}

/** A tool without arguments is called with `""`, `null`, `{}` or nothing. */
export function parseArguments(raw: unknown): unknown {
  if (raw === null || raw === undefined || raw === '') return {};
  if (typeof raw !== 'string') return raw;
  const parsed = parseJson(raw);
  return parsed === undefined ? raw : (parsed ?? {});
}

/** Finish reasons as OpenAI has them, and `error` where any of its words would hide that the model failed. */
const FINISH: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  compaction: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
  STOP: 'stop',
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  LANGUAGE: 'error',
  OTHER: 'error',
  NO_IMAGE: 'error',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  TOOL_CALL: 'tool_calls',
  ERROR: 'error',
  TIMEOUT: 'error',
  completed: 'stop',
  'incomplete:max_output_tokens': 'length',
  'incomplete:content_filter': 'content_filter',
};

function mapFinish(one: Case, native: string | null, has_calls: boolean): string | null {
  if (native === null) return null;
  // OpenAI's older word for it.
  if (native === 'function_call') return 'tool_calls';
  const mapped = one.api === 'chat' ? native : FINISH[native];
  if (mapped === undefined) throw new Error(`${one.id}: the finish reason ${native} is not in the table`);
  return mapped === 'stop' && has_calls ? 'tool_calls' : mapped;
}

const nativeTokens = (usage: Loose): Tokens => {
  const prompt_details = objectOf(usage['prompt_tokens_details']);
  return {
    prompt: numberOf(usage['prompt_tokens']),
    completion: numberOf(usage['completion_tokens']),
    total: numberOf(usage['total_tokens']),
    cached: numberOf(prompt_details['cached_tokens']),
    cache_write: numberOf(prompt_details['cache_write_tokens']),
    reasoning: numberOf(objectOf(usage['completion_tokens_details'])['reasoning_tokens']),
  };
};

/** One provider's way of counting, brought to OpenAI's: by who counts, never by what would fit. */
export function countTokens(one: Case, usage: Loose): Tokens {
  const count = (name: string): number => numberOf(usage[name]);
  if (one.api === 'messages') {
    const cached = count('cache_read_input_tokens');
    const cache_write = count('cache_creation_input_tokens');
    const reasoning = numberOf(objectOf(usage['output_tokens_details'])['thinking_tokens']);
    const prompt = count('input_tokens') + cached + cache_write;
    return sum({ prompt, completion: count('output_tokens'), cached, cache_write, reasoning });
  }
  if (one.api === 'generateContent') {
    const reasoning = count('thoughtsTokenCount');
    return sum({
      prompt: count('promptTokenCount') + count('toolUsePromptTokenCount'),
      completion: count('candidatesTokenCount') + reasoning,
      cached: count('cachedContentTokenCount'),
      cache_write: 0,
      reasoning,
    });
  }
  if (one.api === 'responses') {
    const input = objectOf(usage['input_tokens_details']);
    return sum({
      prompt: count('input_tokens'),
      completion: count('output_tokens'),
      cached: numberOf(input['cached_tokens']),
      cache_write: numberOf(input['cache_write_tokens']),
      reasoning: numberOf(objectOf(usage['output_tokens_details'])['reasoning_tokens']),
    });
  }
  if (one.api === 'converse') {
    const cached = count('cacheReadInputTokens');
    const cache_write = count('cacheWriteInputTokens');
    const prompt = count('inputTokens') + cached + cache_write;
    return sum({ prompt, completion: count('outputTokens'), cached, cache_write, reasoning: 0 });
  }
  if (one.api === 'cohere') {
    const tokens = objectOf(usage['tokens']);
    const prompt = numberOf(tokens['input_tokens']) + numberOf(tokens['image_tokens']);
    return sum({
      prompt,
      completion: numberOf(tokens['output_tokens']),
      cached: Math.min(prompt, count('cached_tokens')),
      cache_write: 0,
      reasoning: numberOf(tokens['reasoning_tokens']),
    });
  }
  const native = nativeTokens(usage);
  let { prompt, completion, reasoning } = native;
  // Three servers count outside of the two numbers.
  if (one.provider === 'xai') completion += reasoning;
  if (one.provider === 'mistral')
    prompt += numberOf(objectOf(usage['prompt_tokens_details'])['audio_tokens']);
  if (one.provider === 'gemini-openai') {
    reasoning = native.total - prompt - completion;
    completion += reasoning;
  }
  // Contradictions must not bill more than there was: more cached than prompt, more reasoning than completion.
  const cached = Math.min(
    prompt,
    native.cached || count('cached_tokens') || count('prompt_cache_hit_tokens') || count('num_cached_tokens'),
  );
  return sum({
    prompt,
    completion,
    cached,
    cache_write: native.cache_write,
    reasoning: Math.min(completion, reasoning),
  });
}

const sum = (tokens: Omit<Tokens, 'total'>): Tokens => ({
  ...tokens,
  total: tokens.prompt + tokens.completion,
});
