import { textOf } from './json.ts';
import type { Ask, Choice, Reply, ToolCall } from './protocol.ts';
import { exampleArguments, exampleOf } from './schema-example.ts';
import { hashText, opaqueOf, writeAnswer, writeThought } from './text.ts';
import { countTokens, splitTokens } from './tokens.ts';

/** What directives and faults change about an answer. */
export interface ReplySettings {
  tokens: number | null;
  chunks: number | null;
  filter: boolean;
  usage: boolean;
}

function callsFor(ask: Ask, serial: string, seed: number): ToolCall[] {
  if (ask.tools.length === 0 || ask.tool_choice === 'none' || ask.tool_result !== null) return [];
  const wanted = typeof ask.tool_choice === 'object' ? ask.tool_choice.name : null;
  const first = wanted === null ? ask.tools[0] : ask.tools.find((tool) => tool.name === wanted);
  if (first === undefined) return [];
  const chosen = [first];
  if (ask.parallel && ask.last_user_text.includes('parallel')) {
    chosen.push(wanted === null ? (ask.tools[1] ?? first) : first);
  }
  return chosen.map((tool, i) => ({
    id: opaqueOf(`${serial} call ${i}`, 24),
    name: tool.name,
    input: exampleArguments(tool.schema, seed + i),
  }));
}

function textFor(ask: Ask, seed: number, settings: ReplySettings): string[] {
  if (ask.json_schema !== undefined && ask.tool_result === null) {
    const schema = ask.json_schema ?? { type: 'object', properties: { answer: { type: 'string' } } };
    return splitTokens(JSON.stringify(exampleOf(schema, seed)));
  }
  const tokens =
    settings.tokens ?? (settings.chunks !== null && settings.chunks > 60 ? settings.chunks : null);
  if (ask.tool_result !== null) return writeAnswer(ask.tool_result, 'The tool answered', seed, tokens);
  const pieces = writeAnswer(ask.last_user_text, 'You said', seed, tokens);
  if (ask.prefill === null) return pieces;
  const whole = pieces.join('');
  const begun = ask.prefill.trimEnd();
  return whole.startsWith(begun) ? splitTokens(whole.slice(begun.length)) : pieces;
}

function choiceFor(ask: Ask, serial: string, index: number, settings: ReplySettings): Choice {
  const seed = hashText(`${ask.last_user_text}\n${ask.tool_result ?? ''}`, index);
  const thought = ask.think ? writeThought(ask.last_user_text, seed) : [];
  const calls = callsFor(ask, `${serial} ${index}`, seed);
  let text = calls.length > 0 ? [] : textFor(ask, seed, settings);
  let finish: Choice['finish'] = calls.length > 0 ? 'tool' : 'stop';
  let stop: string | null = null;
  const whole = text.join('');
  for (const candidate of ask.stops) {
    const at = candidate === '' ? -1 : whole.indexOf(candidate);
    if (at < 0 || (stop !== null && at >= text.join('').length)) continue;
    text = splitTokens(whole.slice(0, at));
    finish = 'stop_sequence';
    stop = candidate;
  }
  if (settings.filter) {
    text = text.slice(0, Math.ceil(text.length / 2));
    finish = 'filter';
  }
  const room = (ask.output_tokens_max ?? Number.POSITIVE_INFINITY) - thought.length - ask.reasoning_tokens;
  if (text.length > room) {
    text = text.slice(0, Math.max(0, room));
    finish = 'length';
    stop = null;
  }
  const call_tokens = calls.reduce((sum, call) => sum + callTokens(call), 0);
  return { thought, text, calls, finish, stop, output_tokens: thought.length + text.length + call_tokens };
}

export const callTokens = (call: ToolCall): number =>
  countTokens(call.name) + countTokens(JSON.stringify(call.input));

/** The answer to a request: the same words for the same question, whatever the model, so that failover can be compared. */
export function composeReply(ask: Ask, serial: string, settings: ReplySettings): Reply {
  const choices = Array.from({ length: ask.choices }, (_, i) => choiceFor(ask, serial, i, settings));
  const reasoning_tokens =
    ask.reasoning_tokens + choices.reduce((sum, choice) => sum + choice.thought.length, 0);
  return {
    ask,
    serial,
    created: Math.floor(Date.now() / 1000),
    choices,
    reasoning_tokens,
    output_tokens: ask.reasoning_tokens + choices.reduce((sum, choice) => sum + choice.output_tokens, 0),
    chunks: settings.chunks,
    usage: settings.usage,
  };
}

export interface Directives {
  chunks: number | null;
  delay_ms: number | null;
  tokens: number | null;
  first_ms: number | null;
  cut_after: number | null;
  fault: string | null;
}

/** Reads `[sim chunks=200 delay_ms=20 tokens=500 first_ms=50 cut_after=3 fault=cut-rst]` in a user message. */
export function parseDirectives(text: string): Directives {
  const found: Record<string, string> = {};
  for (const block of text.matchAll(/\[sim ([^\]]*)\]/g)) {
    for (const word of textOf(block[1]).split(/\s+/)) {
      const [name, value] = word.split('=');
      if (name !== undefined && value !== undefined) found[name] = value;
    }
  }
  const count = (name: string): number | null => {
    const value = Number(found[name]);
    return found[name] !== undefined && Number.isFinite(value) && value >= 0 ? value : null;
  };
  return {
    chunks: count('chunks'),
    delay_ms: count('delay_ms'),
    tokens: count('tokens'),
    first_ms: count('first_ms'),
    cut_after: count('cut_after'),
    fault: found['fault']?.replaceAll('_', '-') ?? null,
  };
}
