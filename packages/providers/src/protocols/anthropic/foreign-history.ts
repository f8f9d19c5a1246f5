import { type ChatRequest, REASONING_CARRIER } from '@sluice/contract';
import { createToolIds } from './tool-ids.ts';
import { findString, isObject, type Json } from './wire.ts';

const TOOL_ID = /^[a-zA-Z0-9_-]+$/;

/**
 * Whether other providers answered earlier turns, so that they cannot go to Anthropic as they are: they hold
 * reasoning that it would refuse and has no business to see, or ids of calls that it does not take or that repeat.
 */
export function isForeign(chat: ChatRequest): boolean {
  const ids = new Set<string>();
  for (const message of chat.messages) {
    if (message.role !== 'assistant') continue;
    if (message.reasoning_content) return true;
    if (message.reasoning_details?.some(({ format }) => format !== 'anthropic-claude-v1')) return true;
    for (const { id } of message.tool_calls ?? []) {
      if (ids.has(id) || !TOOL_ID.test(id)) return true;
      ids.add(id);
    }
  }
  return false;
}

/**
 * The turns of a client's own text, cleaned of what is other providers'.
 * @returns `null` when there is nothing to clean
 */
export function cleanTurns(body_text: string): Json[] | null {
  const { messages } = JSON.parse(body_text) as { messages: Json[] };
  const ids = createToolIds();
  let changed = false;
  const turns: Json[] = [];
  for (const message of messages) {
    const { role, content } = message;
    if (role === 'assistant') ids.beginTurn();
    if (!Array.isArray(content)) {
      turns.push(message);
      continue;
    }
    const blocks: unknown[] = [];
    let touched = false;
    for (const block of content) {
      const clean = cleanBlock(block, ids);
      touched ||= clean !== block;
      if (clean !== null) blocks.push(clean);
    }
    changed ||= touched;
    // A turn that held nothing else is no turn.
    if (blocks.length > 0 || content.length === 0)
      turns.push(touched ? { ...message, content: blocks } : message);
  }
  return changed ? turns : null;
}

/** The very same block where nothing is wrong with it; `null` = leave it out. */
function cleanBlock(block: unknown, ids: ReturnType<typeof createToolIds>): unknown {
  if (!isObject(block)) return block;
  switch (block.type) {
    case 'thinking':
      return isCarrier(block.signature) ? null : block;
    case 'redacted_thinking':
      return isCarrier(block.data) ? null : block;
    case 'tool_use': {
      const id = ids.forCall(String(block.id));
      return id === block.id ? block : { ...block, id };
    }
    case 'tool_result': {
      const tool_use_id = ids.forResult(String(block.tool_use_id));
      return tool_use_id === null || tool_use_id === block.tool_use_id ? block : { ...block, tool_use_id };
    }
    default:
      return block;
  }
}

const isCarrier = (value: unknown): boolean => findString(value)?.startsWith(REASONING_CARRIER) ?? false;
