import { BUDGET_SCOPES, type BudgetScope } from '@sluice/contract';

/** The name of a shared budget's ledger. No two subjects have the same, whatever characters they are made of. */
export const renderScopeName = (
  organization_id: string,
  scope: BudgetScope,
  subject: string | null,
): string =>
  `${organization_id}/${scope}/${subject === null ? '' : encodeURIComponent(toWellFormed(subject))}`;

/** @returns `null` for what `renderScopeName` did not make. */
export function parseScopeName(
  name: string,
): { organization_id: string; scope: BudgetScope; subject: string | null } | null {
  const [organization_id, kind, subject, ...more] = name.split('/');
  const scope = BUDGET_SCOPES.find((one) => one === kind);
  if (!organization_id || scope === undefined || subject === undefined || more.length > 0) return null;
  try {
    return { organization_id, scope, subject: subject === '' ? null : decodeURIComponent(subject) };
  } catch {
    return null;
  }
}

/** Half a surrogate pair has no UTF-8, so it could not be encoded. */
const toWellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
