import type { Case } from './corpus.ts';
import { isLoose, type Loose, parseJson, readEvents, textOf } from './loose.ts';

/** Every signature and opaque piece of reasoning in the recorded bytes that a client must be able to send back. */
export function readSignatures(one: Case): string[] {
  const found = new Set<string>();
  const bodies = one.streamed
    ? readEvents(one.body_text).map((event) => parseJson(event.data))
    : [parseJson(one.body_text)];
  for (const body of bodies) visit(body, found);
  return [...found].toSorted();
}

function visit(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) visit(item, found);
  if (!isLoose(value)) return;
  const signature = signatureOf(value);
  if (signature !== '') found.add(signature);
  for (const member of Object.values(value)) visit(member, found);
}

function signatureOf(value: Loose): string {
  if (value['type'] === 'redacted_thinking') return textOf(value['data']);
  if (value['type'] === 'thinking' || value['type'] === 'signature_delta') return textOf(value['signature']);
  // Of Google's parts, those of its own server-side tools have no place in a chat answer.
  return 'text' in value || 'functionCall' in value ? textOf(value['thoughtSignature']) : '';
}
