import type { KeyPolicy, OrganizationSettings, ScopeRule, SharedScope, Target } from '@sluice/contract';
import { renderScopeName } from '../limits/scope-name.ts';
import type { Hints } from '../request.ts';
import { covers } from '../routing/model-pattern.ts';

/** One shared budget that a request touches. */
export interface Scope {
  /** Of its ledger. */
  name: string;
  scope: SharedScope;
  /** `null` for the organization. */
  subject: string | null;
}

/** What one request may cost at most, as somebody set it for a shared scope. */
export interface RequestLimit {
  scope: SharedScope;
  subject: string | null;
  usd_nanos: number;
}

export interface Scopes {
  /** Where the request is held for and charged. */
  charged: readonly Scope[];
  /** The names of `charged`. */
  names: readonly string[];
  /** Those of models hold for the targets that they cover, all others for every target. */
  request_limits: readonly RequestLimit[];
  /** Some of them is hard, or limits the single request. */
  bounded: boolean;
}

type Caller = Pick<KeyPolicy, 'organization_id' | 'project_id'>;
type Said = Pick<Hints, 'user_id' | 'session_id'>;

/**
 * The shared budgets that a request touches: of its organization, project, user and session, and of every model that its
 * plan may come to, since a fallback must be able to pay, too. @returns `null` where there are none.
 */
export function findScopes(
  settings: Pick<OrganizationSettings, 'scope_rules'>,
  caller: Caller,
  said: Said,
  targets: readonly Target[],
): Scopes | null {
  const rules = settings.scope_rules;
  if (rules === undefined || rules.length === 0) return null;
  const index = indexOf(rules);
  const found: Found = { charged: [], names: [], request_limits: [], bounded: false };
  const { organization_id } = caller;
  add(found, organization_id, index.organization.each, null);
  add(found, organization_id, ...pick(index.project, caller.project_id));
  add(found, organization_id, ...pick(index.user, idOf(said.user_id)));
  add(found, organization_id, ...pick(index.session, idOf(said.session_id)));
  if (index.model.each !== null || index.model.named.size > 0)
    for (const target of targets) addModel(found, organization_id, index.model, target);
  return found.names.length === 0 && found.request_limits.length === 0 ? null : found;
}

interface Found extends Scopes {
  charged: Scope[];
  names: string[];
  request_limits: RequestLimit[];
}

interface Rules {
  each: ScopeRule | null;
  named: Map<string, ScopeRule>;
}
type RuleIndex = Record<SharedScope, Rules>;

/** Made once for each reading of the settings: an organization may have a thousand rules. */
const indexes = new WeakMap<ScopeRule[], RuleIndex>();

function indexOf(rules: ScopeRule[]): RuleIndex {
  const known = indexes.get(rules);
  if (known !== undefined) return known;
  const none = (): Rules => ({ each: null, named: new Map() });
  const index: RuleIndex = {
    organization: none(),
    project: none(),
    user: none(),
    model: none(),
    session: none(),
  };
  for (const rule of rules)
    if (rule.subject === null) index[rule.scope].each = rule;
    else index[rule.scope].named.set(rule.subject, rule);
  indexes.set(rules, index);
  return index;
}

const SUBJECT_CHARS_MAX = 256;

/** Longer ones are cut, so that two of them may share a budget: never is one without. */
const idOf = (said: string | null): string | null =>
  said === null || said === '' ? null : said.slice(0, SUBJECT_CHARS_MAX);

const pick = ({ each, named }: Rules, subject: string | null): [ScopeRule | null, string | null] => [
  subject === null ? null : (named.get(subject) ?? each),
  subject,
];

function add(found: Found, organization_id: string, rule: ScopeRule | null, subject: string | null): void {
  if (rule === null) return;
  const { scope, per_request_limit_usd_nanos: limit } = rule;
  if (limit !== null) found.request_limits.push({ scope, subject, usd_nanos: limit });
  if (rule.counted) {
    const name = renderScopeName(organization_id, scope, subject);
    found.names.push(name);
    found.charged.push({ name, scope, subject });
  }
  if (rule.hard || limit !== null) found.bounded = true;
}

/** A pattern is one budget of all that it covers, and stands beside what each of them has. */
function addModel(found: Found, organization_id: string, { each, named }: Rules, target: Target): void {
  let is_named = false;
  for (const [pattern, rule] of named) {
    if (!covers(pattern, target)) continue;
    is_named ||= !pattern.endsWith('*');
    addOnce(found, organization_id, rule, pattern);
  }
  if (!is_named && each !== null)
    addOnce(found, organization_id, each, `${target.provider.id}/${target.model}`);
}

function addOnce(found: Found, organization_id: string, rule: ScopeRule, pattern: string): void {
  const isIt = (one: { scope: SharedScope; subject: string | null }): boolean =>
    one.scope === 'model' && one.subject === pattern;
  if (!found.charged.some(isIt) && !found.request_limits.some(isIt))
    add(found, organization_id, rule, pattern);
}
