import { env } from 'cloudflare:workers';
import { afterAll, expect } from 'vitest';
import type { Env } from '../env.ts';
import { findFault } from './statement-audit-fixture.ts';

/** What a test writes or reads beside the product, to look at it. */
const BY_A_TEST = /(\.test|-fixture)\.ts/;

interface Audit {
  statements: number;
  faults: Set<string>;
}

/** One for the whole run: every test file shares the isolate, and objects and queues run in it, too. */
const shared = globalThis as typeof globalThis & { statement_audit?: Audit };

shared.statement_audit ??= watch();
export const audit: Audit = shared.statement_audit;

/** Looks at every statement that anybody prepares, in the Worker, its objects and its queues. */
function watch(): Audit {
  const found: Audit = { statements: 0, faults: new Set() };
  const prototype = Object.getPrototypeOf((env as unknown as Env).DB) as D1Database;
  const prepare = prototype.prepare;
  prototype.prepare = function (sql: string) {
    const caller = new Error().stack?.split('\n')[2] ?? '';
    if (!BY_A_TEST.test(caller)) {
      found.statements++;
      const fault = findFault(sql);
      if (fault !== null) found.faults.add(`${fault}\n${caller.trim()}`);
    }
    return prepare.call(this, sql);
  };
  return found;
}

afterAll(() => {
  const faults = [...audit.faults];
  audit.faults.clear();
  expect(faults, 'statements on tenant tables without their organization').toEqual([]);
});
