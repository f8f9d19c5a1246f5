import type { KeyPolicy, OrganizationSettings, RateRules, RateScope, RateSubject } from '@sluice/contract';
import { isLimited } from '../limits/plans.ts';
import { addressSubject, renderRateName, shorten } from '../limits/rate-name.ts';
import type { GatewayRequest } from '../request.ts';

/**
 * Everybody whose rate limits a request counts against. Empty for an organization that shares none.
 * @param with_keys the key's own limits, too; its ledger keeps them in any case.
 */
export function rateSubjects(
  request: Pick<GatewayRequest, 'client_ip'> & { hints: Pick<GatewayRequest['hints'], 'user_id'> },
  policy: Pick<KeyPolicy, 'key_id' | 'organization_id' | 'project_id' | 'limits'>,
  { rate_rules: rules }: Pick<OrganizationSettings, 'rate_rules'>,
  with_keys: boolean,
): RateSubject[] {
  const subjects: RateSubject[] = [];
  const { organization_id } = policy;
  const add = (scope: RateScope, subject: string | null, limits: RateSubject['limits']): void => {
    if (isLimited(limits))
      subjects.push({ name: renderRateName(organization_id, scope, subject), scope, subject, limits });
  };
  if (rules !== undefined) {
    const { project_id } = policy;
    const user = request.hints.user_id;
    if (rules.organization !== null) add('organization', null, rules.organization);
    addOne(rules, 'project', project_id, add);
    addOne(rules, 'user', user === null || user === '' ? null : shorten(user), add);
    if (rules.has_addresses) addOne(rules, 'ip', addressSubject(request.client_ip), add);
  }
  if (with_keys) add('key', policy.key_id, policy.limits);
  return subjects;
}

function addOne(
  rules: RateRules,
  scope: 'project' | 'user' | 'ip',
  subject: string | null,
  add: (scope: RateScope, subject: string, limits: RateSubject['limits']) => void,
): void {
  if (subject === null) return;
  const own = `${scope}/${subject}`;
  const limits = Object.hasOwn(rules.subjects, own) ? rules.subjects[own] : rules[scope];
  if (limits != null) add(scope, subject, limits);
}
