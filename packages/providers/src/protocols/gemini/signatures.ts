import type { AssistantMessage, ToolCall } from '@sluice/contract';
import { asList, asRecord, asText, type Loose } from './lenient.ts';
import { GOOGLE_FORMAT } from './reader.ts';

/**
 * Accepted in place of a signature that was lost: clients that speak plain OpenAI echo none.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-11-21)
 */
export const SIGNATURE_SENTINEL = 'skip_thought_signature_validator';

/** What Google signed in one assistant turn, by the kind of part that it goes back on, in order. */
export interface TurnSignatures {
  /** Thought parts, ready to be sent. */
  thoughts: Loose[];
  texts: string[];
  by_call: Map<string, string>;
}

/**
 * Signatures that the client echoed, unmodified. Reasoning of other providers, and Google's own without a
 * signature (a summary for people), is never sent.
 */
export function readSignatures(message: AssistantMessage): TurnSignatures {
  const signatures: TurnSignatures = { thoughts: [], texts: [], by_call: new Map() };
  for (const entry of asList(message.reasoning_details)) {
    const detail = asRecord(entry);
    if (detail?.['format'] !== GOOGLE_FORMAT) continue;
    const signature = asText(detail['data']) || asText(detail['signature']);
    if (signature === null || signature === '') continue;
    const id = asText(detail['id']) || null;
    if (id !== null) signatures.by_call.set(id, signature);
    else if (detail['type'] === 'reasoning.encrypted') signatures.texts.push(signature);
    else {
      const text = asText(detail['text']) ?? asText(detail['summary']) ?? '';
      signatures.thoughts.push({ text, thought: true, thoughtSignature: signature });
    }
  }
  return signatures;
}

/** Google's own carrier on the call, else the reasoning detail with the call's id; `null` when neither is there. */
export function findCallSignature(call: ToolCall, signatures: TurnSignatures): string | null {
  const carried = asText(asRecord(asRecord(call.extra_content)?.['google'])?.['thought_signature']);
  return carried || (signatures.by_call.get(call.id) ?? null);
}
