/** What a random stream says, in no wire format. */
export interface Said {
  text: string[];
  tools: { id: string; name: string; arguments: string[] }[];
  finish_reason: 'stop' | 'tool_calls' | 'length';
}

export type Random = () => number;

/** Mulberry32: the same seed gives the same streams. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES = [
  'a',
  ' word',
  'data: ',
  '\n\n',
  '\r\n',
  '"',
  '\\',
  '\\n',
  'é',
  '世界',
  '🌍👩‍👩‍👧',
  '\u2028',
  '\u0000',
  '[DONE]',
  'event: error\n',
  ': ',
  '{"error":1}',
  '\ufeff',
  '</script>',
  'x'.repeat(3000),
];

const upTo = (random: Random, max: number): number => Math.floor(random() * (max + 1));
const textOf = (random: Random, pieces: number): string => {
  let text = '';
  for (let i = 0; i < pieces; i++) text += PIECES[upTo(random, PIECES.length - 1)];
  return text;
};

/** Cut between characters: a piece of text is a string of its own in every format. */
function cutText(random: Random, text: string): string[] {
  const points = [...text];
  const pieces: string[] = [];
  while (points.length > 0) pieces.push(points.splice(0, 1 + upTo(random, 40)).join(''));
  return pieces;
}

export function createSaid(random: Random): Said {
  const tools = random() < 0.4 ? 1 + upTo(random, 2) : 0;
  const text = cutText(random, textOf(random, tools > 0 ? upTo(random, 3) : 1 + upTo(random, 20)));
  return {
    text,
    tools: Array.from({ length: tools }, (_, i) => ({
      id: `call_${i}_${upTo(random, 1e9)}`,
      name: `tool_${i}`,
      arguments: cutText(
        random,
        JSON.stringify({ city: textOf(random, 3), nested: [{ n: upTo(random, 9) }] }),
      ),
    })),
    finish_reason: tools > 0 ? 'tool_calls' : random() < 0.2 ? 'length' : 'stop',
  };
}

/** The bytes of a text, cut anywhere, also inside of characters. */
export function cutBytes(random: Random, text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const cuts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + upTo(random, random() < 0.1 ? 3 : 400);
    cuts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cuts;
}

export function renderChat(said: Said, include_usage: boolean): string {
  const chunk = (choices: unknown[], more: object = {}): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more })}\n\n`;
  const delta = (value: unknown, finish_reason: string | null = null): string =>
    chunk([{ index: 0, delta: value, finish_reason }]);
  let out = delta({ role: 'assistant', content: '' });
  for (const content of said.text) out += delta({ content });
  for (const [index, tool] of said.tools.entries()) {
    const named = { name: tool.name, arguments: '' };
    out += delta({ tool_calls: [{ index, id: tool.id, type: 'function', function: named }] });
    for (const piece of tool.arguments)
      out += delta({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  out += delta({}, said.finish_reason);
  if (include_usage)
    out += chunk([], { usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 } });
  return `${out}data: [DONE]\n\n`;
}

const ANTHROPIC_STOP = { stop: 'end_turn', tool_calls: 'tool_use', length: 'max_tokens' };

export function renderAnthropic(said: Said): string {
  const event = (type: string, value: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`;
  const usage = { input_tokens: 5, output_tokens: 1 };
  const head = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', usage };
  let out = event('message_start', { message: { ...head, stop_reason: null, stop_sequence: null } });
  let index = 0;
  const block = (content_block: object, deltas: object[]): void => {
    out += event('content_block_start', { index, content_block });
    for (const delta of deltas) out += event('content_block_delta', { index, delta });
    out += event('content_block_stop', { index });
    index++;
  };
  if (said.text.length > 0)
    block(
      { type: 'text', text: '' },
      said.text.map((text) => ({ type: 'text_delta', text })),
    );
  for (const { id, name, arguments: pieces } of said.tools)
    block(
      { type: 'tool_use', id, name, input: {} },
      pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    );
  const delta = { stop_reason: ANTHROPIC_STOP[said.finish_reason], stop_sequence: null };
  out += event('message_delta', { delta, usage: { output_tokens: 7 } });
  return out + event('message_stop', {});
}

export function renderGemini(said: Said): string {
  const event = (parts: object[], more: object = {}): string =>
    `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts }, index: 0, ...more }], usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7, totalTokenCount: 12 }, modelVersion: 'm' })}\r\n\r\n`;
  let out = '';
  for (const text of said.text) out += event([{ text }]);
  for (const tool of said.tools) {
    const args: unknown = JSON.parse(tool.arguments.join(''));
    out += event([{ functionCall: { name: tool.name, args } }]);
  }
  return (
    out + event([{ text: '' }], { finishReason: said.finish_reason === 'length' ? 'MAX_TOKENS' : 'STOP' })
  );
}
