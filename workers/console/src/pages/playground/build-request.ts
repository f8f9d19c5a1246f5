import type { AnswerTurn, Turn, UserTurn } from './conversation.ts';
import { readJson, type Settings } from './settings.ts';

export interface ChatBody {
  model: string;
  messages: Record<string, unknown>[];
  [parameter: string]: unknown;
}

/** The body of `POST /v1/chat/completions`; settings have no problems. Not streamed unless `stream` is added. */
export function buildRequest(model: string, turns: readonly Turn[], settings: Settings): ChatBody {
  const { system, temperature, output_tokens_max, reasoning_effort, tools, format } = settings;
  return {
    model,
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system }]),
      ...turns.flatMap((turn, at) => renderTurn(turn, turns.slice(at + 1))),
    ],
    ...(temperature === '' ? {} : { temperature: Number(temperature) }),
    ...(output_tokens_max === '' ? {} : { max_completion_tokens: Number(output_tokens_max) }),
    ...(reasoning_effort === '' ? {} : { reasoning_effort }),
    ...(tools.trim() === '' ? {} : { tools: readJson(tools) }),
    ...(format === 'text' ? {} : { response_format: renderFormat(settings) }),
  };
}

const renderFormat = ({ format, schema }: Settings) =>
  format === 'json_schema'
    ? { type: format, json_schema: { name: 'answer', strict: true, schema: readJson(schema) } }
    : { type: format };

function renderTurn(turn: Turn, after: readonly Turn[]): Record<string, unknown>[] {
  switch (turn.kind) {
    case 'user':
      return [{ role: 'user', content: renderQuestion(turn) }];
    case 'tool':
      return [{ role: 'tool', tool_call_id: turn.call_id, content: turn.text }];
    case 'answer':
      return renderAnswer(turn, after);
  }
}

function renderQuestion({ text, pictures }: UserTurn): unknown {
  if (pictures.length === 0) return text;
  return [
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...pictures.map(({ url }) => ({ type: 'image_url', image_url: { url } })),
  ];
}

/** Providers refuse calls without results, and turns without content: both are left out. */
function renderAnswer(turn: AnswerTurn, after: readonly Turn[]): Record<string, unknown>[] {
  const calls = turn.calls.filter(({ id }) =>
    after.some((later) => later.kind === 'tool' && later.call_id === id),
  );
  if (turn.text === '' && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content: turn.text === '' ? null : turn.text,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(turn.reasoning_details.length === 0 ? {} : { reasoning_details: turn.reasoning_details }),
    },
  ];
}
