import { findBlockFault } from './anthropic-rules.ts';
import { isObject, type JsonObject, listOf, numberOf, objectOf, parseJson, textOf } from './json.ts';
import type { Failure } from './protocol.ts';
import { opaqueOf } from './text.ts';

const invalid = (message: string): Failure => ({ kind: 'invalid', message });

const KNOWN = new Set(
  'messages system inferenceConfig toolConfig additionalModelRequestFields additionalModelResponseFieldPaths guardrailConfig outputConfig performanceConfig promptVariables requestMetadata serviceTier'.split(
    ' ',
  ),
);

/** Bedrock's signature of a thought: another than Anthropic's own, so that one in place of the other is seen. */
export const signReasoning = (text: string): string => `ErcB${opaqueOf(`bedrock ${text}`, 120)}==`;

const contentOf = (message: unknown): JsonObject[] => listOf(objectOf(message)['content']).map(objectOf);

/** Converse's blocks in Anthropic's words, in which the rest of this server thinks. A cache point marks the block before it. */
export function toMessagesBlocks(blocks: JsonObject[]): JsonObject[] {
  const made: JsonObject[] = [];
  for (const block of blocks) {
    const { toolUse, toolResult, reasoningContent, image, document } = block;
    if (block['cachePoint'] !== undefined) {
      const last = made.at(-1);
      if (last !== undefined) last['cache_control'] = { type: 'ephemeral' };
    } else if (toolUse !== undefined) {
      const { toolUseId, name, input } = objectOf(toolUse);
      made.push({ type: 'tool_use', id: toolUseId, name, input });
    } else if (toolResult !== undefined) {
      const { toolUseId, content, status } = objectOf(toolResult);
      const inner = toMessagesBlocks(listOf(content).map(objectOf));
      made.push({
        type: 'tool_result',
        tool_use_id: toolUseId,
        content: inner,
        is_error: status === 'error',
      });
    } else if (reasoningContent !== undefined) {
      const { reasoningText, redactedContent } = objectOf(reasoningContent);
      const { text, signature } = objectOf(reasoningText);
      made.push(
        redactedContent === undefined
          ? { type: 'thinking', thinking: text, signature }
          : { type: 'redacted_thinking', data: redactedContent },
      );
    } else if (image !== undefined) made.push({ type: 'image', source: objectOf(image)['source'] });
    else if (document !== undefined) made.push({ type: 'document', source: objectOf(document)['source'] });
    else made.push({ type: 'text', text: textOf(block['text']) || JSON.stringify(block['json'] ?? '') });
  }
  return made;
}

/** A Converse body as a Messages body. */
export function toMessagesBody(body: JsonObject, model: string): JsonObject {
  const inference = objectOf(body['inferenceConfig']);
  const config = objectOf(body['toolConfig']);
  const fields = objectOf(body['additionalModelRequestFields']);
  const choice = objectOf(config['toolChoice']);
  const tools: JsonObject[] = [];
  for (const tool of listOf(config['tools']).map(objectOf)) {
    const { name, description, inputSchema } = objectOf(tool['toolSpec']);
    if (tool['toolSpec'] !== undefined)
      tools.push({ name, description, input_schema: objectOf(inputSchema)['json'] });
  }
  const format = objectOf(objectOf(body['outputConfig'])['textFormat']);
  const schema = objectOf(objectOf(format['structure'])['jsonSchema'])['schema'];
  return {
    model,
    max_tokens: inference['maxTokens'] ?? 4096,
    system: toMessagesBlocks(listOf(body['system']).map(objectOf)),
    messages: listOf(body['messages']).map((message) => ({
      role: objectOf(message)['role'],
      content: toMessagesBlocks(contentOf(message)),
    })),
    tools,
    tool_choice:
      choice['tool'] === undefined
        ? { ...objectOf(fields['tool_choice']), type: choice['any'] === undefined ? 'auto' : 'any' }
        : { ...objectOf(fields['tool_choice']), type: 'tool', name: objectOf(choice['tool'])['name'] },
    stop_sequences: listOf(inference['stopSequences']),
    thinking: fields['thinking'],
    ...(typeof schema === 'string'
      ? { output_config: { format: { type: 'json_schema', schema: parseJson(schema)?.value } } }
      : {}),
  };
}

