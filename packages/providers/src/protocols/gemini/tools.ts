import { type ChatRequest, GatewayError, type Tool } from '@sluice/contract';
import { asList, asRecord, asText, type Loose } from './lenient.ts';
import type { ModelTraits } from './models.ts';
import { renderOpenApiSchema } from './schema.ts';

/** @see https://ai.google.dev/api/caching#FunctionDeclaration (read 2026-11-21) */
const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/;

/**
 * Names are never rewritten: a rewritten name would come back to a client that does not know it.
 * @throws GatewayError invalid_request
 */
export function requireFunctionName(name: unknown, param: string): string {
  if (typeof name === 'string' && FUNCTION_NAME.test(name)) return name;
  throw new GatewayError(
    'invalid_request',
    `The function name ${JSON.stringify(String(name).slice(0, 140))} does not work with Gemini models: a name ` +
      'starts with a letter or an underscore and has up to 128 letters, digits, underscores, dots, colons or dashes.',
    { param },
  );
}

/** `tools` and `toolConfig`; members are absent where nothing is to be said. */
export function renderTools(
  chat: ChatRequest,
  traits: ModelTraits,
  dropped: Set<string>,
): { tools?: Loose[]; toolConfig?: Loose } {
  const tools = chat.tools ?? [];
  if (tools.length === 0) return {};
  const only = findFilter(chat.tool_choice);
  const declarations: Loose[] = [];
  for (const [position, tool] of tools.entries()) {
    const declaration = renderDeclaration(tool, position, traits, dropped);
    if (only === null || only.has(String(declaration['name']))) declarations.push(declaration);
  }
  if (chat.parallel_tool_calls === false) dropped.add('parallel_tool_calls');
  if (declarations.length === 0) return {};
  const config = renderToolChoice(chat.tool_choice);
  return {
    tools: [{ functionDeclarations: declarations }],
    ...(config === null ? {} : { toolConfig: { functionCallingConfig: config } }),
  };
}

function renderDeclaration(tool: Tool, position: number, traits: ModelTraits, dropped: Set<string>): Loose {
  const source = asRecord(asRecord(tool)?.['function']);
  const param = `tools[${position}].function`;
  if (source === null) {
    throw new GatewayError('invalid_request', 'Only tools of type "function" work with Gemini models.', {
      param: `tools[${position}]`,
    });
  }
  const declaration: Loose = { name: requireFunctionName(source['name'], `${param}.name`) };
  // Required by the API on some models, and harmless on the others.
  declaration['description'] = asText(source['description']) ?? '';
  if (source['strict'] === true) dropped.add('tools.strict');
  const parameters = asRecord(source['parameters']);
  if (parameters === null) return declaration;
  if (traits.json_schema) declaration['parametersJsonSchema'] = parameters;
  else {
    const rendered = renderOpenApiSchema(parameters, `${param}.parameters`);
    if (rendered !== null) declaration['parameters'] = rendered;
  }
  return declaration;
}

function renderToolChoice(choice: ChatRequest['tool_choice']): Loose | null {
  if (choice === undefined || choice === null) return null;
  if (typeof choice === 'string') {
    if (choice === 'auto') return { mode: 'AUTO' };
    if (choice === 'none') return { mode: 'NONE' };
    if (choice === 'required') return { mode: 'ANY' };
    throw new GatewayError('invalid_request', 'tool_choice is none, auto, required or names a function.', {
      param: 'tool_choice',
    });
  }
  if (choice.type === 'function') {
    const name = requireFunctionName(asRecord(choice.function)?.['name'], 'tool_choice.function.name');
    return { mode: 'ANY', allowedFunctionNames: [name] };
  }
  const allowed = asRecord(choice.allowed_tools);
  if (choice.type !== 'allowed_tools' || allowed === null) {
    throw new GatewayError('invalid_request', 'tool_choice has a type that Gemini models cannot follow.', {
      param: 'tool_choice',
    });
  }
  if (allowed['mode'] !== 'required') return { mode: 'AUTO' };
  return { mode: 'ANY', allowedFunctionNames: readNames(allowed['tools']) };
}

/** AUTO takes no list of names, so "may use these" is said by declaring only these. */
function findFilter(choice: ChatRequest['tool_choice']): Set<string> | null {
  if (typeof choice !== 'object' || choice === null || choice.type !== 'allowed_tools') return null;
  const allowed = asRecord(choice.allowed_tools);
  return allowed?.['mode'] === 'required' ? null : new Set(readNames(allowed?.['tools']));
}

function readNames(tools: unknown): string[] {
  return asList(tools).map((entry, position) => {
    const tool = asRecord(entry);
    return requireFunctionName(
      asText(asRecord(tool?.['function'])?.['name']) ?? tool?.['name'],
      `tool_choice.allowed_tools.tools[${position}]`,
    );
  });
}
