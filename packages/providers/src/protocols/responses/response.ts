import {
  type Answer,
  type AnswerChoice,
  type AnswerEvent,
  emptyChoice,
  type ProviderFailure,
  type ToolCall,
} from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { failureOfResponse, malformed } from './error.ts';
import { OutputReader } from './output-reader.ts';
import { parseUsage } from './usage.ts';

/** A whole response. One that failed or was cancelled is a failure that came with status 200. */
export function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  if (!isRecord(body)) return { failure: malformed('The body is not a JSON object.') };
  const failure = failureOfResponse(body);
  if (failure !== null) return { failure };
  if (!Array.isArray(body['output'])) return { failure: malformed('The body holds no output.') };
  const events: AnswerEvent[] = [];
  new OutputReader().finish(body, events);
  return {
    answer: {
      id: textOf(body['id']),
      model: textOf(body['model']),
      created: typeof body['created_at'] === 'number' ? Math.trunc(body['created_at']) : null,
      choices: [foldChoice(events)],
      usage: parseUsage(body['usage']),
      service_tier: textOf(body['service_tier']),
      system_fingerprint: null,
    },
  };
}

function foldChoice(events: readonly AnswerEvent[]): AnswerChoice {
  const choice: AnswerChoice = emptyChoice();
  for (const event of events) foldEvent(event, choice);
  return choice;
}

function foldEvent(event: AnswerEvent, choice: AnswerChoice): void {
  switch (event.type) {
    case 'text':
      choice.content = (choice.content ?? '') + event.text;
      return;
    case 'refusal':
      choice.refusal = (choice.refusal ?? '') + event.text;
      return;
    case 'reasoning': {
      const last = choice.reasoning.at(-1);
      if (last?.type === 'reasoning.summary' && last.index === event.index)
        last.summary = (last.summary ?? '') + event.text;
      else {
        const { text: summary, format, index } = event;
        choice.reasoning.push({ type: 'reasoning.summary', summary, format, index });
      }
      return;
    }
    case 'reasoning_detail':
      choice.reasoning.push(event.detail);
      return;
    case 'tool_call': {
      const call: ToolCall = {
        id: event.id,
        type: 'function',
        function: { name: event.name, arguments: '' },
      };
      choice.tool_calls.push(call);
      return;
    }
    case 'tool_arguments': {
      const call = choice.tool_calls[event.index];
      if (call !== undefined) call.function.arguments += event.text;
      return;
    }
    case 'annotation':
      choice.annotations.push(event.annotation);
      return;
    case 'image':
      choice.images.push(event.url);
      return;
    case 'logprobs':
      choice.logprobs ??= event.logprobs;
      return;
    case 'finish':
      choice.finish_reason = event.finish_reason;
      choice.native_finish_reason = event.native_finish_reason;
      return;
    case 'start':
    case 'usage':
    case 'error':
      return;
    default:
      event satisfies never;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
