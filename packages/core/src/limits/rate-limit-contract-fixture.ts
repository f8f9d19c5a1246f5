import type {
  AfterPort,
  RateAnswer,
  RateAsk,
  RateLimitPort,
  RateLimits,
  RateSubject,
} from '@sluice/contract';
import { expect, it } from 'vitest';
import { NO_RATES } from './test-policy.ts';

let made = 0;

/** What every backend of rate limits must do, whatever it counts with. Each bed has subjects of its own. */
export function createRateBed(connect: (after: AfterPort) => RateLimitPort) {
  const serial = `contract-${Date.now()}-${made++}`;
  const pending: Promise<unknown>[] = [];
  const port = connect((_name, work) => {
    pending.push(work.catch(() => undefined));
  });
  let asked = 0;
  return {
    port,
    subjectOf: (scope: RateSubject['scope'], limits: Partial<RateLimits>): RateSubject => ({
      name: `${serial}/${scope}`,
      scope,
      subject: scope === 'organization' ? null : scope,
      limits: { ...NO_RATES, ...limits },
    }),
    ask: async (subjects: RateSubject[], more: Partial<RateAsk> = {}): Promise<RateAnswer> =>
      await port.take({
        request_id: `${serial}-${asked++}`,
        subjects,
        time_zone: 'UTC',
        input_tokens: 0,
        output_tokens: 0,
        expires_in_ms: 60_000,
        ...more,
      }),
    settled: async (): Promise<void> => {
      while (pending.length > 0) await Promise.all(pending.splice(0));
    },
  };
}

const partsOf = (answer: RateAnswer) =>
  answer.kind === 'admitted' ? answer.parts : expect.fail(`refused by ${answer.limit}`);

/** The contract of `RateLimitPort`, as tests. */
export function testRateLimits(connect: (after: AfterPort) => RateLimitPort): void {
  it('of a hundred that ask at once, over two isolates, exactly those that fit are admitted', async () => {
    const bed = createRateBed(connect);
    const other = createRateBed(connect);
    const organization = bed.subjectOf('organization', { requests_per_minute: 30 });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? bed : other).ask([organization])),
    );
    expect(answers.filter(({ kind }) => kind === 'admitted')).toHaveLength(30);
  });

  it('when one of several refuses, the others have nothing of the request', async () => {
    const bed = createRateBed(connect);
    const organization = bed.subjectOf('organization', {
      requests_per_minute: 2,
      tokens_per_minute: 100,
      requests_per_day: 2,
      concurrency: 2,
    });
    const user = bed.subjectOf('user', { requests_per_minute: 1 });
    expect((await bed.ask([organization, user], { input_tokens: 50 })).kind).toBe('admitted');
    for (let i = 0; i < 5; i++) {
      const answer = await bed.ask([organization, user], { input_tokens: 50 });
      expect(answer).toMatchObject({ kind: 'refused', scope: 'user', limit: 'requests_per_minute' });
      await bed.settled();
    }
    expect((await bed.ask([organization], { input_tokens: 50 })).kind).toBe('admitted');
    expect((await bed.ask([organization], { input_tokens: 50 })).kind).toBe('refused');
  });

  it('when one limit of a subject refuses, its others have nothing of the request', async () => {
    const bed = createRateBed(connect);
    const limits = { requests_per_minute: 2, tokens_per_minute: 100, requests_per_day: 2, concurrency: 2 };
    const user = bed.subjectOf('user', limits);
    partsOf(await bed.ask([user], { input_tokens: 60 }));
    for (let i = 0; i < 3; i++)
      expect(await bed.ask([user], { input_tokens: 60 })).toMatchObject({ limit: 'tokens_per_minute' });
    expect((await bed.ask([user], { input_tokens: 30 })).kind).toBe('admitted');
  });

  it('a request that is given back had never been counted', async () => {
    const bed = createRateBed(connect);
    const user = bed.subjectOf('user', {
      requests_per_minute: 1,
      tokens_per_minute: 10,
      requests_per_day: 1,
      concurrency: 1,
    });
    for (let i = 0; i < 3; i++) {
      bed.port.giveBack(partsOf(await bed.ask([user], { output_tokens: 10 })));
      await bed.settled();
    }
    expect((await bed.ask([user], { output_tokens: 10 })).kind).toBe('admitted');
    expect((await bed.ask([user], { output_tokens: 10 })).kind).toBe('refused');
  });

  it('tokens count by their kind, and those that were not used come back with the end', async () => {
    const bed = createRateBed(connect);
    const ip = bed.subjectOf('ip', { tokens_per_minute: 100, tokens_counted: 'output' });
    const answer = await bed.ask([ip], { input_tokens: 5_000, output_tokens: 100 });
    expect(await bed.ask([ip], { output_tokens: 80 })).toMatchObject({ limit: 'tokens_per_minute' });
    bed.port.settle(partsOf(answer), { input_tokens: 9_999, output_tokens: 15 });
    await bed.settled();
    expect((await bed.ask([ip], { output_tokens: 80 })).kind).toBe('admitted');
  });

  it('a request in flight makes room when it ends, and the day does not', async () => {
    const bed = createRateBed(connect);
    const project = bed.subjectOf('project', { concurrency: 1, requests_per_day: 2 });
    for (let i = 0; i < 2; i++) {
      const answer = await bed.ask([project]);
      expect(await bed.ask([project])).toMatchObject(
        i === 0
          ? { limit: 'concurrency', retry_after_ms: 1_000 }
          : { kind: 'refused', limit: 'requests_per_day' },
      );
      bed.port.settle(partsOf(answer), { input_tokens: 0, output_tokens: 0 });
      await bed.settled();
    }
    const full = await bed.ask([project]);
    const until_ms = 86_400_000 - (Date.now() % 86_400_000);
    expect(full).toMatchObject({ limit: 'requests_per_day' });
    if (full.kind === 'refused') expect(Math.abs((full.retry_after_ms ?? 0) - until_ms)).toBeLessThan(5_000);
  });

  it('whoever waits as told is admitted', async () => {
    const bed = createRateBed(connect);
    const user = bed.subjectOf('user', {
      requests_per_minute: 600,
      request_burst: 2,
      tokens_per_minute: 60_000,
    });
    partsOf(await bed.ask([user]));
    partsOf(await bed.ask([user], { input_tokens: 60_000 }));
    for (let i = 0; i < 3; i++) {
      const refused = await bed.ask([user], { input_tokens: 50 });
      if (refused.kind === 'admitted') continue;
      await new Promise((resolve) => setTimeout(resolve, refused.retry_after_ms ?? expect.fail('never')));
      expect((await bed.ask([user], { input_tokens: 50 })).kind).toBe('admitted');
    }
  });

  it('what is larger than a whole minute never fits, and says so', async () => {
    const bed = createRateBed(connect);
    const user = bed.subjectOf('user', { tokens_per_minute: 100 });
    expect(await bed.ask([user], { input_tokens: 101 })).toMatchObject({
      kind: 'refused',
      retry_after_ms: null,
    });
  });
}
