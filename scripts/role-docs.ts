/** Writes docs/roles.md from the route table. A unit test fails when the page is not fresh. */
import { writeFileSync } from 'node:fs';
import { ROLES } from '../packages/contract/src/role.ts';
import { ROUTE_TABLE } from '../packages/http/src/admin/route-table.ts';
import type { RouteEntry } from '../packages/http/src/described/entry.ts';

const WHO: Record<RouteEntry['credential'], string> = {
  nobody_asked: 'anybody',
  key: 'a virtual key, or a browser token made from one',
  key_only: 'a virtual key, and no browser token',
  admin: 'an administrator',
  metrics: 'the metrics token, or whoever may call `GET /admin/v1/metrics`',
};

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const nameOf = ({ method, path }: RouteEntry): string => `\`${method} ${path}\``;

/** Of `audited` and etags: what a reader of the table may count on. */
const keptOf = ({ audited, etag, list }: RouteEntry): string =>
  [audited ? 'audit' : '', etag.includes('taken') ? 'if-match' : '', list ? 'cursor' : '']
    .filter((word) => word !== '')
    .join(', ');

export function renderRoleDocs(): string {
  const admin = ROUTE_TABLE.filter(({ credential }) => credential === 'admin');
  const others = ROUTE_TABLE.filter(({ credential }) => credential !== 'admin');
  const tags = [...new Set(admin.map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const rows = admin
      .filter((entry) => entry.tag === tag)
      .map((entry) => [
        nameOf(entry),
        ...ROLES.map((role) => (entry.roles.includes(role) ? 'yes' : '')),
        keptOf(entry),
      ]);
    return `### ${tag}\n\n${table(['route', ...ROLES, 'keeps'], rows)}`;
  });
  return `# Who may call what

Generated from \`packages/http/src/admin/route-table.ts\` by \`node scripts/run.mjs scripts/role-docs.ts\`.

A route that is not in this table cannot be called by anybody: a test walks the routers and fails for it. Keys of \`/v1\`
reach nothing under \`/admin\`, and admin keys nothing under \`/v1\`.

## Administration

*audit*: a call that changes something leaves an audit entry. *if-match*: heeds the etag, and answers 409 when somebody
else was faster. *cursor*: answers \`{data, next_cursor}\`.

${sections.join('\n\n')}

## Everything else

${table(
  ['route', 'for'],
  others.map((entry) => [nameOf(entry), WHO[entry.credential]]),
)}

\`GET /docs\` and what is under it are files, for anybody.
`;
}

if (process.argv[1]?.endsWith('role-docs.ts')) {
  writeFileSync('docs/roles.md', renderRoleDocs());
  console.log('wrote docs/roles.md');
}
