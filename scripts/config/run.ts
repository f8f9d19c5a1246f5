// npm run config -- export [FILE] | diff FILE | apply FILE [--yes] [--prune] [--url https://…]
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { callAdmin, findGateway } from '../find-gateway.mjs';
import { applyChanges, requireSecrets } from './apply-changes.ts';
import type { CallAdmin, Item } from './kinds.ts';
import { isChanged, planChanges, renderChanges } from './plan-changes.ts';
import { type Config, readConfig } from './read-config.ts';

const USAGE = 'npm run config -- export [FILE] | diff FILE | apply FILE [--yes] [--prune] [--url https://…]';
const HEAD =
  '# A gateway’s configuration (docs/configuration-as-code.md). No secret is in it: {env: NAME} says where one is read from.\n';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    yes: { type: 'boolean', default: false },
    prune: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const [command, file] = positionals;
  if (command === undefined || !['export', 'diff', 'apply'].includes(command)) throw new Error(USAGE);
  if (command !== 'export' && file === undefined) throw new Error(USAGE);
  const gateway = findGateway(values.url, 'npm run config');
  const call: CallAdmin = (method, route, body) => callAdmin(gateway, method, route, body);
  const actual = await readConfig(call);
  if (command === 'export' || file === undefined) {
    const text = HEAD + stringify(actual.config, { lineWidth: 120 });
    if (file === undefined) process.stdout.write(text);
    else writeFileSync(file, text);
    return 0;
  }
  // YAML reads JSON, too.
  const wanted = (parse(readFileSync(file, 'utf8')) ?? {}) as Config;
  const changes = planChanges(wanted, actual, values.prune);
  if (changes.length > 0) console.log(renderChanges(changes));
  if (!isChanged(changes)) {
    console.log(`${gateway.base_url} is as ${file} says.`);
    return 0;
  }
  if (command === 'diff') return 2;
  const ports = {
    call,
    secret: (name: string) => process.env[name],
    print: (line: string) => console.log(line),
    connectionIds: async () => {
      const { raw } = await readConfig(call);
      return new Map(
        [...(raw.get('connections') ?? [])].map(([name, item]: [string, Item]) => [name, String(item['id'])]),
      );
    },
  };
  requireSecrets(changes, ports);
  if (!values.yes && !(await isConfirmed(gateway.base_url))) {
    console.error('Nothing was changed.');
    return 1;
  }
  await applyChanges(changes, ports);
  return 0;
}

async function isConfirmed(base_url: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('Nobody is there to ask: say --yes. Nothing was changed.');
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asked.question(`Change ${base_url} like this? [y/N] `);
  asked.close();
  return /^y(es)?$/i.test(answer.trim());
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
