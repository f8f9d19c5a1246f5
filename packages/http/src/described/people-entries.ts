import { listQuery as auditList, exportQuery, verifyQuery } from '../admin/audit-routes.ts';
import { entriesOf, MAY, type RouteEntry } from './entry.ts';

const audit = entriesOf('Audit');

/** Who may do what, and what they did. */
export const PEOPLE_ENTRIES: readonly RouteEntry[] = [
  audit('GET /audit', 'listAudit', 'Changes and refused sign-ins, newest first', {
    roles: MAY.rule,
    query: auditList,
    answer: 'Audit entries, with their place in the chain.',
    list: true,
  }),
  audit('GET /audit/export', 'exportAudit', 'The audit log as a file', {
    roles: MAY.rule,
    query: exportQuery,
    answer: 'All entries that the filters leave, newest first.',
    answer_types: ['text/csv'],
  }),
  audit('GET /audit/verify', 'verifyAudit', 'Whether an entry was changed or removed', {
    roles: MAY.rule,
    query: verifyQuery,
    answer:
      '`ok`, or the first entry that is not what was sealed; where `next_sequence` is set, go on from there.',
  }),
];
