/**
 * The one description of D1: `npm run db:generate` turns it into SQL, and row types are inferred from it, so a
 * column that is renamed here breaks the build everywhere it is read. Nothing at run time imports drizzle.
 *
 * Times are milliseconds since 1970, money is integer nano-dollars (`_usd_nanos`), JSON columns hold text. Every
 * index is one more row written for each insert, so each is named after the query that cannot do without it.
 */
export * from './schema/audit-tables.ts';
export * from './schema/delivery-tables.ts';
export * from './schema/people-tables.ts';
export * from './schema/setup-tables.ts';
export * from './schema/spend-tables.ts';
export * from './schema/trace-tables.ts';
