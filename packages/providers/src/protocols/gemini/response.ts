import type { Answer, AnswerChoice, AnswerEvent, ProviderFailure } from '@sluice/contract';
import { asRecord } from './lenient.ts';
import { ResponseReader } from './reader.ts';

/** Reads a whole `GenerateContentResponse`. An answer without any candidate and without a reason is a failure. */
export function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  // The body of a stream without `alt=sse`, and of its errors, is a list.
  const root = asRecord(Array.isArray(body) && body.length === 1 ? body[0] : body);
  if (root === null) return { failure: malformed('The answer is not a JSON object.') };
  const reader = new ResponseReader();
  const events: AnswerEvent[] = [];
  reader.read(root, events);
  if (reader.failure !== null) return { failure: reader.failure };
  const answer = gather(events, reader.service_tier);
  if (answer.choices.length === 0) {
    return { failure: malformed('The answer holds no candidates and does not say why.') };
  }
  return { answer };
}

function gather(events: AnswerEvent[], service_tier: string | null): Answer {
  const answer: Answer = {
    id: null,
    model: null,
    created: null,
    choices: [],
    usage: null,
    service_tier,
    system_fingerprint: null,
  };
  const choices = new Map<number, AnswerChoice>();
  for (const event of events) {
    if (event.type === 'start') {
      answer.id = event.id;
      answer.model = event.model;
      answer.created = event.created;
    } else if (event.type === 'usage') answer.usage = event.usage;
    else if (event.type !== 'error') addTo(findOrAdd(choices, event.choice), event);
  }
  answer.choices = [...choices.values()].sort((a, b) => a.index - b.index);
  return answer;
}

function findOrAdd(choices: Map<number, AnswerChoice>, index: number): AnswerChoice {
  const known = choices.get(index);
  if (known !== undefined) return known;
  const choice: AnswerChoice = {
    index,
    content: null,
    refusal: null,
    reasoning: [],
    tool_calls: [],
    annotations: [],
    logprobs: null,
    finish_reason: 'stop',
    native_finish_reason: null,
    images: [],
  };
  choices.set(index, choice);
  return choice;
}

function addTo(
  choice: AnswerChoice,
  event: Exclude<AnswerEvent, { type: 'start' | 'usage' | 'error' }>,
): void {
  switch (event.type) {
    case 'text':
      choice.content = (choice.content ?? '') + event.text;
      break;
    case 'refusal':
      choice.refusal = (choice.refusal ?? '') + event.text;
      break;
    case 'reasoning': {
      const block = choice.reasoning.find((detail) => detail.index === event.index);
      if (block === undefined) {
        const { text, format, index } = event;
        choice.reasoning.push({ type: 'reasoning.text', text, format, index });
      } else block.text = (block.text ?? '') + event.text;
      break;
    }
    case 'reasoning_detail': {
      const block = choice.reasoning.find((detail) => detail.index === event.detail.index);
      if (block === undefined) choice.reasoning.push({ ...event.detail });
      else block.signature = event.detail.signature ?? null;
      break;
    }
    case 'tool_call':
      choice.tool_calls.push({
        id: event.id,
        type: 'function',
        function: { name: event.name, arguments: '' },
        ...(event.thought_signature === null
          ? {}
          : { extra_content: { google: { thought_signature: event.thought_signature } } }),
      });
      // A candidate without a finish reason still ended with its calls.
      if (choice.native_finish_reason === null) choice.finish_reason = 'tool_calls';
      break;
    case 'tool_arguments': {
      const call = choice.tool_calls[event.index];
      if (call !== undefined) call.function.arguments += event.text;
      break;
    }
    case 'annotation':
      choice.annotations.push(event.annotation);
      break;
    case 'image':
      choice.images.push(event.url);
      break;
    case 'logprobs':
      choice.logprobs = event.logprobs;
      break;
    case 'finish':
      choice.finish_reason = event.finish_reason;
      choice.native_finish_reason = event.native_finish_reason;
      break;
    default:
      event satisfies never;
  }
}

function malformed(message: string): ProviderFailure {
  return { kind: 'malformed', status: 200, message, code: null, param: null, retry_after_ms: null };
}
