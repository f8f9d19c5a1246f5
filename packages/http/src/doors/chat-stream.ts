import type { AnswerEvent, AnswerHead, Door, ReasoningDetail, Usage } from '@sluice/contract';
import { renderErrorBody } from '../errors.ts';
import { renderUsage } from './chat-usage.ts';

/**
 * OpenAI's stream grammar: a role chunk first, ids and names of tool calls once, one finish per choice, usage last
 * and only when asked for, then `[DONE]`. Chunks are put together as text around a constant beginning: a stream has
 * hundreds of them, and only their text differs.
 */
export const createStreamRenderer: Door['createStreamRenderer'] = (head, { include_usage }) => {
  const prefix = renderPrefix(head);
  const usage_null = include_usage ? ',"usage":null' : '';
  const opened: number[] = [];
  const finished: number[] = [];
  let usage: Usage | null = null;
  /** The newest finish chunk waits for the end: without a usage chunk it is the one that carries the receipt. */
  let held = '';

  const chunk = (choice: number, delta: string, finish: string): string =>
    `${prefix}"choices":[{"index":${choice},"delta":${delta},"logprobs":null,"finish_reason":${finish}}]${usage_null}}\n\n`;

  function open(choice: number): string {
    const before = held;
    held = '';
    if (opened.includes(choice)) return before;
    opened.push(choice);
    return before + chunk(choice, '{"role":"assistant","content":"","refusal":null}', 'null');
  }

  function push(event: AnswerEvent): string {
    switch (event.type) {
      case 'text':
        return open(event.choice) + chunk(event.choice, `{"content":${JSON.stringify(event.text)}}`, 'null');
      case 'refusal':
        return open(event.choice) + chunk(event.choice, `{"refusal":${JSON.stringify(event.text)}}`, 'null');
      case 'reasoning': {
        const text = JSON.stringify(event.text);
        const detail = `{"type":"reasoning.text","text":${text},"format":"${event.format}","index":${event.index}}`;
        const delta = `{"reasoning_content":${text},"reasoning_details":[${detail}]}`;
        return open(event.choice) + chunk(event.choice, delta, 'null');
      }
      case 'reasoning_detail':
        return open(event.choice) + chunk(event.choice, renderDetail(event.detail), 'null');
      case 'tool_call': {
        const extra =
          event.thought_signature === null
            ? ''
            : `,"extra_content":{"google":{"thought_signature":${JSON.stringify(event.thought_signature)}}}`;
        const call = `{"index":${event.index},"id":${JSON.stringify(event.id)},"type":"function","function":{"name":${JSON.stringify(event.name)},"arguments":""}${extra}}`;
        return open(event.choice) + chunk(event.choice, `{"tool_calls":[${call}]}`, 'null');
      }
      case 'tool_arguments': {
        const call = `{"index":${event.index},"function":{"arguments":${JSON.stringify(event.text)}}}`;
        return open(event.choice) + chunk(event.choice, `{"tool_calls":[${call}]}`, 'null');
      }
      case 'annotation': {
        const delta = `{"annotations":[${JSON.stringify(event.annotation)}]}`;
        return open(event.choice) + chunk(event.choice, delta, 'null');
      }
      case 'image': {
        const delta = `{"images":[{"type":"image_url","image_url":{"url":${JSON.stringify(event.url)}}}]}`;
        return open(event.choice) + chunk(event.choice, delta, 'null');
      }
      case 'logprobs':
        return (
          open(event.choice) +
          `${prefix}"choices":[{"index":${event.choice},"delta":{},"logprobs":${JSON.stringify(event.logprobs)},"finish_reason":null}]${usage_null}}\n\n`
        );
      case 'finish': {
        if (finished.includes(event.choice)) return '';
        finished.push(event.choice);
        const before = open(event.choice);
        held = chunk(event.choice, '{}', `"${event.finish_reason}"`);
        return before;
      }
      case 'usage':
        usage = event.usage;
        return '';
      // `start` is written with the first chunk of each choice; an error goes through `fail`.
      case 'start':
      case 'error':
        return '';
      default:
        return event satisfies never;
    }
  }

  return {
    push,
    end(receipt) {
      let out = held;
      held = '';
      const last =
        include_usage && usage !== null
          ? `${prefix}"choices":[],"usage":${JSON.stringify(renderUsage(usage))}}\n\n`
          : null;
      if (last !== null) out += withReceipt(last, receipt);
      else out = withReceipt(out, receipt);
      return `${out}data: [DONE]\n\n`;
    },
    fail(error, request_id) {
      // A finish that waits here must not make a failure look like a success.
      held = '';
      return `data: ${renderErrorBody(error, request_id)}\n\n`;
    },
  };
};

const renderPrefix = (head: AnswerHead): string =>
  `data: {"id":${JSON.stringify(head.id)},"object":"chat.completion.chunk","created":${head.created},"model":${JSON.stringify(head.model)},"system_fingerprint":null,`;

function renderDetail(detail: ReasoningDetail): string {
  return `{"reasoning_details":[${JSON.stringify(detail)}]}`;
}

/** `chunk` ends in `}` and an empty line. */
const withReceipt = (chunk: string, receipt: string | null): string =>
  receipt === null || chunk === '' ? chunk : `${chunk.slice(0, -3)},"x-llm-gateway":${receipt}}\n\n`;
