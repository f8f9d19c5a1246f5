import type { GuardPolicy, GuardRule, GuardVerdict, ModelRequest } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import type { GatewayRequest } from '../request.ts';
import { guardRequest } from './guard-request.ts';
import { everyPii } from './text-guard.ts';

const policyOf = (more: Partial<GuardPolicy>): GuardPolicy => ({
  name: 'pii',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['input'],
  action: 'redact',
  on_failure: null,
  rule: everyPii([]),
  ...more,
});

/** It was stored when the engine still took it. */
const BROKEN: GuardRule = { ...everyPii([]), types: [], custom: [{ name: 'old', pattern: '(?=a)b' }] };
const AWAY: GuardRule = { kind: 'webhook', url: 'https://guard.example/', deadline_ms: 20 };

async function guard(policies: GuardPolicy[], asked: ModelRequest, operation = 'chat') {
  const request = {
    asked,
    body_text: JSON.stringify(asked),
    body_bytes: 0,
    hints: { metadata: {} },
    door: { operation },
  } as unknown as GatewayRequest;
  const verdicts: GuardVerdict[] = [];
  const outcome = await guardRequest(
    { request, policies, key_id: 'k', assistant: null, verdicts },
    {
      fetch: (_, init) =>
        new Promise((_resolve, reject) => {
          init.signal?.addEventListener('abort', () => reject(new Error('late')));
        }),
      clock: { now_ms: () => 0 },
      findProvider: () => null,
      settings: { connections: [], organization_id: 'org' },
      private_allowed: false,
      resolve: null,
    },
  ).then(
    (guarded) => guarded.request,
    (error: { code?: string; message: string; param?: string | null }) => error,
  );
  return { outcome, verdicts };
}

const SAID: ModelRequest = {
  model: 'm',
  messages: [
    { role: 'user', content: 'mail a@example.com' },
    { role: 'user', content: 'or b@example.com' },
  ],
};
const OTHERS = { guard: 'pii', kind: 'pii', side: 'input', action: 'redact', found: { email: 2 } };

describe.each([
  ['finds values', BROKEN, ['redact', 'block', 'flag'] as const],
  ['asks elsewhere', AWAY, ['block', 'flag'] as const],
])('an input guard that %s and fails', (_, rule, actions) => {
  const rows = actions.flatMap((action) =>
    ([null, 'closed', 'open'] as const).map((on_failure) => ({ action, on_failure })),
  );
  it.each(rows)('acts by its own setting alone: $action, $on_failure', async ({ action, on_failure }) => {
    const broken = policyOf({ name: 'broken', rule, action, on_failure });
    const failed = {
      guard: 'broken',
      kind: rule.kind,
      side: 'input',
      action: 'failed',
      found: { error: 1 },
    };
    // The other one is closed: it works, and so it has no say in this.
    for (const position of [-1, 1]) {
      const other = policyOf({ position, on_failure: 'closed' });
      const { outcome, verdicts } = await guard([broken, other], SAID);
      expect(verdicts).toContainEqual(failed);
      if ((on_failure ?? (action === 'flag' ? 'open' : 'closed')) === 'closed') {
        expect(outcome).toMatchObject({ code: 'guard_blocked' });
        expect('message' in outcome && outcome.message).toContain('"broken"');
        continue;
      }
      expect(verdicts).toContainEqual(OTHERS);
      expect(JSON.stringify(outcome)).not.toContain('@example.com');
      expect('body_text' in outcome && outcome.body_text).toContain('or [EMAIL_2]');
    }
  });
});

describe.each([
  ['completions', 'prompt', [1, 2, 3]],
  ['completions', 'prompt', ['words', [1, 2]]],
  ['embeddings', 'input', [1, 2, 3]],
  ['embeddings', 'input', [[1], [2, 3]]],
])('token ids at %s (%s: %j)', (operation, member, value) => {
  const asked = { model: 'm', [member]: value };
  const found = { side: 'input', action: 'failed', found: { token_ids: 1 } };

  it.each([
    ['redacts', policyOf({})],
    ['redacts and fails open', policyOf({ on_failure: 'open' })],
    ['blocks', policyOf({ action: 'block', rule: { kind: 'words', words: ['no'] } })],
    ['blocks on the whole', policyOf({ action: 'block', rule: { kind: 'injection' } })],
  ])('are refused by a guard that %s', async (_, policy) => {
    const { outcome, verdicts } = await guard([policy], asked, operation);
    expect(outcome).toMatchObject({ code: 'guard_blocked', param: member });
    expect('message' in outcome && outcome.message).toContain(`send \`${member}\` as text`);
    expect(verdicts).toMatchObject([found]);
  });

  it('are noted by guards that flag', async () => {
    const flags = [
      policyOf({ action: 'flag' }),
      policyOf({ name: 'b', action: 'flag', rule: { kind: 'injection' } }),
    ];
    const { outcome, verdicts } = await guard(flags, asked, operation);
    expect(outcome).toMatchObject({ asked });
    expect(verdicts).toMatchObject([found, found]);
  });
});

it('texts are no token ids', async () => {
  for (const input of ['1', ['1', '2'], [{ role: 'user', content: '1' }]])
    expect((await guard([policyOf({})], { model: 'm', input }, 'embeddings')).verdicts).toEqual([]);
});
