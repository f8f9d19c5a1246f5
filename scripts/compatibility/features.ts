import type { ConformanceDoor, Observed } from '../conformance/door.ts';
import { isLoose, parseJson } from '../conformance/loose.ts';
import { PNG, resultOf, type Wanted } from './wanted.ts';

/** What a feature's check looks at. */
export interface Sight {
  door: ConformanceDoor;
  seen: Observed;
  /** What the provider was sent, as text. */
  sent: string;
  ask: (wanted: Partial<Wanted>) => Promise<Observed>;
}

export interface Feature {
  id: string;
  title: string;
  /** A way of failing of the simulator, which picks it by the model's name. */
  fault: string | null;
  wanted: Partial<Wanted>;
  /** @returns what is wrong; `null` = nothing. */
  check(sight: Sight): Promise<string | null> | string | null;
}

const QUESTION = 'Tell me about the water level of the second lock.';
const TOOLS = ['weather', 'time_of_day'];

const finishOf = (door: ConformanceDoor, word: string): string => door.finish[word] ?? word;

const answered = ({ door, seen }: Sight, finish: string): string | null => {
  if (seen.status !== 200)
    return `status ${seen.status}: ${seen.error?.message ?? seen.body_text.slice(0, 200)}`;
  if (seen.error !== null) return `an error: ${seen.error.message}`;
  if (seen.grammar.length > 0) return seen.grammar.join('; ');
  if (seen.finish !== finishOf(door, finish)) return `finish ${seen.finish}`;
  if (seen.tokens === null || seen.tokens.prompt === 0 || seen.tokens.completion === 0) return 'no usage';
  return null;
};

const called = (sight: Sight, names: string[]): string | null => {
  const problem = answered(sight, 'tool_calls');
  if (problem !== null) return problem;
  const { tool_calls } = sight.seen;
  if (tool_calls.map(({ name }) => name).join() !== names.join())
    return `calls ${JSON.stringify(tool_calls)}`;
  for (const call of tool_calls) {
    const read = parseJson(call.arguments);
    if (!isLoose(read) || typeof read['city'] !== 'string') return `arguments ${call.arguments}`;
  }
  if (new Set(tool_calls.map(({ id }) => id)).size < tool_calls.length) return 'ids that are not their own';
  return null;
};

const failed =
  (status: number, code: string) =>
  ({ seen, door }: Sight): string | null => {
    if (seen.status !== status) return `status ${seen.status}`;
    if (seen.error === null || seen.error.message === '') return 'no error body';
    return door.lacks.includes('error_codes') || seen.error.code === code ? null : `code ${seen.error.code}`;
  };

const text = (stream: boolean): Feature => ({
  id: stream ? 'stream' : 'text',
  title: stream ? 'text, streamed' : 'text',
  fault: null,
  wanted: { stream },
  check(sight) {
    const problem = answered(sight, 'stop');
    if (problem !== null) return problem;
    if (!sight.seen.text.includes(QUESTION)) return `text ${sight.seen.text.slice(0, 80)}`;
    return sight.sent.includes('Be brief.') ? null : 'the instructions did not arrive';
  },
});

const tools = (stream: boolean): Feature => ({
  id: stream ? 'tools_stream' : 'tools',
  title: stream ? 'tools, streamed' : 'tools',
  fault: null,
  wanted: { stream, tools: TOOLS.slice(0, 1) },
  check: (sight) => called(sight, TOOLS.slice(0, 1)),
});

const parallel = (stream: boolean): Feature => ({
  id: stream ? 'parallel_stream' : 'parallel',
  title: stream ? 'parallel tools with results, streamed' : 'parallel tools with results',
  fault: null,
  wanted: { stream, tools: TOOLS, text: `${QUESTION} Call them in parallel.` },
  async check(sight) {
    const problem = called(sight, TOOLS);
    if (problem !== null) return problem;
    const seen = await sight.ask({ calls: sight.seen });
    const second = answered({ ...sight, seen }, 'stop');
    if (second !== null) return `second turn: ${second}`;
    return seen.text.includes(resultOf(1)) ? null : `second turn: ${seen.text.slice(0, 120)}`;
  },
});

const cut = (fault: string): Feature => ({
  id: fault,
  title: `cut mid-stream (${fault.slice('cut-'.length)})`,
  fault,
  wanted: { stream: true },
  check({ seen }) {
    if (seen.status !== 200) return `status ${seen.status} before any content`;
    if (seen.error === null) return 'no error event';
    return seen.finish === null && !seen.broken ? null : `a clean end: ${seen.finish}`;
  },
});

/** The rows of the matrix. */
export const FEATURES: readonly Feature[] = [
  text(false),
  text(true),
  tools(false),
  tools(true),
  parallel(false),
  parallel(true),
  {
    id: 'image',
    title: 'image',
    fault: null,
    wanted: { image: true },
    check(sight) {
      return answered(sight, 'stop') ?? (sight.sent.includes(PNG) ? null : 'the image did not arrive');
    },
  },
  {
    id: 'json_schema',
    title: 'JSON schema',
    fault: null,
    wanted: { schema: true },
    check(sight) {
      const problem = answered(sight, 'stop');
      if (problem !== null) return problem;
      const read = parseJson(sight.seen.text);
      const fits = isLoose(read) && typeof read['city'] === 'string' && Number.isInteger(read['people']);
      return fits ? null : `text ${sight.seen.text.slice(0, 120)}`;
    },
  },
  {
    id: 'json_schema_stream',
    title: 'JSON schema, streamed',
    fault: null,
    wanted: { schema: true, stream: true },
    check(sight) {
      const problem = answered(sight, 'stop');
      if (problem !== null) return problem;
      return isLoose(parseJson(sight.seen.text)) ? null : `text ${sight.seen.text.slice(0, 120)}`;
    },
  },
  {
    id: 'reasoning',
    title: 'reasoning',
    fault: null,
    wanted: { reasoning: true, stream: true },
    check(sight) {
      const problem = answered(sight, 'stop');
      if (problem !== null) return problem;
      const { reasoning, tokens, signatures } = sight.seen;
      const thought = reasoning !== '' || signatures.length > 0 || (tokens?.reasoning ?? 0) > 0;
      // Where the simulator's model thinks in silence, the wish must at least have reached it.
      const asked = /reasoning|thinking|effort|prompt_mode/i.test(sight.sent);
      return thought || asked ? null : 'neither reasoning nor its tokens, and nothing asked for them';
    },
  },
  {
    id: '400',
    title: 'error 400',
    fault: '400',
    wanted: {},
    check: failed(400, 'invalid_request'),
  },
  {
    id: '401',
    title: 'error 401',
    fault: '401',
    wanted: {},
    check: failed(502, 'provider_credentials_rejected'),
  },
  {
    id: '429',
    title: 'error 429',
    fault: '429-60s',
    wanted: {},
    check: failed(503, 'no_provider_available'),
  },
  { id: '503', title: 'error 503', fault: '503', wanted: {}, check: failed(502, 'provider_error') },
  cut('cut-abort'),
  cut('cut-rst'),
];

export const wantedOf = (feature: Feature): Wanted => ({
  text: QUESTION,
  stream: false,
  image: false,
  tools: [],
  schema: false,
  reasoning: false,
  calls: null,
  ...feature.wanted,
});
