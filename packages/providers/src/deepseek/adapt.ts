import type { ChatRequest } from '@sluice/contract';

/**
 * DeepSeek has JSON mode but no schemas: a schema is told to the model in words, and JSON mode asked for.
 * @see https://api-docs.deepseek.com/guides/json_mode (read 2026-11-21)
 */
export function adaptForDeepseek(chat: ChatRequest): ChatRequest {
  const wanted = chat.response_format;
  if (wanted?.type !== 'json_schema') return chat;
  const schema = wanted.json_schema.schema;
  const content = schema
    ? `Answer with one JSON object that matches this JSON Schema:\n${JSON.stringify(schema)}`
    : 'Answer with one JSON object.';
  return {
    ...chat,
    response_format: { type: 'json_object' },
    messages: [{ role: 'system', content }, ...chat.messages],
  };
}
