/**
 * What a member of an organization may be. Which role may call which route stands in the route table, and in
 * `docs/roles.md`.
 */
export const ROLES = ['owner', 'admin', 'developer', 'viewer', 'billing'] as const;
export type Role = (typeof ROLES)[number];
