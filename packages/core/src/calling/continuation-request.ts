import type { AssistantMessage, CallAsk, ContentPart, Message, ProtocolId } from '@sluice/contract';

/**
 * How a target is told to go on. `restart`: nothing was shown, it is asked as the first was. `restate`: it is asked as
 * the first was, and must begin with what was shown. `prefill`: with the shown text as its own unfinished turn. `ask`:
 * with that turn, and a word to go on.
 */
export type ContinuationMode = 'restart' | 'restate' | 'prefill' | 'ask';

const INSTRUCTION =
  'Your last message was cut off before its end. Continue it from exactly where it stops: write only what comes next, beginning with the very next character. Do not repeat any of it, do not start over, and do not mention this interruption.';

/** What the next target is asked, in the request model and in the client's own format. */
export function continuationOf(ask: CallAsk, shown: string, mode: ContinuationMode): CallAsk {
  if (mode === 'restart' || mode === 'restate') return ask;
  const messages = ask.asked['messages'] as Message[];
  return {
    ...ask,
    asked: { ...ask.asked, messages: withTurns(messages, shown, mode) },
    body_text: amendBody(ask.body_text, ask.door.protocol, shown, mode),
  };
}

/** A turn of the model that the client itself had begun is gone on with, not followed by another. */
function withTurns(messages: Message[], shown: string, mode: 'prefill' | 'ask'): Message[] {
  const turns = [...messages];
  const last = turns.at(-1);
  const begun = last?.role === 'assistant' && !last.tool_calls?.length ? last : null;
  if (begun === null) turns.push({ role: 'assistant', content: shown });
  else turns[turns.length - 1] = { ...begun, content: extended(begun.content, shown) };
  if (mode === 'ask') turns.push({ role: 'user', content: INSTRUCTION });
  return turns;
}

function extended(content: AssistantMessage['content'], shown: string): string | ContentPart[] {
  if (typeof content === 'string') return content + shown;
  return [...(content ?? []), { type: 'text', text: shown }];
}

/** The body of a target that speaks the client's own format; `''` where that body cannot be read. */
function amendBody(text: string, format: ProtocolId, shown: string, mode: 'prefill' | 'ask'): string {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return '';
  }
  if (format === 'responses') {
    const { input } = body;
    const items: unknown[] = Array.isArray(input) ? input : [{ role: 'user', content: input }];
    body['input'] = [...items, { role: 'assistant', content: shown }];
    if (mode === 'ask') (body['input'] as unknown[]).push({ role: 'user', content: INSTRUCTION });
  } else body['messages'] = withTurns(body['messages'] as Message[], shown, mode);
  return JSON.stringify(body);
}
