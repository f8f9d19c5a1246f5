import { type ChatRequest, type ContentPart, targetKey } from '@sluice/contract';

/**
 * What an isolate remembers of answers, to choose better: how long they are, and who served a conversation. Lost with
 * the isolate, which costs nothing but a worse guess. Money is never held by it.
 */
export interface RoutingMemory {
  /** Decayed mean of output tokens of such requests; `null` until a few were seen. */
  findOutput(key_id: string, reasons: boolean, output_max: number | null): number | null;
  learnOutput(key_id: string, reasons: boolean, output_max: number | null, output_tokens: number): void;
  /** `targetKey` of who served the conversation last; `null` = nobody that is remembered. */
  findServing(conversation: string): string | null;
  learnServing(conversation: string, connection_id: string, model: string): void;
}

const LENGTHS_MAX = 2000;
const CONVERSATIONS_MAX = 5000;
/** Weight of the newest answer, once a few were seen. */
const NEWEST = 0.1;
const SEEN_MIN = 3;

export function createRoutingMemory(): RoutingMemory {
  const lengths = new Map<string, { mean: number; seen: number }>();
  const conversations = new Map<string, string>();
  return {
    findOutput(key_id, reasons, output_max) {
      const known = lengths.get(lengthKey(key_id, reasons, output_max));
      return known === undefined || known.seen < SEEN_MIN ? null : Math.round(known.mean);
    },
    learnOutput(key_id, reasons, output_max, output_tokens) {
      const key = lengthKey(key_id, reasons, output_max);
      const known = lengths.get(key);
      if (known === undefined) {
        dropOldest(lengths, LENGTHS_MAX);
        lengths.set(key, { mean: output_tokens, seen: 1 });
        return;
      }
      known.seen += 1;
      known.mean += (output_tokens - known.mean) * Math.max(NEWEST, 1 / known.seen);
    },
    findServing: (conversation) => conversations.get(conversation) ?? null,
    learnServing(conversation, connection_id, model) {
      // Set anew, so that the conversation that was quiet the longest is dropped first.
      conversations.delete(conversation);
      dropOldest(conversations, CONVERSATIONS_MAX);
      conversations.set(conversation, targetKey(connection_id, model));
    },
  };
}

/** Limits of about the same size are one band: each four times as wide as the one before. */
const lengthKey = (key_id: string, reasons: boolean, output_max: number | null): string =>
  `${key_id} ${reasons ? 'r' : 'p'} ${output_max === null ? '-' : Math.floor(Math.log2(output_max + 1) / 2)}`;

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size < max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

const PREFIX_CHARS = 1500;

/**
 * A name for the conversation that a request belongs to: the session that the client names, else what it began with,
 * which is also what a provider's prompt cache knows it by.
 */
export function conversationOf(key_id: string, session_id: string | null, chat: ChatRequest): string {
  if (session_id !== null) return `${key_id} s ${session_id}`;
  let hash = 0x811c9dc5;
  let users = 0;
  for (const { role, content } of chat.messages) {
    const text = typeof content === 'string' ? content : firstText(content);
    const end = Math.min(text.length, PREFIX_CHARS);
    for (let at = 0; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ text.length, 0x01000193);
    if (role === 'user' && ++users === 1) break;
  }
  return `${key_id} h ${hash >>> 0}`;
}

function firstText(content: ContentPart[] | null | undefined): string {
  for (const part of content ?? []) if (part.type === 'text') return part.text;
  return '';
}
