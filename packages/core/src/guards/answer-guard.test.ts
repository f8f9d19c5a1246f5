import type { Answer, AnswerEvent, GuardAction, GuardPolicy, GuardRule } from '@sluice/contract';
import { emptyChoice } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { OutputGuard } from './answer-guard.ts';
import { GuardRun } from './guard-run.ts';
import { selectGuards } from './guard-set.ts';
import { everyPii } from './text-guard.ts';

const policyOf = (action: GuardAction, rule: GuardRule = everyPii(['US'])): GuardPolicy => ({
  name: 'pii',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['output'],
  action,
  on_failure: null,
  rule,
});

const guardOf = (policy: GuardPolicy, run = new GuardRun()): OutputGuard =>
  new OutputGuard(selectGuards([policy], 'output', 'k', null), run, async () => undefined);

const VALUES: [string, string][] = [
  ['email', 'john.doe@example.com'],
  ['phone', '+49 170 1234567'],
  ['phone', '(415) 555-2671'],
  ['credit_card', '4111 1111 1111 1111'],
  ['credit_card', '378282246310005'],
  ['iban', 'DE89 3704 0044 0532 0130 00'],
  ['iban', 'GB29NWBK60161331926819'],
  ['ssn', '123-45-6789'],
  ['api_key', ['sk', 'proj', 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4'].join('-')],
  ['ip_address', '203.0.113.77'],
  ['ip_address', '2001:db8::8a2e:370:7334'],
];

type Kind = 'text' | 'reasoning' | 'tool_arguments';

const eventOf = (type: Kind, text: string): AnswerEvent =>
  type === 'text'
    ? { type, choice: 0, text }
    : type === 'reasoning'
      ? { type, choice: 0, index: 0, text, format: 'unknown' }
      : { type, choice: 0, index: 0, text };

const FINISH: AnswerEvent = { type: 'finish', choice: 0, finish_reason: 'stop', native_finish_reason: null };

async function shownOf(guard: OutputGuard, type: Kind, pieces: string[]): Promise<string> {
  const events: AnswerEvent[] = [];
  for (const piece of pieces) events.push(...guard.push(eventOf(type, piece)));
  events.push(...guard.push(FINISH));
  events.push(...(await guard.finish(true)));
  return events.map((event) => ('text' in event ? event.text : '')).join('');
}

/** Every way to cut into two, and into three. */
function* splitsOf(text: string): Generator<string[]> {
  for (let one = 0; one <= text.length; one++) {
    yield [text.slice(0, one), text.slice(one)];
    for (let two = one; two <= text.length; two++)
      yield [text.slice(0, one), text.slice(one, two), text.slice(two)];
  }
}

describe.each(['text', 'reasoning', 'tool_arguments'] as const)(
  '%s, cut at every position into two and three',
  (type) => {
    it.each(VALUES)('no byte of a redacted %s reaches the client', async (name, value) => {
      const wrap = (inner: string): string =>
        type === 'tool_arguments' ? `{"to":"${inner}","n":1}` : `Say ${inner} to them.`;
      const expected = wrap(`[${name.toUpperCase()}_1]`);
      for (const pieces of splitsOf(wrap(value)))
        expect(await shownOf(guardOf(policyOf('redact')), type, pieces), pieces.join('|')).toBe(expected);
    });

    it.each(VALUES)('a %s that blocks is not begun to be shown', async (_, value) => {
      const text = `Say ${value} to them.`;
      for (const pieces of splitsOf(text)) {
        const guard = guardOf(policyOf('block'));
        const shown = await shownOf(guard, type, pieces);
        expect('Say '.startsWith(shown) || shown === 'Say ', `${pieces.join('|')} showed ${shown}`).toBe(
          true,
        );
        expect(guard.blocked?.code).toBe('guard_blocked');
      }
    });
  },
);

it('one character at a time, a value at the very end is still replaced', async () => {
  for (const [name, value] of VALUES)
    expect(await shownOf(guardOf(policyOf('redact')), 'text', [...`It is ${value}`]), value).toBe(
      `It is [${name.toUpperCase()}_1]`,
    );
});

it('a bare number in arguments becomes a string, so that they stay JSON', async () => {
  const text = '{"card":4111111111111111,"note":"a \\"b\\" c","mail":"x\\u0040example.com"}';
  for (const pieces of splitsOf(text)) {
    const shown = await shownOf(guardOf(policyOf('redact')), 'tool_arguments', pieces);
    expect(JSON.parse(shown), pieces.join('|')).toEqual({
      card: '[CREDIT_CARD_1]',
      note: 'a "b" c',
      mail: '[EMAIL_1]',
    });
  }
});

it('plain words go out with the chunk after them: no more than the last word is held', () => {
  const guard = guardOf(policyOf('redact'));
  let held_max = 0;
  let sent = 0;
  let shown = 0;
  for (const word of 'The quick brown fox jumps over the lazy dog and runs on.'.split(/(?<= )/)) {
    sent += word.length;
    for (const event of guard.push(eventOf('text', word))) shown += 'text' in event ? event.text.length : 0;
    held_max = Math.max(held_max, sent - shown);
  }
  expect(held_max).toBeLessThanOrEqual(6);
});

it('of a run without a break no more than 4,096 characters are held', () => {
  const guard = guardOf(policyOf('redact'));
  let shown = 0;
  for (let i = 0; i < 100; i++)
    for (const event of guard.push(eventOf('text', 'x'.repeat(200))))
      shown += 'text' in event ? event.text.length : 0;
  expect(20_000 - shown).toBeLessThanOrEqual(4_096);
});

it('a placeholder is given its value back however it is cut, in arguments escaped', async () => {
  const run = new GuardRun();
  const name = run.placeholders.of('email', 'jo"hn@example.com');
  run.placeholders.allowRestoring(name, 'jo"hn@example.com');
  for (const pieces of splitsOf('Mail [EMAIL_1] or [EMAIL_2] [x].')) {
    const guard = new OutputGuard({ text: [], whole: [] }, run, async () => undefined);
    expect(await shownOf(guard, 'text', pieces)).toBe('Mail jo"hn@example.com or [EMAIL_2] [x].');
    // What is kept is what the provider said.
    expect(guard.text).toBe('Mail [EMAIL_1] or [EMAIL_2] [x].');
  }
  const guard = new OutputGuard({ text: [], whole: [] }, run, async () => undefined);
  const shown = await shownOf(guard, 'tool_arguments', ['{"to":"[EMA', 'IL_1]"}']);
  expect(JSON.parse(shown)).toEqual({ to: 'jo"hn@example.com' });
});

it('a denied phrase is not begun to be shown', async () => {
  const rule: GuardRule = { kind: 'words', words: ['project falcon'] };
  for (const pieces of splitsOf('We call it Project  Falcon here.')) {
    const guard = guardOf(policyOf('block', rule));
    const shown = await shownOf(guard, 'text', pieces);
    expect(guard.blocked?.code).toBe('guard_blocked');
    expect(shown.toLowerCase()).not.toContain('pro');
  }
});

it('a pattern without a bound holds the text until it is whole', async () => {
  const rule: GuardRule = {
    ...everyPii([]),
    kind: 'pii',
    types: [],
    custom: [{ name: 'tag', pattern: '<<.*>>' }],
  };
  for (const pieces of splitsOf('a <<secret words here>> b'))
    expect(await shownOf(guardOf(policyOf('redact', rule)), 'text', pieces)).toBe('a [TAG_1] b');
});

it('what is held when a stream breaks off is dropped', async () => {
  const guard = guardOf(policyOf('redact'));
  expect(guard.push(eventOf('text', 'mail john@exam'))).toEqual([eventOf('text', 'mail ')]);
  expect(await guard.finish(false)).toEqual([]);
});

it('flags are told and nothing is changed', async () => {
  const run = new GuardRun();
  const guard = guardOf(policyOf('flag'), run);
  expect(await shownOf(guard, 'text', ['mail john@', 'example.com'])).toBe('mail john@example.com');
  expect(run.verdicts).toEqual([
    { guard: 'pii', kind: 'pii', side: 'output', action: 'flag', found: { email: 1 } },
  ]);
});

it('a whole answer is replaced in text, reasoning and arguments, and loses its log probabilities', async () => {
  const choice = {
    ...emptyChoice(),
    content: 'mail john@example.com',
    reasoning: [
      {
        type: 'reasoning.text' as const,
        text: 'john@example.com',
        signature: 's',
        format: 'unknown' as const,
      },
    ],
    tool_calls: [
      {
        id: 'c',
        type: 'function' as const,
        function: { name: 'f', arguments: '{"to":"john@example.com","id":"a@b.co"}' },
      },
    ],
    logprobs: { content: [] },
  };
  const answer: Answer = {
    id: null,
    model: null,
    created: null,
    choices: [choice],
    usage: null,
    service_tier: null,
    system_fingerprint: null,
  };
  const { choices } = await guardOf(policyOf('redact')).judge(answer);
  expect(choices[0]?.content).toBe('mail [EMAIL_1]');
  expect(choices[0]?.reasoning[0]).toMatchObject({ text: '[EMAIL_1]', signature: null });
  expect(JSON.parse(choices[0]?.tool_calls[0]?.function.arguments ?? '')).toEqual({
    to: '[EMAIL_1]',
    id: '[EMAIL_2]',
  });
  expect(choices[0]?.logprobs).toBeNull();
});

it('a guard that breaks refuses where it must not be passed by', async () => {
  const guards = selectGuards([policyOf('redact')], 'output', 'k', null);
  const broken = guards.text.map((guard) => ({
    ...guard,
    find: () => {
      throw new TypeError('broken');
    },
  }));
  const guard = new OutputGuard({ text: broken, whole: [] }, new GuardRun(), async () => undefined);
  expect(guard.push(eventOf('text', 'hello'))).toEqual([]);
  expect(guard.blocked?.code).toBe('guard_blocked');
});

it('a guard that breaks and may be passed by is marked, and the others still redact', async () => {
  const policies = [policyOf('redact'), { ...policyOf('redact'), name: 'open', on_failure: 'open' as const }];
  const { text } = selectGuards(policies, 'output', 'k', null);
  const some_broken = text.map((guard) =>
    guard.policy.name === 'pii'
      ? guard
      : {
          ...guard,
          find: () => {
            throw new TypeError('broken');
          },
        },
  );
  const run = new GuardRun();
  const guard = new OutputGuard({ text: some_broken, whole: [] }, run, async () => undefined);
  expect(await shownOf(guard, 'text', ['mail john@', 'example.com', ' now'])).toBe('mail [EMAIL_1] now');
  expect(guard.blocked).toBeNull();
  expect(run.verdicts).toContainEqual({
    guard: 'open',
    kind: 'pii',
    side: 'output',
    action: 'failed',
    found: { error: 1 },
  });
});
