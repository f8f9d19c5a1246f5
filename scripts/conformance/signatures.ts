import type { Case } from './corpus.ts';
import { isLoose, type Loose, parseJson, textOf } from './loose.ts';
import type { RecordedEvent } from './recorded-events.ts';

/** Every signature and opaque piece of reasoning in the recorded bytes that a client must be able to send back. */
export function readSignatures(one: Case): string[] {
  const found = new Set<string>();
  const bodies = one.streamed
    ? one.events.filter(isFinal).map((event) => event.body)
    : [parseJson(one.body_text)];
  for (const body of bodies) visit(body, found);
  return [...found].toSorted();
}

/** Responses tells an item's signature twice, and the second time it is another one: the last word counts. */
const isFinal = ({ body }: RecordedEvent): boolean =>
  !/^response\.(?!output_item\.done)/.test(textOf(body?.['type']));

function visit(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) visit(item, found);
  if (!isLoose(value)) return;
  const signature = signatureOf(value);
  if (signature !== '') found.add(signature);
  for (const member of Object.values(value)) visit(member, found);
}

function signatureOf(value: Loose): string {
  if (value['type'] === 'redacted_thinking') return textOf(value['data']);
  if (value['type'] === 'reasoning') return textOf(value['encrypted_content']);
  // Converse names no types.
  if (isLoose(value['reasoningText'])) return textOf(value['reasoningText']['signature']);
  if (isLoose(value['reasoningContent']))
    return (
      textOf(value['reasoningContent']['signature']) || textOf(value['reasoningContent']['redactedContent'])
    );
  if (textOf(value['type']).startsWith('reasoning.'))
    return textOf(value['data']) || textOf(value['signature']);
  // Google's own endpoint in OpenAI's format.
  if ('thought_signature' in value) return textOf(value['thought_signature']);
  if (value['type'] === 'thinking' || value['type'] === 'signature_delta') return textOf(value['signature']);
  // Of Google's parts, those of its own server-side tools have no place in a chat answer.
  return 'text' in value || 'functionCall' in value ? textOf(value['thoughtSignature']) : '';
}
