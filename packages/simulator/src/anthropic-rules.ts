import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Failure } from './protocol.ts';

const invalid = (message: string): Failure => ({ kind: 'invalid', message });

const KNOWN = new Set(
  'model max_tokens messages system tools tool_choice stop_sequences stream thinking output_config output_format metadata service_tier cache_control container diagnostics inference_geo speed context_management mcp_servers fallbacks temperature top_p top_k betas'.split(
    ' ',
  ),
);

/** Opus 4.7 and later, the 5-series, Fable and Mythos: no sampling parameters, no prefill (read 2026-11-21). */
export function isNewClaude(model: string): boolean {
  if (/claude-(fable|mythos)/.test(model)) return true;
  const match = /claude-(opus|sonnet|haiku)-(\d+)(?:-(\d{1,2})(?!\d))?/.exec(model);
  if (match === null) return false;
  const major = Number(match[2]);
  return major >= 5 || (match[1] === 'opus' && major === 4 && Number(match[3] ?? 0) >= 7);
}

const outputMax = (model: string): number => {
  if (/claude-3-(opus|haiku|sonnet)/.test(model)) return 4096;
  if (/claude-3-5/.test(model)) return 8192;
  if (/claude-opus-4(-1)?(-\d{8})?$/.test(model)) return 32_000;
  return /-4-5|sonnet-4(-\d{8})?$/.test(model) ? 64_000 : 128_000;
};

