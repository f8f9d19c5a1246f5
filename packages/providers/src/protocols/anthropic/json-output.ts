import { type ChatRequest, GatewayError } from '@sluice/contract';
import type { ModelRules } from './models.ts';
import { adaptSchema } from './schema.ts';
import type { RenderedTools } from './tools.ts';
import { isObject, type Json } from './wire.ts';

/**
 * The tool that stands in for a JSON schema on models without one. Its name is ours alone, so that the parser knows
 * without any state that its input is the answer's content.
 */
export const JSON_TOOL = 'sluice_json_response';

export interface JsonOutput {
  /** For `output_config.format`. */
  format: { type: 'json_schema'; schema: Json } | null;
  /** For the system prompt. */
  note: string | null;
}

const ONLY_JSON = 'Answer with one valid JSON object and nothing else: no prose and no code fence around it.';

/**
 * `response_format`: natively where the model can and the schema fits its decoder, else by the reserved tool, which
 * is added to `tools` in place, else in words.
 * @throws GatewayError invalid_request when a tool of the client has the reserved name
 */
export function renderJsonOutput(
  chat: ChatRequest,
  rules: ModelRules,
  native: boolean,
  tools: RenderedTools,
): JsonOutput {
  if (chat.tools?.some((tool) => tool.function?.name === JSON_TOOL)) {
    throw new GatewayError('invalid_request', `The tool name ${JSON_TOOL} is reserved: rename the tool.`, {
      param: 'tools',
    });
  }
  const wanted = chat.response_format;
  if (!wanted || wanted.type === 'text') return { format: null, note: null };
  const { schema, name, description } =
    wanted.type === 'json_schema' ? wanted.json_schema : { schema: null, name: '', description: null };
  if (!isObject(schema)) return { format: null, note: ONLY_JSON };
  if (native) {
    const adapted = adaptSchema(schema);
    if (adapted !== null) return { format: { type: 'json_schema', schema: adapted }, note: null };
  }
  // A forced call of a client's tool makes the shape of a text answer moot.
  if (tools.choice?.type === 'any' || tools.choice?.type === 'tool') return { format: null, note: null };
  if (!rules.forced_tools || schema.type !== 'object') {
    return { format: null, note: `${ONLY_JSON} It must match this JSON Schema:\n${JSON.stringify(schema)}` };
  }
  const calls_allowed = tools.tools.length > 0 && tools.choice?.type !== 'none';
  tools.tools.push({
    name: JSON_TOOL,
    description: `${calls_allowed ? 'Gives the final answer' : 'Gives the answer'} as JSON (${name})${description ? `: ${description}` : ''}.`,
    input_schema: schema,
  });
  tools.choice = calls_allowed ? { type: 'any' } : { type: 'tool', name: JSON_TOOL };
  if (chat.parallel_tool_calls === false || !calls_allowed) tools.choice.disable_parallel_tool_use = true;
  return { format: null, note: null };
}
