import type { EmbedderPort, GuardPolicy, GuardRule } from '@sluice/contract';
import { expect, it } from 'vitest';
import { localEmbedder } from '../caching/local-embedder.ts';
import { findTopics } from './find-topics.ts';
import { GuardRun } from './guard-run.ts';
import { judgeWhole, type WholePorts } from './judge-whole.ts';

const RULE: Extract<GuardRule, { kind: 'topics' }> = {
  kind: 'topics',
  topics: ['gambling and betting', 'medical diagnosis'],
  similarity_min: 0.5,
  embedder: null,
  deadline_ms: 10_000,
};

const policyOf = (more: Partial<GuardPolicy> = {}): GuardPolicy => ({
  name: 'topics',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['input'],
  action: 'block',
  on_failure: null,
  rule: RULE,
  ...more,
});

const portsOf = (embedder: EmbedderPort | null): WholePorts => ({
  fetch: async () => Response.error(),
  clock: { now_ms: () => 0 },
  findProvider: () => null,
  settings: { connections: [], organization_id: 'org' },
  private_allowed: false,
  resolve: null,
  embedder: async () => embedder,
});

const user = (text: string) => [{ role: 'user', text }];

it('a topic is found in any passage of a long text, and its words in an order to the model are not', async () => {
  const ports = portsOf(localEmbedder);
  const find = (role: string, text: string) => findTopics(policyOf(), RULE, [{ role, text }], ports);
  const filler = 'The river rises in the hills. It runs past three old mills. '.repeat(20);
  expect(await find('user', `${filler}Where is betting or gambling allowed? ${filler}`)).toEqual({
    gambling_and_betting: 1,
  });
  expect(await find('user', filler)).toEqual({});
  expect(await find('system', 'No gambling and betting.')).toEqual({});
});

it('vectors of topics are made once, and anew by another embedder', async () => {
  const asked: string[][] = [];
  const embedderOf = (id: string): EmbedderPort => ({
    id,
    embed(texts) {
      asked.push([...texts]);
      return localEmbedder.embed(texts);
    },
  });
  const policy = policyOf();
  for (const id of ['a', 'a', 'b']) await findTopics(policy, RULE, user('hello'), portsOf(embedderOf(id)));
  expect(asked.filter((texts) => texts.length === 2)).toHaveLength(2);
});

const AWAY: [string, EmbedderPort | null, string][] = [
  ['is not there', null, 'hello'],
  ['throws', { id: 'x', embed: async () => Promise.reject(new Error('away')) }, 'hello'],
  ['never answers', { id: 'x', embed: () => new Promise(() => undefined) }, 'hello'],
  ['would have to read too much', localEmbedder, 'A sentence of its own. '.repeat(20_000)],
];

it.each(AWAY)(
  'where the embedder %s, a guard that blocks refuses and one that flags is marked',
  async (_, embedder, text) => {
    const judge = async (policy: GuardPolicy) => {
      const run = new GuardRun();
      const asked = { model: 'm' };
      const ask = { policy, side: 'input', texts: user(text), contents: [], asked, run } as const;
      const code = await judgeWhole(ask, portsOf(embedder)).then(
        () => 'passed',
        (error: { code?: string }) => error.code,
      );
      return { code, actions: run.verdicts.map(({ action }) => action) };
    };
    // So that who never answers is not waited for.
    const rule = { ...RULE, deadline_ms: 20 };
    expect(await judge(policyOf({ rule }))).toEqual({ code: 'guard_blocked', actions: ['failed'] });
    expect(await judge(policyOf({ rule, action: 'flag' }))).toEqual({ code: 'passed', actions: ['failed'] });
  },
);