function findBadContent(message: JsonObject, at: number): Failure | null {
  const blocks = contentOf(message);
  for (const [i, block] of blocks.entries()) {
    const place = `messages.${at}.content.${i}`;
    if (block['text'] !== undefined && textOf(block['text']).trim() === '') {
      return invalid(
        `The text field in the ContentBlock object at ${place} is blank. Add text to the text field, and try again.`,
      );
    }
    for (const kind of ['image', 'document']) {
      const media = block[kind];
      if (media === undefined) continue;
      const { bytes, s3Location, text } = objectOf(objectOf(media)['source']);
      if (typeof bytes !== 'string' && s3Location === undefined && text === undefined)
        return invalid(
          `1 validation error detected: Value at '${place}.${kind}.source' failed to satisfy constraint.`,
        );
    }
    if (block['document'] === undefined) continue;
    if (!/^(?!.* {2})[a-zA-Z0-9 ()[\]-]{1,200}$/.test(textOf(objectOf(block['document'])['name']))) {
      return invalid(
        'The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can’t contain more than one consecutive whitespace character.',
      );
    }
    if (!blocks.some((other) => other['text'] !== undefined))
      return invalid('A text block is required beside a document.');
  }
  return null;
}

function findBadTools(body: JsonObject): Failure | null {
  const blocks = listOf(body['messages']).flatMap(contentOf);
  const used = blocks.some((block) => block['toolUse'] !== undefined || block['toolResult'] !== undefined);
  if (body['toolConfig'] === undefined) {
    return used
      ? invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
      : null;
  }
  const tools = listOf(objectOf(body['toolConfig'])['tools']).map(objectOf);
  if (tools.length === 0)
    return invalid('toolConfig.tools: Member must have length greater than or equal to 1');
  for (const [i, tool] of tools.entries()) {
    if (tool['toolSpec'] === undefined) continue;
    const { name, description, inputSchema } = objectOf(tool['toolSpec']);
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(textOf(name)))
      return invalid(`Value at 'toolConfig.tools.${i}.member.toolSpec.name' failed to satisfy constraint.`);
    if (description === '')
      return invalid(`toolConfig.tools.${i}.toolSpec.description: Member must have length ≥ 1`);
    if (objectOf(objectOf(inputSchema)['json'])['type'] !== 'object')
      return invalid(
        `The value at toolConfig.tools.${i}.toolSpec.inputSchema.json.type must be one of the following: object.`,
      );
  }
  return null;
}

/** What Bedrock refuses, in its words. */
export function validateConverse(body: JsonObject, model: string): Failure | null {
  const unknown = Object.keys(body).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) return invalid(`extraneous key [${unknown}] is not permitted`);
  const messages = listOf(body['messages']).map(objectOf);
  if (messages.length === 0) return invalid('The messages field is required.');
  for (const [at, message] of messages.entries()) {
    const role = at % 2 === 0 ? 'user' : 'assistant';
    if (message['role'] !== role) {
      return invalid(
        at === 0
          ? 'A conversation must start with a user message. Try again with a conversation that starts with a user message.'
          : 'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
      );
    }
    const bad = findBadContent(message, at);
    if (bad !== null) return bad;
  }
  const inference = objectOf(body['inferenceConfig']);
  const temperature = numberOf(inference['temperature']);
  if (temperature !== null && (temperature < 0 || temperature > 1))
    return invalid("Value at 'inferenceConfig.temperature' failed to satisfy constraint: ≤ 1");
  const schema = objectOf(objectOf(objectOf(body['outputConfig'])['textFormat'])['structure'])['jsonSchema'];
  if (schema !== undefined && !isObject(parseJson(textOf(objectOf(schema)['schema']))?.value))
    return invalid('outputConfig.textFormat.structure.jsonSchema.schema must be a JSON string.');
  const thinking = objectOf(objectOf(body['additionalModelRequestFields'])['thinking']);
  const budget = numberOf(thinking['budget_tokens']) ?? 0;
  if (budget >= (numberOf(inference['maxTokens']) ?? Number.POSITIVE_INFINITY))
    return invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
  return (
    findBadTools(body) ??
    findBlockFault(
      toMessagesBody(body, model),
      ['enabled', 'adaptive'].includes(textOf(thinking['type'])),
      signReasoning,
    )
  );
}
