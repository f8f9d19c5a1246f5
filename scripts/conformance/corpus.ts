import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type RecordedEvent, readFrames, readTextEvents, unwrapInvokeFrames } from './recorded-events.ts';

/** What an independent reader found in the recorded bytes: native words, not mapped to any other format. */
export interface Facts {
  /** Of the first choice. */
  text: string;
  reasoning: string;
  refusal?: string;
  /** A call whose `name` is `null` is a later fragment of the one before; its arguments are not in the facts. */
  tool_calls: { id: string | null; name: string | null; arguments: unknown }[];
  finish: string | null;
  usage: Record<string, unknown> | null;
  id: string | null;
  model: string | null;
  choices: number;
  notes: string[];
  /** An error event inside the stream, as recorded. */
  error?: unknown;
}

export interface Recording {
  provider: string;
  api: string;
  stream: boolean;
  request: { path?: string; body?: unknown } | null;
  response: { status: number; headers: Record<string, string>; body?: unknown; body_base64?: string };
}

export interface Case {
  /** `PROVIDER/NNN-name` */
  id: string;
  provider: string;
  api: NativeApi;
  /** The client asked for a stream. A `stream` case with a JSON body is an error, or was answered whole. */
  stream: boolean;
  recording: Recording;
  /** The answer's bytes as text; empty where they are frames. */
  body_text: string;
  body_bytes: number;
  /** The answer is a stream. */
  streamed: boolean;
  /** Of a stream. */
  events: RecordedEvent[];
  /** `null` for errors, which tell their facts by themselves; a success without facts fails. */
  facts: Facts | null;
}

/** Wire formats of chat. */
export const NATIVE_APIS = [
  'chat',
  'messages',
  'generateContent',
  'responses',
  'converse',
  'cohere',
] as const;
export type NativeApi = (typeof NATIVE_APIS)[number];

export interface Corpus {
  cases: Case[];
  /** What is recorded but not replayed yet, as `provider api`, with the number of cases. */
  later: Record<string, number>;
}

/**
 * Reads `PROVIDER/*.json`, and the facts of all of them from `facts/*.json` and `facts.json`.
 * @throws Error when the folder holds no recorded exchange
 */
export function readCorpus(folder: string, filter: string | null = null): Corpus {
  const facts = readFacts(folder);
  const cases: Case[] = [];
  const later: Record<string, number> = {};
  for (const id of listIds(folder)) {
    if (filter !== null && !id.includes(filter)) continue;
    const recording = JSON.parse(readFileSync(path.join(folder, `${id}.json`), 'utf8')) as Recording;
    const api = apiOf(recording);
    if (api === undefined) {
      const name = `${recording.provider} ${recording.api}`;
      later[name] = (later[name] ?? 0) + 1;
      continue;
    }
    if (api === 'messages' && recording.response.body_base64 !== undefined) unwrap(recording);
    const { status, body, body_base64 } = recording.response;
    const frames = body_base64 === undefined ? null : Buffer.from(body_base64, 'base64');
    // Two recordings lost their headers; no such stream comes without this one.
    if (frames !== null) recording.response.headers['content-type'] ??= 'application/vnd.amazon.eventstream';
    const body_text = typeof body === 'string' ? body : body == null ? '' : JSON.stringify(body);
    const streamed = status === 200 && (frames !== null || typeof body === 'string');
    cases.push({
      id,
      provider: recording.provider,
      api,
      stream: recording.stream,
      recording,
      body_text,
      body_bytes: frames?.length ?? Buffer.byteLength(body_text),
      streamed,
      events: !streamed ? [] : frames === null ? readTextEvents(body_text) : readFrames(frames),
      facts: facts[id] ?? null,
    });
  }
  if (cases.length === 0 && Object.keys(later).length === 0)
    throw new Error(
      `${folder} holds no recorded exchange${filter === null ? '' : ` named like "${filter}"`}`,
    );
  return { cases, later };
}

/** Cohere's own chat is recorded under the name that OpenAI's has. */
const apiOf = ({ provider, api }: Recording): NativeApi | undefined =>
  api === 'chat' && provider === 'cohere' ? 'cohere' : NATIVE_APIS.find((known) => known === api);

function unwrap({ response }: Recording): void {
  response.body = unwrapInvokeFrames(Buffer.from(response.body_base64 ?? '', 'base64'));
  response.headers = { 'content-type': 'text/event-stream' };
  delete response.body_base64;
}

export function listIds(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'facts' && entry.name !== 'licences')
    .flatMap((entry) =>
      readdirSync(path.join(folder, entry.name))
        .filter((file) => file.endsWith('.json'))
        .map((file) => `${entry.name}/${file.slice(0, -'.json'.length)}`),
    )
    .toSorted();
}

function readFacts(folder: string): Record<string, Facts> {
  const inside = path.join(folder, 'facts');
  const files = existsSync(inside) ? readdirSync(inside).map((file) => path.join(inside, file)) : [];
  files.push(path.join(folder, 'facts.json'));
  const all: Record<string, Facts> = {};
  for (const file of files)
    if (file.endsWith('.json') && existsSync(file))
      Object.assign(all, JSON.parse(readFileSync(file, 'utf8')));
  return all;
}
