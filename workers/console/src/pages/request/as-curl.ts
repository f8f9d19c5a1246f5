import type { Trace } from '@sluice/client';

/** Doors whose body is the JSON that was kept. */
const PATHS: Partial<Record<Trace['door'], string>> = {
  'chat-completions': '/v1/chat/completions',
  responses: '/v1/responses',
  anthropic: '/v1/messages',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
  images: '/v1/images/generations',
  speech: '/v1/audio/speech',
  moderations: '/v1/moderations',
  rerank: '/v1/rerank',
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The request as a command line. The key is a variable: it is not known here.
 * @returns `null` for doors that take files, or have no path of their own here.
 */
export function asCurl(trace: Trace, base_url: string): string | null {
  const path = PATHS[trace.door];
  if (path === undefined) return null;
  const body =
    trace.request_body ??
    JSON.stringify({ model: trace.model_requested, messages: [{ role: 'user', content: '…' }] });
  const headers = [
    ['x-user-id', trace.user_id],
    ['x-session-id', trace.session_id],
    ['x-metadata', Object.keys(trace.metadata).length === 0 ? null : JSON.stringify(trace.metadata)],
  ].flatMap(([name, value]) => (value == null ? [] : [`-H ${quoted(`${name}: ${value}`)}`]));
  return [
    `curl ${trace.stream ? '-N ' : ''}${quoted(base_url + path)}`,
    '-H "Authorization: Bearer $SLUICE_KEY"',
    "-H 'Content-Type: application/json'",
    ...headers,
    `-d ${quoted(body)}`,
  ].join(' \\\n  ');
}
