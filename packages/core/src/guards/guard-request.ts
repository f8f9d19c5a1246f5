import {
  type AnswerGuard,
  editMembers,
  GatewayError,
  type GuardPolicy,
  type GuardVerdict,
  type MemberEdit,
  type ModelRequest,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import { OutputGuard } from './answer-guard.ts';
import { GuardRun, type TellHit } from './guard-run.ts';
import { inOrder, type SideGuards, selectGuards } from './guard-set.ts';
import { judgeWhole, type WholePorts } from './judge-whole.ts';
import { type RedactText, redactTree } from './redact-tree.ts';
import { requestTexts } from './request-texts.ts';
import { findTokenIds, judgeTokenIds } from './token-ids.ts';

export interface GuardAsk {
  request: GatewayRequest;
  policies: readonly GuardPolicy[];
  key_id: string;
  /** `null` = none was asked. */
  assistant: string | null;
  /** Of this request; filled as guards find something, also when one of them refuses it. */
  verdicts: GuardVerdict[];
}

export interface Guarded {
  /** As it may go on. */
  request: GatewayRequest;
  /** `null` = nobody looks at the answer. */
  answer: OutputGuard | null;
  /** All guards that hold, as text: answers that others have let through are not the same answers. */
  fingerprint: string;
  /** Values of this client are put back into its answer: nobody else may get it. */
  restores: boolean;
}

/** Members of a body that hold words of the client. */
const SAID = [
  'messages',
  'input',
  'system',
  'instructions',
  'prompt',
  'prediction',
  'suffix',
  'query',
  'documents',
  'metadata',
  'user',
  'safety_identifier',
  'prompt_cache_key',
];

/**
 * The guards of one request: what they redact is gone from here on, in the request model and in the client's body.
 * @throws GatewayError guard_blocked
 */
export async function guardRequest(
  ask: GuardAsk,
  ports: WholePorts,
  tell: TellHit | null = null,
): Promise<Guarded> {
  const { policies, key_id, assistant, verdicts } = ask;
  const ordered = inOrder(policies);
  const input = selectGuards(ordered, 'input', key_id, assistant);
  const output = selectGuards(ordered, 'output', key_id, assistant);
  const run = new GuardRun(verdicts, tell);
  const token_ids = findTokenIds(ask.request.asked);
  if (token_ids !== null)
    judgeTokenIds(token_ids, [...input.text.map(({ policy }) => policy), ...input.whole], run);
  const request = input.text.length === 0 ? ask.request : redactRequest(ask.request, input, run);
  const { asked } = request;
  if (input.whole.length > 0) {
    const texts = requestTexts(asked);
    for (const policy of input.whole)
      await judgeWhole({ policy, side: 'input', texts, contents: [], asked, run }, ports);
  }
  const all = [...input.text, ...output.text].map(({ policy }) => policy);
  return {
    request,
    answer: request.door.operation === 'chat' ? answerGuard(output, run, asked, ports) : null,
    fingerprint: JSON.stringify([...all, ...input.whole, ...output.whole]),
    restores: run.placeholders.restores,
  };
}

function answerGuard(
  output: SideGuards,
  run: GuardRun,
  asked: ModelRequest,
  ports: WholePorts,
): (AnswerGuard & OutputGuard) | null {
  const nothing = output.text.length === 0 && output.whole.length === 0 && !run.placeholders.restores;
  if (nothing) return null;
  return new OutputGuard(output, run, (policy, text, contents) =>
    judgeWhole({ policy, side: 'output', texts: [{ role: 'assistant', text }], contents, asked, run }, ports),
  );
}

function redactRequest(request: GatewayRequest, { text: guards }: SideGuards, run: GuardRun): GatewayRequest {
  // The body and the request model say the same; what was looked at once is not counted twice.
  const known = new Map<string, string>();
  const redact: RedactText = (text, json) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const after = run.redact(text, guards, 'input', json);
    known.set(text, after);
    return after;
  };
  try {
    const asked = redactAsked(request.asked, redact);
    const body_text = redactBody(request.body_text, redact);
    const metadata = redactTree(request.hints.metadata, redact, true) as Record<string, string>;
    if (asked === request.asked && body_text === request.body_text && metadata === request.hints.metadata)
      return request;
    const grown = Math.max(0, body_text.length - request.body_text.length);
    return {
      ...request,
      asked,
      body_text,
      body_bytes: request.body_bytes + grown,
      hints: { ...request.hints, metadata },
    };
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    // No guard broke, but what is done for all of them.
    for (const { policy } of guards) run.fail(policy, 'input', error);
    return request;
  }
}

function redactAsked(asked: ModelRequest, redact: RedactText): ModelRequest {
  let changed: ModelRequest | null = null;
  for (const name of SAID) {
    const before = asked[name];
    if (before === null || before === undefined) continue;
    const after = redactTree(before, redact, name === 'metadata');
    if (after === before) continue;
    changed ??= { ...asked };
    changed[name] = after;
  }
  const { form } = asked;
  if (form instanceof FormData) {
    const redacted = redactForm(form, redact);
    if (redacted !== form) return { ...(changed ?? asked), form: redacted };
  }
  return changed ?? asked;
}

function redactForm(form: FormData, redact: RedactText): FormData {
  const prompt = form.get('prompt');
  if (typeof prompt !== 'string') return form;
  const redacted = redact(prompt, false);
  if (redacted === prompt) return form;
  const copy = new FormData();
  for (const [name, value] of form as unknown as Iterable<[string, string | Blob]>)
    if (name === 'prompt') copy.set(name, redacted);
    else if (typeof value === 'string') copy.append(name, value);
    else copy.append(name, value);
  return copy;
}

/** Only the members that change are written anew. */
function redactBody(body_text: string, redact: RedactText): string {
  if (body_text === '') return body_text;
  const body = JSON.parse(body_text) as Record<string, unknown>;
  const edits = new Map<string, MemberEdit>();
  for (const name of SAID) {
    const before = body[name];
    if (before === null || before === undefined) continue;
    const after = redactTree(before, redact, name === 'metadata');
    if (after !== before) edits.set(name, { set: JSON.stringify(after) });
  }
  return editMembers(body_text, edits);
}
