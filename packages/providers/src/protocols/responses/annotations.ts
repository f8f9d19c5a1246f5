import { isRecord } from '../chat-completions/usage.ts';

/** A citation as chat completions write it: `url_citation` nested under its own name, others as they are. */
export function parseAnnotation(raw: unknown): unknown {
  if (!isRecord(raw) || raw['type'] !== 'url_citation' || isRecord(raw['url_citation'])) return raw;
  const { type, ...citation } = raw;
  return { type, url_citation: citation };
}
