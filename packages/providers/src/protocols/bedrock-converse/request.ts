import { type ChatRequest, GatewayError, type RenderedRequest, type RenderOptions } from '@sluice/contract';
import { type JsonOutput, renderJsonOutput } from '../anthropic/json-output.ts';
import { renderSampling } from '../anthropic/sampling.ts';
import { planThinking, type ThinkingPlan } from '../anthropic/thinking.ts';
import { renderTools } from '../anthropic/tools.ts';
import type { Json } from '../anthropic/wire.ts';
import { limitCachePoints } from './cache-points.ts';
import {
  findCalledTools,
  lacksSignedReasoning,
  renderMessages,
  trimPrefill,
  withoutReasoning,
} from './messages.ts';
import { renderClaudeFields, renderFamilyReasoning, renderFamilyTopK } from './model-fields.ts';
import { renderModelPath } from './model-path.ts';
import { findConverseRules } from './models.ts';
import { renderSystem } from './system.ts';
import { renderToolConfig } from './tools.ts';

/** Fields that are rendered below, belong to the gateway, or lose nothing by staying behind. */
const CARRIED = new Set(
  `model messages stream stream_options max_tokens max_completion_tokens temperature top_p top_k n stop
  response_format tools tool_choice parallel_tool_calls reasoning_effort thinking service_tier user
  safety_identifier metadata`.split(/\s+/),
);

const NO_THINKING: ThinkingPlan = { thinking: null, effort: null, on: false, replay: false };

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html (read 2026-11-21) */
const SERVICE_TIERS: Record<string, string | null> = {
  auto: null,
  default: 'default',
  standard: 'default',
  flex: 'flex',
  priority: 'priority',
};

/**
 * A chat request as a Converse body. What only tunes the answer and has no equivalent is named in `dropped`; what
 * the answer would be wrong without is refused.
 * @throws GatewayError invalid_request
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11-21)
 */
export function renderRequest(chat: ChatRequest, options: RenderOptions): RenderedRequest {
  if (typeof chat.n === 'number' && chat.n > 1) {
    throw new GatewayError('invalid_request', 'This model gives one answer per request: send n as 1.', {
      param: 'n',
    });
  }
  const path = renderModelPath(options.model, options.stream ? 'converse-stream' : 'converse');
  const converse = findConverseRules(options.model);
  const { rules } = converse;
  const dropped = new Set<string>();
  const bound = findBound(chat, options);
  const tools = renderTools(chat, rules, dropped);
  const json = renderJsonOutput(chat, rules, rules.json_schema, tools);
  let messages = renderMessages(chat, converse, dropped);
  const plan =
    converse.family === 'claude'
      ? planThinking(
          chat,
          rules,
          {
            max_tokens: bound ?? rules.output_tokens_max,
            forced_tool: tools.choice?.type === 'any' || tools.choice?.type === 'tool',
            signature_missing: lacksSignedReasoning(messages),
          },
          dropped,
        )
      : NO_THINKING;
  if (!plan.replay) messages = withoutReasoning(messages);
  trimPrefill(messages, rules.prefill && !plan.on, dropped);
  const config = renderToolConfig(chat, tools, findCalledTools(messages), converse, dropped);
  const notes = [tools.note, json.note, config.note].filter((note) => note !== null);
  const system = renderSystem(chat, notes, converse, dropped);
  limitCachePoints(config.config?.tools ?? [], system, messages, dropped);

  const sampling = renderSampling(chat, rules, plan.on, dropped);
  const reasoning =
    converse.family === 'claude'
      ? { fields: renderClaudeFields(plan, config.claude_choice, sampling.top_k), unbounded: false }
      : renderFamilyReasoning(chat, converse, bound !== null, dropped);
  const fields =
    converse.family === 'claude'
      ? reasoning.fields
      : { ...reasoning.fields, ...renderFamilyTopK(sampling.top_k, converse, dropped) };
  const inference = renderInference(sampling, bound, reasoning.unbounded, dropped);

  const body: Json = { messages };
  if (system.length > 0) body.system = system;
  if (Object.keys(inference).length > 0) body.inferenceConfig = inference;
  if (config.config !== null) body.toolConfig = config.config;
  if (Object.keys(fields).length > 0) body.additionalModelRequestFields = fields;
  const output = renderOutputConfig(chat, json);
  if (output !== null) body.outputConfig = output;
  renderAccount(chat, body, dropped);
  nameUncarried(chat, dropped);
  return {
    path,
    headers: {
      'content-type': 'application/json',
      accept: options.stream ? 'application/vnd.amazon.eventstream' : 'application/json',
    },
    body: JSON.stringify(body),
    dropped: [...dropped],
    usage_added: false,
  };
}

/** Without a limit the model's own holds. A higher wish than that would be refused, and can never be used. */
function findBound(chat: ChatRequest, options: RenderOptions): number | null {
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? null;
  const bounds = [asked, options.output_tokens_max].filter((bound) => bound !== null);
  if (bounds.length === 0) return null;
  const limit = options.abilities.output_tokens_max;
  return Math.max(1, Math.floor(Math.min(...bounds, ...(limit === null ? [] : [limit]))));
}

function renderInference(
  { temperature, top_p, stop_sequences }: ReturnType<typeof renderSampling>,
  bound: number | null,
  unbounded: boolean,
  dropped: Set<string>,
): Json {
  const inference: Json = {};
  if (bound !== null) inference.maxTokens = bound;
  if (unbounded) {
    if (temperature !== undefined) dropped.add('temperature');
    if (top_p !== undefined) dropped.add('top_p');
  } else {
    if (temperature !== undefined) inference.temperature = temperature;
    if (top_p !== undefined) inference.topP = top_p;
  }
  if (stop_sequences !== undefined) inference.stopSequences = stop_sequences;
  return inference;
}

/** Unlike that of a tool, the schema of the answer is JSON text. */
function renderOutputConfig(chat: ChatRequest, { format }: JsonOutput): Json | null {
  if (format === null || chat.response_format?.type !== 'json_schema') return null;
  const { name, description } = chat.response_format.json_schema;
  const jsonSchema: Json = { schema: JSON.stringify(format.schema) };
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(name ?? '')) jsonSchema.name = name;
  if (description) jsonSchema.description = description;
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

function renderAccount(chat: ChatRequest, body: Json, dropped: Set<string>): void {
  const user = chat.user ?? chat.safety_identifier;
  if (typeof user === 'string' && user !== '') {
    // It reaches the owner's own invocation logs, whose alphabet this is.
    if (/^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/.test(user)) body.requestMetadata = { user_id: user };
    else dropped.add('user');
  }
  const tier = chat.service_tier ?? null;
  if (tier === null) return;
  const known = Object.hasOwn(SERVICE_TIERS, tier) ? SERVICE_TIERS[tier] : undefined;
  if (known === undefined) dropped.add('service_tier');
  else if (known !== null) body.serviceTier = { type: known };
}

/** Values that ask for nothing are not worth a word in the receipt. */
function nameUncarried(chat: ChatRequest, dropped: Set<string>): void {
  for (const [field, value] of Object.entries(chat)) {
    if (CARRIED.has(field) || field.startsWith('x-') || value === null || value === undefined) continue;
    if (value === false || (value === 0 && field !== 'seed')) continue;
    if (field === 'modalities' && Array.isArray(value) && value.every((kind) => kind === 'text')) continue;
    dropped.add(field);
  }
}
