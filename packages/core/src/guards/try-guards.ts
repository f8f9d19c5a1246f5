import { GatewayError, type GuardPolicy, type GuardSide, type GuardVerdict } from '@sluice/contract';
import { GuardRun } from './guard-run.ts';
import { inOrder, selectGuards } from './guard-set.ts';
import { judgeWhole, type WholePorts } from './judge-whole.ts';
import { redactTree } from './redact-tree.ts';
import { requestTexts } from './request-texts.ts';

/** What guards would make of messages. */
export interface Tried {
  verdicts: GuardVerdict[];
  blocked: boolean;
  /** Up to where it was blocked, as a provider would have got them. */
  messages: unknown[];
}

/** Runs guards without a request: no provider is called, nothing is kept. Webhooks and moderation are asked. */
export async function tryGuards(
  asked: { messages: unknown[]; side: GuardSide; policies: readonly GuardPolicy[] },
  ports: WholePorts,
): Promise<Tried> {
  const { side } = asked;
  const run = new GuardRun();
  const guards = selectGuards(inOrder(asked.policies), side, '', null);
  let { messages } = asked;
  try {
    messages = redactTree(messages, (text, json) => run.redact(text, guards.text, side, json)) as unknown[];
    const request = { model: '', messages };
    const texts = requestTexts(request);
    const contents = texts.map(({ text }) => text);
    for (const policy of guards.whole)
      await judgeWhole({ policy, side, texts, contents, asked: request, run }, ports);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { verdicts: run.verdicts, blocked: true, messages: [] };
  }
  return { verdicts: run.verdicts, blocked: false, messages };
}
