import {
  type ClockPort,
  type FetchPort,
  type FindEmbedder,
  GatewayError,
  type GuardPolicy,
  type GuardSide,
  type ModelRequest,
  type OrganizationSettings,
  type Prices,
  type Provider,
} from '@sluice/contract';
import type { ResolveHost } from '../webhooks/webhook-address.ts';
import { askModeration } from './ask-moderation.ts';
import { askModerator } from './ask-moderator.ts';
import { askWebhook } from './ask-webhook.ts';
import { findInjection } from './find-injection.ts';
import { findLanguage } from './find-language.ts';
import { findSchemaProblem } from './find-schema-problem.ts';
import { findTopics } from './find-topics.ts';
import { blocked, type GuardRun } from './guard-run.ts';
import type { RequestText } from './request-texts.ts';

export interface WholePorts {
  fetch: FetchPort;
  clock: ClockPort;
  findProvider: (id: string) => Provider | null;
  settings: Pick<OrganizationSettings, 'connections' | 'organization_id' | 'residency'>;
  /** Webhooks of guards may lead into private networks. */
  private_allowed: boolean;
  /** Looks up where the name of a webhook leads; `null` = names are judged as names. */
  resolve: ResolveHost | null;
  /** Absent = what a chat model costs is not known. */
  prices?: (provider: string, model: string) => Prices | null;
  /** Absent = no guard can judge by meaning. */
  embedder?: FindEmbedder;
  /** A secret that signs what a webhook is sent. @throws Error when it cannot be read */
  secret?: (organization_id: string, secret_id: string) => Promise<string>;
}

/** What a guard that judges a text as a whole is shown. Values are replaced in it by the guards that find them. */
export interface WholeAsk {
  policy: GuardPolicy;
  side: GuardSide;
  texts: readonly RequestText[];
  /** Of an answer, the visible text of each of its choices. */
  contents: readonly string[];
  asked: ModelRequest;
  run: GuardRun;
}

/** What was found, and how often; empty = nothing. */
export type Found = Record<string, number>;

/**
 * Has one guard judge a text and notes its verdict.
 * @throws GatewayError guard_blocked
 */
export async function judgeWhole(ask: WholeAsk, ports: WholePorts): Promise<void> {
  const { policy, side, run } = ask;
  let found: Found;
  try {
    found = await findIn(ask, ports);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'guard_blocked') throw error;
    run.fail(policy, side, error);
    return;
  }
  const names = Object.keys(found);
  if (names.length === 0) return;
  const action = policy.action === 'block' ? 'block' : 'flag';
  for (const name of names) run.note(policy, side, action, name, found[name]);
  if (action === 'block') throw blocked(policy, side);
}

function findIn(ask: WholeAsk, ports: WholePorts): Found | Promise<Found> {
  const { policy, side, texts } = ask;
  const { rule } = policy;
  switch (rule.kind) {
    case 'injection':
      return findInjection(texts);
    case 'length': {
      const chars = texts.reduce((sum, { text }) => sum + text.length, 0);
      return chars > rule.chars_max ? { too_long: 1 } : {};
    }
    case 'language':
      return findLanguage(texts, rule.allowed);
    case 'json_schema':
      return side === 'output' ? findSchemaProblem(ask.contents, rule.schema, ask.asked) : {};
    case 'moderation':
      return rule.by === 'chat'
        ? askModerator(rule, texts, ports, (spent) => ask.run.spend(policy, side, spent))
        : askModeration(rule, texts, ports);
    case 'webhook':
      return askWebhook(policy, rule, side, texts, ports);
    case 'topics':
      return findTopics(policy, rule, texts, ports);
    case 'pii':
    case 'words':
      return {};
  }
}
