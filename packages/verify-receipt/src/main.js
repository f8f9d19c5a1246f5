#!/usr/bin/env node
// npx @sluice/verify-receipt FILE… --keys FILE. Exit: 0 = all is well, 1 = something is not, 2 = it could not be looked at.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseReceipts } from './parse-receipts.js';
import { verifyReceipts } from './verify-receipts.js';

const USAGE = `Usage: npx @sluice/verify-receipt FILE… --keys KEYS

  FILE   a receipt of /v1/receipts/{id}, or an export of /admin/v1/keys/{id}/receipts; JSON or one receipt a line
  KEYS   what https://YOUR-GATEWAY/.well-known/sluice-receipt-keys.json answers, saved as a file

Nothing is sent anywhere.`;

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { keys: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help || values.keys === undefined || positionals.length === 0) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const keys = JSON.parse(readFileSync(values.keys, 'utf8'));
  if (!Array.isArray(keys?.keys)) throw new Error(`${values.keys} is no key list: it has no "keys".`);
  const receipts = positionals.flatMap((file) => parseReceipts(readFileSync(file, 'utf8'), file));
  if (receipts.length === 0) throw new Error('There is no receipt in what was given.');
  const { findings, chains, problems } = verifyReceipts(receipts, keys);
  const bad = findings.filter((finding) => finding.problems.length > 0);
  for (const { request_id, problems: of_it } of bad)
    for (const problem of of_it) console.error(`BAD  ${request_id}: ${problem}`);
  for (const problem of problems) console.error(`BAD  ${problem}`);
  for (const { key_id, from, to } of chains)
    console.log(
      `     key ${key_id}: receipts ${from} to ${to}${from > 1 ? '; earlier ones were not given' : ''}`,
    );
  const alone = findings.filter((finding) => finding.problems.length === 0 && finding.key_id === null).length;
  if (alone > 0)
    console.log(`     ${alone} signed before their place in the chain was known; read them again later`);
  console.log(
    `${bad.length === 0 && problems.length === 0 ? 'OK  ' : 'BAD '} ${findings.length - bad.length} of ${findings.length} receipts verified`,
  );
  return bad.length === 0 && problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
