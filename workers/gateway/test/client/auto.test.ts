import { describe, expect, it } from 'vitest';
import { createVirtualKey, openaiFor, receiptOf } from './harness.ts';

interface Told {
  model: string;
  provider: string;
  score: number | null;
  parts: Record<string, number> | null;
  excluded_because: string | null;
}
interface AutoReceipt {
  routing: {
    strategy: string;
    reason: string;
    winner: string;
    candidates: Told[];
    candidates_evaluated: number;
    analysis: Record<string, number> | null;
  };
  cost: { provider_cost_usd: number; savings_vs_default_usd: number | null };
}

const EASY = 'What is the capital of Peru?';
const HARD =
  'Prove that the halting problem is undecidable, then analyse critically which assumptions of the proof fail for machines with bounded memory, derive the complexity of the bounded problem, and design an algorithm for it.';

/** Asks the official client for `auto`, and the gateway why. */
async function ask(content: string, hints: Record<string, unknown> | null = null): Promise<AutoReceipt> {
  const key = await createVirtualKey();
  const body = { model: 'auto', messages: [{ role: 'user' as const, content }] };
  const asked = hints === null ? body : { ...body, 'x-routing-hints': hints };
  const { response } = await openaiFor(key.secret).chat.completions.create(asked).withResponse();
  const receipt = await receiptOf(key.secret, response.headers.get('x-request-id') ?? '');
  return receipt as unknown as AutoReceipt;
}

const qualityOf = ({ routing }: AutoReceipt): number =>
  routing.candidates.find(({ model, provider }) => `${provider}/${model}` === routing.winner)?.parts?.[
    'quality'
  ] ?? 0;

describe('auto, through the official client', () => {
  it('takes a cheaper model for a simple question than for a hard one, which gets a better one', async () => {
    const [easy, hard] = [await ask(EASY), await ask(HARD)];
    expect(easy.routing.strategy).toBe('balanced');
    expect(qualityOf(hard)).toBeGreaterThan(0.8);
    expect(qualityOf(easy)).toBeLessThan(qualityOf(hard));
    const price = ({ cost }: AutoReceipt): number => cost.provider_cost_usd;
    expect(price(easy)).toBeLessThan(price(hard));
  });

  it('explains itself in the receipt: signals, scores, reasons, and what it saved', async () => {
    const { routing, cost } = await ask(HARD);
    expect(routing.analysis).toMatchObject({ proof: 0.29 });
    expect(routing.reason).toContain('difficulty');
    expect(routing.candidates_evaluated).toBeGreaterThanOrEqual(routing.candidates.length);
    expect(routing.candidates.length).toBeLessThanOrEqual(40);
    expect(routing.candidates[0]?.score).toBeGreaterThan(0);
    for (const { score, excluded_because } of routing.candidates)
      expect(score === null).toBe(excluded_because !== null);
    expect(cost.savings_vs_default_usd).not.toBeNull();
  });

  it('leaves out providers that a hint excludes, and takes the best where quality is asked for', async () => {
    const best = await ask(EASY, { priority: 'quality', exclude_providers: ['openai', 'gemini'] });
    expect(best.routing.strategy).toBe('quality');
    expect(best.routing.winner).not.toMatch(/^(openai|gemini)\//);
    expect(qualityOf(best)).toBeGreaterThan(0.85);
  });

  it('keeps to a quality that is asked for', async () => {
    const receipt = await ask(EASY, { priority: 'cost', min_quality_score: 0.85 });
    expect(qualityOf(receipt)).toBeGreaterThanOrEqual(0.85);
  });

  it('says which hint left nothing', async () => {
    const refused = ask(EASY, { min_quality_score: 1 });
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'invalid_hints' });
    await expect(refused).rejects.toThrow(/min_quality_score 1 of the request/);
  });

  it('holds the rules of a key, also against what the request asks for', async () => {
    const key = await createVirtualKey({ provider_allowlist: ['anthropic'], routing_strategy: 'cheapest' });
    const { response } = await openaiFor(key.secret)
      .chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: EASY }] })
      .withResponse();
    const receipt = await receiptOf(key.secret, response.headers.get('x-request-id') ?? '');
    expect(receipt.routing.winner).toMatch(/^anthropic\//);
    expect(receipt.routing.strategy).toBe('cheapest');
  });
});
