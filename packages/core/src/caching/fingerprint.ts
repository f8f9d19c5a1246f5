import { type CacheRules, type ChatRequest, DOOR_NOTES, type Message } from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';

/** Grows when what stands in a fingerprint changes, so that no answer is found under another meaning. */
const VERSION = 1;

/** Members that change how an answer is sent or accounted, never what it says. All others count, known or not. */
const NO_PART_OF_THE_QUESTION: ReadonlySet<string> = new Set([
  'stream',
  'stream_options',
  'user',
  'metadata',
  'store',
  'prompt_cache_key',
  'safety_identifier',
]);

/** Whose answers these are, and under which rules they were made. */
export interface Partition {
  organization_id: string;
  key_id: string;
  user_id: string | null;
  /** Version of the guards that the answer has passed; `''` = none. */
  guards: string;
}

export interface Fingerprints {
  /** Of everything that changes the answer. */
  exact: string;
  /**
   * Of everything but the last words of the user, and those words: what answers to other words are looked for by.
   * `null` = this request's answer hangs on more than words.
   */
  context: { fingerprint: string; text: string } | null;
}

type Asking = Pick<GatewayRequest, 'asked' | 'door' | 'body_text' | 'client_headers'>;

/** Hashes of all that an answer hangs on. SHA-256, so that nobody can make two requests that share one. */
export async function fingerprintsOf(
  request: Asking,
  partition: Partition,
  rules: Pick<CacheRules, 'scope' | 'namespace' | 'semantic' | 'embedder'>,
): Promise<Fingerprints> {
  const asked = request.asked as ChatRequest;
  const beside = [VERSION, ownerOf(partition, rules), partition.guards, ...ownFormat(request)];
  const text = rules.semantic && (asked.n ?? 1) === 1 ? lastWords(asked.messages) : null;
  const question = questionOf(asked);
  const [exact, context] = await Promise.all([
    sha256(JSON.stringify([...beside, question])),
    text === null
      ? null
      : sha256(
          JSON.stringify([
            ...beside,
            rules.embedder,
            { ...question, messages: canonical(asked.messages.slice(0, -1)) },
          ]),
        ),
  ]);
  return { exact, context: text === null || context === null ? null : { fingerprint: context, text } };
}

/** As a list, never joined: no id can be written so that it is read as two. */
function ownerOf(
  { organization_id, key_id, user_id }: Partition,
  { scope, namespace }: Pick<CacheRules, 'scope' | 'namespace'>,
): unknown[] {
  const whose = scope === 'organization' ? [] : scope === 'key' ? [key_id] : [key_id, user_id];
  return [organization_id, scope, ...whose, namespace];
}

/** Where the door's format has more than the request model can say, its own words count, all of them. */
function ownFormat({ asked, door, body_text, client_headers }: Asking): unknown[] {
  const betas = Object.entries(client_headers).filter(([name]) => !name.endsWith('-version'));
  const own = (asked[DOOR_NOTES]?.own_format_only.length ?? 0) > 0 ? [door.protocol, body_text] : [];
  return [betas, own];
}

function questionOf(asked: ChatRequest): Record<string, unknown> {
  const question: Record<string, unknown> = {};
  for (const name of Object.keys(asked).sort()) {
    if (NO_PART_OF_THE_QUESTION.has(name) || name.startsWith('x-')) continue;
    const value = asked[name];
    if (value !== null && value !== undefined) question[name] = canonical(value);
  }
  return question;
}

/** The same for all ways to write the same: members in order, none that is `null`, one text part as its text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const [only] = value as unknown[];
    if (value.length === 1 && isPlainText(only)) return only.text;
    return value.map(canonical);
  }
  if (typeof value !== 'object' || value === null) return value;
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value))
    if (member !== null && member !== undefined) members.push([name, canonical(member)]);
  members.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members);
}

const isPlainText = (part: unknown): part is { text: string } =>
  typeof part === 'object' &&
  part !== null &&
  Object.keys(part).length === 2 &&
  'type' in part &&
  part.type === 'text' &&
  'text' in part &&
  typeof part.text === 'string';

/** What the user said last, where it is words alone. */
function lastWords(messages: readonly Message[]): string | null {
  const last = messages.at(-1);
  if (last?.role !== 'user' || last.content === '') return null;
  if (typeof last.content === 'string') return last.content;
  let text = '';
  for (const part of last.content) {
    if (part.type !== 'text') return null;
    text += `${text === '' ? '' : '\n'}${part.text}`;
  }
  return text === '' ? null : text;
}

/** Names two questions, whichever comes first. Case, space and punctuation do not count. */
export async function pairOf(first: string, second: string): Promise<string> {
  const hashes = await Promise.all([first, second].map((text) => sha256(plainText(text))));
  return hashes
    .map((hash) => hash.slice(0, 16))
    .sort()
    .join(':');
}

const plainText = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const encoder = new TextEncoder();

/** Lower-case hex. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  let hex = '';
  for (const byte of digest) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
