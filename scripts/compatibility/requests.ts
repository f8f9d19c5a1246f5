import { CITY, PNG, resultOf, SCHEMA, TOKENS, type Wanted } from './wanted.ts';

type Body = Record<string, unknown>;

/** How a client of each door writes the same request, by hand and without any code of the gateway. */
export const REQUESTS: Record<string, (wanted: Wanted, model: string) => Body> = {
  chat: renderChat,
  messages: renderMessages,
  responses: renderResponses,
};

function renderChat({ text, stream, image, tools, schema, reasoning, calls }: Wanted, model: string): Body {
  const messages: unknown[] = [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: image
        ? [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ]
        : text,
    },
  ];
  if (calls !== null) {
    messages.push({
      role: 'assistant',
      content: null,
      tool_calls: calls.tool_calls.map(({ id, name, arguments: json }) => ({
        id,
        type: 'function',
        function: { name, arguments: json },
      })),
    });
    for (const [at, { id }] of calls.tool_calls.entries())
      messages.push({ role: 'tool', tool_call_id: id, content: resultOf(at) });
  }
  return {
    model,
    messages,
    max_completion_tokens: TOKENS,
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map((name) => ({
            type: 'function',
            function: { name, description: `The ${name} of a city`, parameters: CITY },
          })),
        }),
    ...(schema
      ? {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'town', schema: SCHEMA, strict: true },
          },
        }
      : {}),
    ...(reasoning ? { reasoning_effort: 'medium' } : {}),
  };
}

function renderMessages(
  { text, stream, image, tools, schema, reasoning, calls }: Wanted,
  model: string,
): Body {
  const messages: unknown[] = [
    {
      role: 'user',
      content: image
        ? [
            { type: 'text', text },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          ]
        : text,
    },
  ];
  if (calls !== null)
    messages.push(
      {
        role: 'assistant',
        content: calls.tool_calls.map(({ id, name, arguments: json }) => ({
          type: 'tool_use',
          id,
          name,
          input: JSON.parse(json) as unknown,
        })),
      },
      {
        role: 'user',
        content: calls.tool_calls.map(({ id }, at) => ({
          type: 'tool_result',
          tool_use_id: id,
          content: resultOf(at),
        })),
      },
    );
  return {
    model,
    system: 'Be brief.',
    messages,
    max_tokens: TOKENS,
    ...(stream ? { stream } : {}),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map((name) => ({
            name,
            description: `The ${name} of a city`,
            input_schema: CITY,
          })),
        }),
    ...(schema ? { output_config: { format: { type: 'json_schema', schema: SCHEMA } } } : {}),
    ...(reasoning ? { thinking: { type: 'enabled', budget_tokens: 1024 } } : {}),
  };
}

function renderResponses(
  { text, stream, image, tools, schema, reasoning, calls }: Wanted,
  model: string,
): Body {
  const input: unknown[] = [
    {
      role: 'user',
      content: image
        ? [
            { type: 'input_text', text },
            { type: 'input_image', image_url: `data:image/png;base64,${PNG}` },
          ]
        : text,
    },
  ];
  if (calls !== null) {
    for (const { id, name, arguments: json } of calls.tool_calls)
      input.push({ type: 'function_call', call_id: id, name, arguments: json });
    for (const [at, { id }] of calls.tool_calls.entries())
      input.push({ type: 'function_call_output', call_id: id, output: resultOf(at) });
  }
  return {
    model,
    instructions: 'Be brief.',
    input,
    max_output_tokens: TOKENS,
    ...(stream ? { stream } : {}),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map((name) => ({
            type: 'function',
            name,
            description: `The ${name} of a city`,
            parameters: CITY,
            strict: true,
          })),
        }),
    ...(schema
      ? { text: { format: { type: 'json_schema', name: 'town', schema: SCHEMA, strict: true } } }
      : {}),
    ...(reasoning ? { reasoning: { effort: 'medium', summary: 'auto' } } : {}),
  };
}