function validateSampling(body: JsonObject, model: string): Failure | null {
  for (const name of ['temperature', 'top_p', 'top_k']) {
    if (body[name] !== undefined && isNewClaude(model))
      return invalid(`\`${name}\` is deprecated for this model.`);
  }
  const temperature = numberOf(body['temperature']);
  if (temperature !== null && (temperature < 0 || temperature > 1))
    return invalid('temperature: range: 0..1');
  if (temperature !== null && body['top_p'] !== undefined && /-4-[15]/.test(model)) {
    return invalid('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
  return null;
}

function validateThinking(body: JsonObject): Failure | null {
  const thinking = objectOf(body['thinking']);
  if (thinking['type'] !== 'enabled') return null;
  const budget = numberOf(thinking['budget_tokens']);
  if (budget === null) return invalid('thinking.enabled.budget_tokens: Field required');
  if (budget < 1024)
    return invalid('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  if (budget >= (numberOf(body['max_tokens']) ?? 0)) {
    return invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  if (body['temperature'] !== undefined && body['temperature'] !== 1) {
    return invalid('`temperature` may only be set to 1 when thinking is enabled.');
  }
  if (['any', 'tool'].includes(textOf(objectOf(body['tool_choice'])['type']))) {
    return invalid('Thinking may not be enabled when tool_choice forces tool use.');
  }
  return null;
}

/** What Anthropic refuses about parameters, in its words. */
export function validateAnthropic(body: JsonObject, model: string): Failure | null {
  if (model === '') return invalid('model: Field required');
  const max_tokens = numberOf(body['max_tokens']);
  if (max_tokens === null) return invalid('max_tokens: Field required');
  if (max_tokens > outputMax(model)) {
    return invalid(
      `max_tokens: ${max_tokens} > ${outputMax(model)}, which is the maximum allowed number of output tokens for ${model}`,
    );
  }
  const unknown = Object.keys(body).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) return invalid(`${unknown}: Extra inputs are not permitted`);
  if (!Array.isArray(body['messages'])) return invalid('messages: Field required');
  if (body['messages'].length === 0) return invalid('messages: at least one message is required');
  for (const [i, tool] of listOf(body['tools']).map(objectOf).entries()) {
    const custom = tool['type'] === undefined || tool['type'] === 'custom';
    if (custom && objectOf(tool['input_schema'])['type'] !== 'object') {
      return invalid(`tools.${i}.custom.input_schema.type: Field required`);
    }
  }
  return validateSampling(body, model) ?? validateThinking(body);
}

interface Turn {
  role: string;
  blocks: JsonObject[];
  at: number;
}

/** Neighbours of one role are one turn at Anthropic. */
function turnsOf(body: JsonObject): Turn[] {
  const turns: Turn[] = [];
  for (const [at, message] of listOf(body['messages']).map(objectOf).entries()) {
    const role = textOf(message['role']);
    const content = message['content'];
    const blocks =
      typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content).map(objectOf);
    const before = turns.at(-1);
    if (role === 'system') continue;
    if (before?.role === role) before.blocks.push(...blocks);
    else turns.push({ role, blocks: [...blocks], at });
  }
  return turns;
}

const idsOf = (turn: Turn | undefined, type: string, key: string): string[] =>
  (turn?.blocks ?? []).filter((block) => block['type'] === type).map((block) => textOf(block[key]));

function findBadBlock(turn: Turn, last: boolean, sign: (thinking: string) => string): Failure | null {
  if (turn.blocks.length === 0 && !(last && turn.role === 'assistant')) {
    return invalid(
      `messages.${turn.at}: all messages must have non-empty content except for the optional final assistant message`,
    );
  }
  for (const [i, block] of turn.blocks.entries()) {
    const place = `messages.${turn.at}.content.${i}`;
    if (block['type'] === 'text' && textOf(block['text']) === '')
      return invalid('messages: text content blocks must be non-empty');
    if (block['type'] === 'tool_use' && !isObject(block['input'])) {
      return invalid(`${place}.tool_use.input: Input should be a valid dictionary`);
    }
    if (block['type'] === 'tool_use' && !/^[a-zA-Z0-9_-]+$/.test(textOf(block['id']))) {
      return invalid(`${place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
    }
    if (block['type'] === 'thinking' && block['signature'] !== sign(textOf(block['thinking']))) {
      return invalid(`${place}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
  return null;
}

function findUnpaired(turn: Turn, next: Turn | undefined, before: Turn | undefined): Failure | null {
  if (turn.role === 'assistant') {
    const results = idsOf(next, 'tool_result', 'tool_use_id');
    const open = idsOf(turn, 'tool_use', 'id').filter((id) => !results.includes(id));
    const late = results.length > 0 && next?.blocks[0]?.['type'] !== 'tool_result';
    const named = late ? idsOf(turn, 'tool_use', 'id') : open;
    if (named.length > 0) {
      return invalid(
        `messages.${turn.at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${named.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    return null;
  }
  const uses = idsOf(before, 'tool_use', 'id');
  const stray = idsOf(turn, 'tool_result', 'tool_use_id').find((id) => !uses.includes(id));
  if (stray === undefined) return null;
  return invalid(
    `messages.${turn.at}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
  );
}

/** What Anthropic refuses about the conversation itself. @param sign the signature that a thinking text must carry */
export function findBlockFault(
  body: JsonObject,
  thinking: boolean,
  sign: (thinking: string) => string,
): Failure | null {
  const turns = turnsOf(body);
  const odd = turns.find((turn) => turn.role !== 'user' && turn.role !== 'assistant');
  if (odd !== undefined) {
    return invalid(`messages: Unexpected role "${odd.role}". Allowed roles are "user" or "assistant"`);
  }
  if (turns[0]?.role !== 'user') return invalid('messages: first message must use the "user" role');
  if (listOf(body['system']).some((block) => textOf(objectOf(block)['text']) === '')) {
    return invalid('system: text content blocks must be non-empty');
  }
  for (const [i, turn] of turns.entries()) {
    const bad =
      findBadBlock(turn, i === turns.length - 1, sign) ?? findUnpaired(turn, turns[i + 1], turns[i - 1]);
    if (bad !== null) return bad;
  }
  const last = turns.at(-1);
  if (last?.role === 'assistant' && /\s$/.test(textOf(last.blocks.at(-1)?.['text']))) {
    return invalid('messages: final assistant content cannot end with trailing whitespace');
  }
  const called = turns.at(-2);
  const first = textOf(called?.blocks[0]?.['type']);
  if (thinking && idsOf(last, 'tool_result', 'tool_use_id').length > 0 && !/thinking$/.test(first)) {
    return invalid(
      `messages.${called?.at ?? 0}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
    );
  }
  return null;
}
